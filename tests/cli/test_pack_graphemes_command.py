import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from grapheme_files import images_of, write_class_map, write_labels, write_shard

from mojika.cli.main import main
from mojika.data.pack import Pack
from mojika.preprocessing.graphemes import crop_and_resize

ROWS = [["T_0", 10, 0, 0, "ট", 1], ["T_1", 2, 1, 1, "গাঁ", 1], ["T_2", 2, 1, 1, "গাঁ", 2], ["T_3", 9, 2, 0, "ঞি", 2]]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("graphemes")
    write_labels(folder / "train.csv", ROWS, ",grapheme,writer")
    write_class_map(folder / "class_map.csv")
    images = images_of(4)
    write_shard(folder / "train_image_data_9.parquet", ["T_3", "T_1"], images[[3, 1]])
    write_shard(folder / "train_image_data_10.parquet", ["T_0", "T_2"], images[[0, 2]])
    return folder


@pytest.fixture
def data(files: Path, tmp_path: Path) -> Path:
    """Four images in two shards, not in the order of the labels."""
    return shutil.copytree(files, tmp_path / "data")


def command(data: Path, *more: str) -> list[str]:
    shards = str(data / "train_image_data_*.parquet")
    return ["pack", "--labels", str(data / "train.csv"), "--shards", shards, "--out", str(data / "pack"), *more]


