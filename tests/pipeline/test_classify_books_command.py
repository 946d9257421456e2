"""From labelled pages of two books to the books of unlabelled ones, by the commands of scripts/extra/books.sh."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tiny_runs import TINY

from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.training.model_file import ReadingModel

DARK, BRIGHT = "100249371", "hnsd"


def draw_page(path: Path, book: str, generator: np.random.Generator) -> None:
    """Light columns on dark paper or dark rows on light paper, of varying size."""
    height, width = generator.integers(60, 100, 2)
    page = generator.normal(80 if book == DARK else 200, 12, (height, width))
    lines = page[:, 5::12] if book == DARK else page[5::12]
    lines += 90 if book == DARK else -90
    Image.fromarray(page.clip(0, 255).astype(np.uint8)).save(path)


@pytest.fixture(scope="module")
def books(tmp_path_factory) -> Path:
    """20 labelled pages of one book and 10 of the other; 4 and 12 unlabelled ones."""
    folder, generator = tmp_path_factory.mktemp("books"), np.random.default_rng(3)
    for part, counts in {"train": {DARK: 20, BRIGHT: 10}, "test": {DARK: 4, BRIGHT: 12}}.items():
        (folder / f"{part}_images").mkdir()
        ids = [f"{book}_{part}{number}" for book, count in counts.items() for number in range(count)]
        for image_id in ids:
            draw_page(folder / f"{part}_images" / f"{image_id}.png", image_id.split("_")[0], generator)
        (folder / f"{part}.csv").write_text("image_id,labels\n" + "".join(f"{image_id},\n" for image_id in ids))
    return folder


@pytest.fixture(scope="module")
def model(books, train_main) -> Path:
    pack, split = str(books / "pack"), str(books / "split")
    labels = str(books / "train.csv")
    sizes = ["--scale-size", "28", "--channels", "1"]
    assert main(["pack", "--whole-pages", "--labels", labels, *sizes, "--out", pack]) == 0
    assert main(["split", pack, "--valid-fraction", "0.2", "--min-train", "1", "--out", split]) == 0
    flags = ["--epochs", "8", "--model-dir", books, "--prefix", "run"]
    assert train_main([f"{split}/train.csv", f"{split}/valid.csv", *TINY, *flags]) == 0
    return books / "run" / "best.model"


def classify(model: Path, books: Path, *more: str) -> int:
    return main(["classify-books", str(model), "--images", str(books / "test_images"), "--device", "cpu", *more])


def test_pages_that_cannot_be_read_are_refused_or_left_out(model, books, tmp_path, capsys):
    shutil.copytree(books / "test_images", tmp_path / "test_images")
    (tmp_path / "test_images" / "bad.png").write_bytes(b"no image")
    assert classify(model, tmp_path) == 2
    assert "test_images/bad.png: expected" in capsys.readouterr().err
    assert classify(model, tmp_path, "--skip-bad", "--json", "--out", str(tmp_path / "books.csv")) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["pages"], report["left_out"]) == (16, 1)
    assert "bad.png" in (tmp_path / "books.skipped.csv").read_text()


def test_pages_are_read_and_the_fitting_book_is_recommended(model, books, tmp_path, capsys):
    table = tmp_path / "books.csv"
    assert classify(model, books, "--json", "--out", str(table), "--largest-share", "0.4", "--batch-size", "5") == 0
    report = json.loads(capsys.readouterr().out)
    rows = pd.read_csv(table, dtype={"image_id": str, "book": str, "second_book": str})
    assert rows["image_id"].tolist() == sorted(path.stem for path in (books / "test_images").iterdir())
    assert (rows["book"] == rows["image_id"].str.split("_").str[0]).all()
    assert (rows["second_book"] != rows["book"]).all()
    np.testing.assert_allclose(rows["prob"] + rows["second_prob"], 1, atol=1e-5)
    assert report["pages"] == len(rows) == 16
    assert list(report["books"]) == [BRIGHT, DARK]
    assert (report["books"][BRIGHT]["labelled"], report["books"][BRIGHT]["by_best"]) == (10, 0.75)
    assert report["books"][BRIGHT]["by_likelihood"] == pytest.approx(0.75, abs=0.1)
    assert report["mean_best"] == pytest.approx(rows["prob"].mean(), abs=1e-5)
    assert report["unlike"] == 0  # of two books one always has a half
    assert report["hold_out"] == [BRIGHT] and report["covered"] == report["books"][BRIGHT]["by_likelihood"]


def test_calibration_changes_how_sure_it_is_and_not_what_it_says(model, books, tmp_path, capsys):
    found = {}
    for name, flags in {"raw": [], "calibrated": ["--calibrate", str(books / "split" / "valid.csv")]}.items():
        assert classify(model, books, "--json", "--out", str(tmp_path / name), *flags) == 0
        table = pd.read_csv(tmp_path / name)
        odds = table["prob"].clip(upper=1 - 1e-6) / table["second_prob"].clip(lower=1e-6)
        found[name] = json.loads(capsys.readouterr().out), table["book"].tolist(), np.log(odds)
    (raw, books_raw, odds_raw), (calibrated, books_calibrated, odds_calibrated) = found.values()
    assert raw["temperature"] == 1 and books_raw == books_calibrated
    assert calibrated["temperature"] < 0.9  # there is no mistake on the list
    assert odds_calibrated.mean() > odds_raw.mean() and calibrated["mean_best"] > raw["mean_best"]


def test_a_list_of_other_books_does_not_calibrate(model, books, tmp_path, capsys):
    pack = books / "pack"
    table = pd.read_csv(books / "split" / "valid.csv", dtype=str).assign(pack=str(pack), shared="1")
    table.to_csv(tmp_path / "shared.csv", index=False)
    assert classify(model, books, "--calibrate", str(tmp_path / "shared.csv")) == 2
    assert "expected pages that were not trained on" in capsys.readouterr().err
    first = next((books / "test_images").iterdir())
    (tmp_path / "other.csv").write_text(f"another,{first}\n")
    assert classify(model, books, "--calibrate", str(tmp_path / "other.csv")) == 2
    assert "have different books" in capsys.readouterr().err


def test_the_flags_for_split_are_printed_ready_to_use(model, books, tmp_path, capsys):
    assert classify(model, books, "--cover", "0.5", "--largest-share", "0.4") == 0
    text = capsys.readouterr().out
    assert re.search(r"^hnsd +10 +75\.0%", text, re.MULTILINE)
    flags = text.split("mojika split PACK ")[1].split()
    assert flags == ["--hold-out", BRIGHT]
    assert main(["split", str(books / "pack"), *flags, "--out", str(tmp_path / "split")]) == 0


def test_books_that_training_cannot_spare_are_named_with_the_reason(model, books, capsys):
    assert classify(model, books, "--cover", "1") == 0
    text = capsys.readouterr().out
    assert "hnsd is not recommended: it has 33% of the labelled pages\n" in text
    assert "no book can be spared" in text and "--hold-out" not in text


def test_counts_of_another_pack_shift_the_estimate(model, books, tmp_path, capsys):
    ClassList((DARK, BRIGHT), (1, 99)).write(tmp_path / "classes.csv")
    likeliest = []
    for counts in (books / "pack", tmp_path / "classes.csv"):
        assert classify(model, books, "--json", "--counts", str(counts)) == 0
        report = json.loads(capsys.readouterr().out)
        likeliest.append((report["books"][BRIGHT]["labelled"], report["books"][BRIGHT]["by_likelihood"]))
    assert [count for count, _ in likeliest] == [10, 99]
    assert likeliest[1][1] < likeliest[0][1]
    ClassList((DARK, "other"), (1, 99)).write(tmp_path / "classes.csv")
    assert classify(model, books, "--counts", str(tmp_path / "classes.csv")) == 2
    assert "different books" in capsys.readouterr().err


def test_a_folder_without_pages_is_a_one_line_error(model, tmp_path, capsys):
    (tmp_path / "test_images").mkdir()
    assert classify(model, tmp_path) == 2
    assert "expected page images, found none" in capsys.readouterr().err


def test_a_model_of_characters_is_a_one_line_error(model, books, tmp_path, capsys, monkeypatch):
    characters = {"label": ClassList(("U+3042", "U+3044"), (3, 3))}
    reader = ReadingModel("a.model", None, characters, None, None)
    monkeypatch.setattr("mojika.training.model_file.load_model", lambda *_: reader)
    assert classify(model, books) == 2
    assert "expected a model that recognises books" in capsys.readouterr().err
