"""`mojika finetune`, end to end: a reader's folder that knows the book, made once and continued where it stopped."""

import json
from pathlib import Path

import pytest
from grapheme_models import write_model
from tiny_readers import CLASSES, draw_page, write_tiny_reader

from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.files.reader_folder import ReaderFolder


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """A reader, two pages, their labels; one character is new to the reader."""
    folder = tmp_path_factory.mktemp("book")
    models = write_tiny_reader(folder)
    given = ["--out", str(folder / "reader"), "--license", "mit", "--data", "squares", "--score-threshold", "0.4"]
    assert main(["bundle", *models, *given]) == 0
    rows = []
    for number in range(2):
        draw_page(folder / "pages" / f"{number}.png", number)
        rows.append(f"{number},U+3042 5 5 16 16 U+9F8D 40 30 16 16")
    (folder / "train.csv").write_text("\n".join(["image_id,labels", *rows, ""]))
    return folder


def finetune(book: Path, out: Path, *flags: str) -> int:
    given = ["--pages", str(book / "pages"), "--labels", str(book / "train.csv"), "--models", str(book / "reader")]
    return main(["finetune", *given, "--out", str(out), "--steps", "2", "--device", "cpu", "--workers", "1", *flags])


def test_a_reader_learns_a_book_once_and_goes_on_from_what_is_done(book, tmp_path, capsys):
    assert finetune(book, tmp_path / "new", "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert (numbers["pages"], numbers["characters"], numbers["classes"], numbers["models"]) == (2, 4, 7, 2)
    reader = ReaderFolder.open(tmp_path / "new")
    reader.check()
    settings = reader.config["settings"]
    assert settings["score_threshold"] == 0.3  # of a detector that knows the book
    assert (settings["furigana_below"], settings["certainty_threshold"]) == (0.6, 0.25)
    assert reader.config["license"] == "mit" and reader.config["data"] == ["squares", "2 pages of pages, 4 characters"]
    assert ClassList.read(tmp_path / "new" / "classes.csv").labels == (*CLASSES.labels, "U+9F8D")
    assert all(model["metrics"] == {} for model in reader.config["models"])  # measured on what was learnt from
    made = {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}

    assert finetune(book, tmp_path / "new") == 0
    assert "up to date, 2 models adapted to 2 pages" in capsys.readouterr().out
    assert finetune(book, tmp_path / "new", "--seed", "1") == 2
    assert "made differently: tuning" in capsys.readouterr().err
    (tmp_path / "new").rename(tmp_path / "old")
    assert finetune(book, tmp_path / "new") == 0
    assert capsys.readouterr().err.count(": finished, ") == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()} == made

    out = ["--out", str(tmp_path / "texts"), "--device", "cpu"]
    assert main(["recognize", str(book / "pages"), "--models", str(tmp_path / "new"), *out]) == 0


def test_readers_that_cannot_learn_a_page_are_refused(book, tmp_path, capsys):
    write_model(tmp_path / "graphemes.model", seed=1, scale_size=32, input_size=32)
    pages = ["--pages", str(book / "pages"), "--labels", str(book / "train.csv"), "--out", str(tmp_path / "new")]
    for models in (["graphemes.model"], [str(book / "classifier.model")]):
        named = [str(tmp_path / model) for model in models]
        assert main(["finetune", *pages, "--models", *named]) == 2
        assert "expected a reader of pages, with a detector and a classifier" in capsys.readouterr().err
    assert not (tmp_path / "new").exists() and not (tmp_path / "new.work").exists()
