"""The Bengali sample's folder: Kaggle's layout, the same bytes every time, resumable, never over what is not its."""

import csv
import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from mojika.cli import main as cli
from mojika.samples.graphemes import dataset
from mojika.samples.graphemes.components import Labels, compose
from mojika.samples.graphemes.fonts import find_bengali_fonts

SMALL = "--train 40 --test 12 --shards 2 --writers 6 --min-per-class 0 --unseen 0.5 --workers 1"
REAL_DATA = Path(os.environ.get("MOJIKA_REAL_DATA") or Path(__file__).parents[3] / "../shared/data")
REAL_GRAPHEMES = REAL_DATA / "bengali_graphemes"


@pytest.fixture(autouse=True, scope="module")
def small_blocks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "_BLOCK", 8)
        patch.setattr(dataset, "_ROW_GROUP", 16)
        yield


def sample(out: Path, *options: str) -> int:
    return cli.main(["sample", "bengali", str(out), *SMALL.split(), *options])


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "made"
    assert sample(out) == 0
    return out


def test_images_are_parquet_columns_of_the_competitions_canvas(made):
    for part, shards in (("train", [20, 20]), ("test", [6, 6])):
        ids = []
        for number, size in enumerate(shards):
            file = pq.ParquetFile(made / f"{part}_image_data_{number}.parquet", pre_buffer=False)
            assert file.schema_arrow.names == ["image_id", *map(str, range(137 * 236))]
            assert [str(kind) for kind in file.schema_arrow.types] == ["string"] + ["uint8"] * (137 * 236)
            assert file.metadata.num_rows == size
            assert max(file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)) <= 16
            ids += file.read(["image_id"], use_threads=False)["image_id"].to_pylist()
        assert ids == [f"{part.capitalize()}_{number}" for number in range(sum(shards))]


def test_pixels_are_the_pictures_that_the_plan_asks_for(made):
    # read by threads, or ahead, 32,333 columns take gigabytes
    file = pq.ParquetFile(made / "train_image_data_1.parquet", pre_buffer=False)
    table = file.read_row_group(0, use_threads=False)
    assert table["image_id"][3].as_py() == "Train_23"
    stored = np.array([column[3].as_py() for column in table.columns[1:]], np.uint8).reshape(137, 236)
    row = rows(made / "train.csv")[23]
    labels = Labels(*(int(row[kind]) for kind in dataset.HEADS))
    fonts = find_bengali_fonts()
    hand = dataset.Hand.draw(np.random.default_rng([0, 1, int(row["writer"].removeprefix("generated_"))]), len(fonts))
    assert np.array_equal(stored, dataset.draw_grapheme(labels, hand, np.random.default_rng([0, 2, 23]), fonts))


def test_tables_are_the_competitions(made):
    train, hidden = rows(made / "train.csv"), rows(made / "hidden" / "test_labels.csv")
    header = ["image_id", "grapheme_root", "vowel_diacritic", "consonant_diacritic", "grapheme", "writer"]
    assert [list(table[0]) for table in (train, hidden)] == [header, header]
    for row in train + hidden:
        assert compose(Labels(*(int(row[kind]) for kind in header[1:4]))) == row["grapheme"]
    assert [row["image_id"] for row in hidden] == [f"Test_{number}" for number in range(12)]
    test, submission = rows(made / "test.csv"), rows(made / "sample_submission.csv")
    asked = ["consonant_diacritic", "grapheme_root", "vowel_diacritic"]
    assert [(row["image_id"], row["component"]) for row in test] == [
        (f"Test_{n}", kind) for n in range(12) for kind in asked
    ]
    assert all(row["row_id"] == f"{row['image_id']}_{row['component']}" for row in test)
    assert submission == [{"row_id": row["row_id"], "target": "0"} for row in test]
    assert not {row["writer"] for row in train} & {row["writer"] for row in hidden}