def test_shards_become_a_pack_with_three_label_columns(data, capsys):
    assert main(command(data)) == 0
    assert capsys.readouterr().out == f"{data / 'pack'}: 4 images of 3 graphemes by 2 writers\n"
    pack = Pack.open(data / "pack")
    assert pack.heads == ("grapheme_root", "vowel_diacritic", "consonant_diacritic")
    assert (pack.size, pack.channels) == ((137, 236), 1)
    assert pack.samples["image_id"].tolist() == ["T_3", "T_1", "T_0", "T_2"]
    np.testing.assert_array_equal(pack.images[..., 0], 255 - images_of(4)[[3, 1, 0, 2]])
    assert pack.targets.tolist() == [[9, 2, 0], [2, 1, 1], [10, 0, 0], [2, 1, 1]]
    assert pack.samples["grapheme"].tolist() == ["ঞি", "গাঁ", "ট", "গাঁ"]
    assert pack.samples["group"].tolist() == ["2", "1", "1", "2"] and set(pack.samples["source"]) == {"train"}
    assert pack.samples[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [[0, 0, 236, 137]] * 4


def test_class_lists_are_the_whole_class_map_in_numeric_order(data):
    assert main(command(data)) == 0
    classes = Pack.open(data / "pack").classes
    assert classes["grapheme_root"].labels == tuple(map(str, range(11)))
    assert classes["grapheme_root"].counts == (0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 1)
    assert classes["vowel_diacritic"].chars == ("0", "া", "ি")
    assert (data / "pack" / "classes.consonant_diacritic.csv").read_text() == "label,char,count\n0,0,2\n1,ঁ,2\n"


def test_a_form_is_another_pack(data, capsys):
    assert main(command(data, "--grapheme-size", "crop:40")) == 0
    pack = Pack.open(data / "pack")
    assert pack.size == (40, 40)
    np.testing.assert_array_equal(pack.images[1, ..., 0], crop_and_resize(255 - images_of(4)[1], 40))
    capsys.readouterr()
    assert main(command(data, "--grapheme-size", "crop:40", "--json")) == 0
    assert json.loads(capsys.readouterr().out) == {"images": 4, "graphemes": 3, "writers": 2, "skipped": 0}
    assert main(command(data, "--grapheme-size", "30x50")) == 2
    assert 'grapheme_size was "crop:40", now "30x50"' in capsys.readouterr().err
    assert main(command(data, "--grapheme-size", "30x50", "--force")) == 0
    assert Pack.open(data / "pack").size == (30, 50)


def test_bad_data_are_refused_and_left_out_when_asked(data, capsys):
    rows = [*ROWS, ["T_1", 3, 0, 0, "ঘ", 1], ["T_7", 3, 0, 0, "ঘ", 1], ["T_0x", 11, 0, 0, "?", 1]]
    write_labels(data / "train.csv", rows, ",grapheme,writer")
    write_shard(data / "train_image_data_11.parquet", ["T_3", "T_8"], images_of(2))
    (data / "train_image_data_12.parquet").write_bytes(b"PAR1")
    assert main(command(data)) == 2
    assert "7 faults, the first: train.csv row 6: T_1 was labelled before, in row 3" in capsys.readouterr().err
    assert main(command(data, "--skip-bad")) == 0
    assert "4 images of 3 graphemes by 2 writers; left out 7 faults, see skipped.csv" in capsys.readouterr().out
    assert Pack.open(data / "pack").samples["image_id"].tolist() == ["T_3", "T_1", "T_0", "T_2"]
    skipped = pd.read_csv(data / "pack" / "skipped.csv")
    assert "T_0x: grapheme_root: '11' is not in the class map" in skipped["reason"].tolist()
    assert set(skipped["file"]) == {"train.csv", "train_image_data_11.parquet", "train_image_data_12.parquet"}


def test_a_shard_damaged_within_is_refused_and_cut_short_when_asked(data, capsys):
    path = data / "train_image_data_10.parquet"
    damaged = bytearray(path.read_bytes())
    damaged[2000:40000] = bytes(38000)
    path.write_bytes(damaged)
    assert main(command(data)) == 2
    assert "1 fault: train_image_data_10.parquet: expected a whole Parquet file" in capsys.readouterr().err
    assert not list(data.glob("*pack*"))
    assert main(command(data, "--skip-bad")) == 0
    assert Pack.open(data / "pack").samples["image_id"].tolist() == ["T_3", "T_1"]


def test_labels_without_writer_and_grapheme_will_do(data):
    write_labels(data / "train.csv", [row[:4] for row in ROWS])
    assert main(command(data)) == 0
    samples = Pack.open(data / "pack").samples
    assert set(samples["group"]) == {""} and "grapheme" not in samples


@pytest.mark.parametrize(
    "file, text, message",
    [
        ("train.csv", "image_id,grapheme_root\na,1\n", "vowel_diacritic, consonant_diacritic missing"),
        ("train.csv", "image_id,grapheme_root,vowel_diacritic,consonant_diacritic\n", "found only a header"),
        ("class_map.csv", "component_type,label\n", "found component_type, label: component missing"),
        ("class_map.csv", "component_type,label,component\nroot,0,x\n", "row 2: expected grapheme_root, vowel"),
        ("class_map.csv", "component_type,label,component\ngrapheme_root,x,x\n", "row 2: expected a whole number"),
        ("class_map.csv", "component_type,label,component\ngrapheme_root,0,x\n", "found none of vowel_diacritic"),
        ("class_map.csv", "component_type,label,component\ngrapheme_root,0,x\ngrapheme_root,0,y\n", "each label once"),
    ],
)
def test_tables_of_another_layout_are_refused_in_one_line(data, file, text, message, capsys):
    (data / file).write_text(text)
    assert main(command(data)) == 2
    err = capsys.readouterr().err
    assert message in err and file in err and err.count("\n") == 1


def test_flags_of_the_other_kind_are_refused(data, capsys):
    assert main(command(data, "--scale-size", "40", "--channels", "1")) == 2
    assert "--scale-size, --channels: only for pages; leave them out" in capsys.readouterr().err
    pages = ["pack", "--labels", str(data / "train.csv"), "--out", str(data / "pack")]
    assert main([*pages, "--grapheme-size", "native"]) == 2
    assert "--grapheme-size: only for --shards; leave it out" in capsys.readouterr().err
    assert main(pages) == 2
    assert "expected --scale-size and --channels for pages, or --shards for graphemes" in capsys.readouterr().err


def test_the_real_training_set_is_packed_whole(bengali_graphemes, tmp_path):
    folder = bengali_graphemes
    files = ["--labels", str(folder / "train.csv"), "--shards", str(folder / "train_image_data_*.parquet")]
    assert main(["pack", *files, "--grapheme-size", "crop:32", "--out", str(tmp_path / "pack")]) == 0
    pack, labels = Pack.open(tmp_path / "pack"), pd.read_csv(folder / "train.csv", dtype=str)
    assert [len(pack.classes[head]) for head in pack.heads] == [168, 11, 7] and len(pack) == 1734
    pd.testing.assert_frame_equal(
        pack.samples[["image_id", *pack.heads]].sort_values("image_id", ignore_index=True).astype(str),
        labels[["image_id", *pack.heads]].sort_values("image_id", ignore_index=True).astype(str),
        check_dtype=False,
    )
    inked = (np.asarray(pack.images) > 128).mean(axis=(1, 2, 3))
    assert inked.min() > 0.005 and inked.max() < 0.6
