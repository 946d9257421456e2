import json
from pathlib import Path

import pandas as pd
import pytest

from mojika.boxes.page_boxes import truth_boxes, write_boxes
from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.data.pack import Pack
from mojika.data.split_list import read_split_lists

A, KA = "U+3042", "U+304B"


@pytest.fixture
def command(make_pages, tmp_path: Path) -> list[str]:
    """Ten characters of five pages, of which six were read surely; the class list of a training pack."""
    labels_file = make_pages([(f"t_{i}", (40, 30), [(KA, (i, 2, i + 9, 12)), (A, (20, 2, 29, 9))]) for i in range(5)])
    truth = truth_boxes(labels_file, tmp_path / "train_images")
    probabilities = [1.0, 0.99995] * 3 + [0.99, 0.5] * 2
    write_boxes(tmp_path / "read.parquet", truth.with_boxes(truth.boxes.assign(prob=probabilities)))
    ClassList((A, KA, "U+4E00"), (7, 8, 9)).write(tmp_path / "classes.csv")
    return ["pseudo-label", str(tmp_path / "read.parquet"), "--images", str(tmp_path / "train_images"), "--classes",
            str(tmp_path / "classes.csv"), "--scale-size", "8", "--channels", "1", "--out",
            str(tmp_path / "pseudo")]  # fmt: skip


def test_a_pack_is_made_once_and_replaced_only_when_forced(command, tmp_path, capsys):
    out = tmp_path / "pseudo"
    assert main(command) == 0
    line = "of 10 boxes 6 crops of 3 classes from 3 pages of 1 book"
    assert capsys.readouterr().out == f"{out}: {line}\n"
    written = (out / "images.npy").stat().st_mtime_ns
    assert main(command) == 0
    assert capsys.readouterr().out == f"{out}: up to date, {line}\n"
    assert (out / "images.npy").stat().st_mtime_ns == written

    assert main([*command, "--min-prob", "0.98"]) == 2
    assert "min_prob was 0.9999, now 0.98" in capsys.readouterr().err
    assert main([*command, "--min-prob", "0.98", "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "boxes": 10, "crops": 8, "pages": 5, "books": 1, "classes": 3, "clipped": 0, "skipped": 0}  # fmt: skip


def test_training_takes_the_pack_beside_the_labelled_one(command, tmp_path, capsys):
    pack = ["pack", "--labels", str(tmp_path / "train.csv"), "--out", str(tmp_path / "labelled"), "--scale-size", "8",
            "--channels", "1", "--classes", str(tmp_path / "classes.csv")]  # fmt: skip
    split = ["split", str(tmp_path / "labelled"), "--by", "page", "--hold-out", "t_4", "--fill", "0"]
    append = ["--append", str(tmp_path / "pseudo"), "--out", str(tmp_path / "more")]
    Path(tmp_path / "read.parquet").rename(tmp_path / "all.parquet")
    table = truth_boxes(tmp_path / "train.csv", tmp_path / "train_images")
    is_other = table.boxes["image_id"] != "t_4"
    write_boxes(tmp_path / "read.parquet", table.with_boxes(table.boxes[is_other].assign(prob=1.0)))
    assert main(command) == main(pack) == main([*split, "--out", str(tmp_path / "few")]) == main([*split, *append]) == 0
    few, more = (
        read_split_lists(
            [tmp_path / name / "train.csv", tmp_path / name / "valid.csv"], scale_size=8, channels=1, cache=tmp_path
        )
        for name in ("few", "more")
    )
    assert (tmp_path / "few" / "valid.csv").read_text() == (tmp_path / "more" / "valid.csv").read_text()
    train = more[0].with_pseudo_weight(0.9)
    assert (len(few[0]), len(train)) == (8, 16)
    assert train.weight.tolist() == pytest.approx([1.0] * 8 + [0.9] * 8)
    assert pd.read_csv(tmp_path / "more" / "train.csv")["pack"].tolist() == ["../labelled"] * 8 + ["../pseudo"] * 8
    assert Pack.open(tmp_path / "pseudo").classes["label"].digest == few[0].classes["label"].digest