@pytest.mark.skipif(not REAL_GRAPHEMES.exists(), reason="no real graphemes: set MOJIKA_REAL_DATA to their folder")
def test_columns_and_tables_are_those_of_real_data(made):
    real, own = (pq.read_schema(folder / "train_image_data_0.parquet") for folder in (REAL_GRAPHEMES, made))
    assert own.equals(real)
    for file in ("train.csv", "test.csv", "sample_submission.csv", "class_map.csv"):
        first_lines = [(folder / file).read_text(encoding="utf-8").splitlines()[0] for folder in (REAL_GRAPHEMES, made)]
        assert first_lines[0] == first_lines[1]
    assert rows(made / "test.csv") == rows(REAL_GRAPHEMES / "test.csv")[:36]


def test_bytes_do_not_depend_on_the_run_or_the_number_of_workers(made, tmp_path, monkeypatch):
    assert sample(tmp_path / "again", "--workers", "2") == 0
    assert digests(tmp_path / "again") == digests(made)


def test_further_fonts_are_more_hands(tmp_path):
    (tmp_path / "fonts").mkdir()
    shutil.copy(find_bengali_fonts()["ani"].path, tmp_path / "fonts" / "mine.ttf")
    few = ("--train", "8", "--test", "0", "--shards", "1")
    assert sample(tmp_path / "more", *few, "--fonts", str(tmp_path / "fonts")) == 0
    drawn = json.loads((tmp_path / "more" / "sample.json").read_text())
    assert list(drawn["parameters"]["fonts"]) == [*find_bengali_fonts(), "mine"]


def test_an_interrupted_run_goes_on_where_it_stopped(made, tmp_path, monkeypatch):
    out = tmp_path / "sample"
    draw, drawn = dataset.draw_grapheme, []

    def draw_thirty_then_stop(*arguments):
        if len(drawn) == 30:
            raise KeyboardInterrupt
        drawn.append(arguments)
        return draw(*arguments)

    monkeypatch.setattr(dataset, "draw_grapheme", draw_thirty_then_stop)
    assert sample(out) == 75
    assert not (out / "sample.json").exists()
    assert (out / "train_image_data_0.parquet").exists()
    (out / ".train_image_data_1.parquet.1.tmp").write_bytes(b"PAR1")  # as after kill -9
    monkeypatch.setattr(dataset, "draw_grapheme", lambda *arguments: drawn.append(arguments) or draw(*arguments))
    assert sample(out) == 0
    assert len(drawn) == 52 + 2  # what was drawn of the torn block is drawn again
    assert digests(out) == digests(made)


def test_second_run_draws_nothing_and_a_lost_file_is_made_again(made, capsys):
    before = digests(made)
    times = {path: path.stat().st_mtime_ns for path in made.glob("*.parquet")}
    assert sample(made, "--json") == 0
    assert times == {path: path.stat().st_mtime_ns for path in made.glob("*.parquet")}
    report = json.loads(capsys.readouterr().out)
    trained = {row["grapheme"] for row in rows(made / "train.csv")}
    tested = [row["grapheme"] for row in rows(made / "hidden" / "test_labels.csv")]
    assert report["graphemes"] == len(trained)
    assert report["unseen_images"] == sum(grapheme not in trained for grapheme in tested) == 6
    assert (report["images"], report["test_images"], report["writers"]) == (40, 12, 6)
    (made / "test_image_data_1.parquet").unlink()
    assert sample(made) == 0
    assert digests(made) == before


def test_other_parameters_are_refused_unless_forced_and_shards_of_old_ones_go(tmp_path, capsys):
    out = tmp_path / "sample"
    one = ("--shards", "1", "--test", "2")
    assert sample(out, *one) == 0
    assert len(list(out.glob("*.parquet"))) == 2
    assert sample(out, *one, "--seed", "9") == 2
    assert "seed was 0, now 9" in capsys.readouterr().err
    assert sample(out, "--seed", "9", "--shards", "1", "--test", "0", "--force") == 0
    assert [path.name for path in out.glob("*.parquet")] == ["train_image_data_0.parquet"]
    assert rows(out / "test.csv") == []


def test_a_sample_of_another_kind_is_never_touched(made, capsys):
    before = digests(made)
    assert cli.main(["sample", "kuzushiji", str(made), "--force"]) == 2
    assert "found bengali" in capsys.readouterr().err
    assert digests(made) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--shards", "13"], "--shards 13"),
        (["--min-per-class", "1"], "--train 40"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path, capsys, options, message):
    assert sample(tmp_path / "sample", *options) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "sample").exists()
