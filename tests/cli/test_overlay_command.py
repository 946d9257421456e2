"""`mojika overlay`: pictures of pages, and what it says where it cannot make them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mojika.boxes.page_boxes import PageBoxes, write_boxes
from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.errors import Interrupted
from mojika.pictures import overlay_pages
from mojika.pictures.page_overlay import STYLES, Outcome

CLASSES = ClassList(("U+3042", "U+3044"), (1, 1))
ROWS = [
    ("100_1", 10, 10, "U+3042"),  # right
    ("100_1", 60, 10, "U+3042"),  # wrong label
    ("100_1", 160, 110, "U+3044"),  # surplus
    ("100_2", 10, 60, "U+3044"),  # surplus
]


@pytest.fixture
def folder(tmp_path: Path, make_pages) -> Path:
    make_pages([
        ("100_1", (300, 200), [("U+3042", (10, 10, 30, 30)), ("U+3044", (60, 10, 80, 30))]),
        ("100_2", (200, 300), [("U+3044", (100, 100, 120, 120))]),
        ("200_1", (200, 300), []),
    ])  # fmt: skip
    table = pd.DataFrame(ROWS, columns=["image_id", "x1", "y1", "label"])
    table = table.assign(x2=table["x1"] + 20, y2=table["y1"] + 20, box_score=0.5, prob=0.5)
    table["top5_labels"], table["top5_probs"] = [[label] for label in table["label"]], [[0.5]] * len(ROWS)
    pages = pd.DataFrame({"image_id": ["100_1", "100_2", "200_1"], "width": [300, 200, 200], "height": [200, 300, 300]})
    read = PageBoxes(pages, table, CLASSES, {"stage": "classify"})
    write_boxes(tmp_path / "before.parquet", read)
    write_boxes(tmp_path / "kept.parquet", read.with_boxes(table[:3], made_from={"stage": "kept"}))
    unread = table[["image_id", "x1", "y1", "x2", "y2", "box_score"]]
    write_boxes(tmp_path / "found.parquet", read.with_boxes(unread, class_list=None, made_from={"stage": "detect"}))
    return tmp_path


def call(folder: Path, boxes: str, *options: str) -> int:
    options = [str(folder / option) if (folder / option).exists() else option for option in options]
    argv = ["overlay", folder / boxes, "--images", folder / "train_images", "--out", folder / "out", *options]
    return main([str(argument) for argument in argv])


def counts(folder: Path, capsys, boxes: str, *options: str) -> dict:
    assert call(folder, boxes, *options, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_every_page_becomes_a_picture(folder, capsys):
    found = counts(folder, capsys, "kept.parquet", "--labels", "train.csv", "--removed", "before.parquet")
    assert found == {"pages": 3, "right": 1, "wrong_label": 1, "surplus": 1, "missed": 1, "removed": 1}
    names = ["100_1.png", "100_2.png", "200_1.png"]
    assert sorted(path.name for path in (folder / "out").iterdir()) == names
    for name in names:
        with Image.open(folder / "out" / name) as picture, Image.open(folder / "train_images" / name) as page:
            assert picture.width == page.width and picture.height > page.height
    with Image.open(folder / "out" / "100_1.png") as picture:
        page = np.asarray(picture)[-200:]
    assert (page[9, 10:30] == STYLES[Outcome.RIGHT].colour).all()
    assert (page[9, 60:80] == STYLES[Outcome.WRONG].colour).all()


def test_without_truth_there_are_only_boxes_and_unread_ones_are_found(folder, capsys):
    assert counts(folder, capsys, "kept.parquet") == {"pages": 3, "boxes": 3}
    found = counts(folder, capsys, "found.parquet", "--labels", "train.csv")
    assert found == {"pages": 3, "found": 2, "surplus": 2, "missed": 1}


def test_chosen_pages_alone_are_drawn(folder, capsys):
    (folder / "train_images" / "100_1.png").unlink()
    found = counts(folder, capsys, "kept.parquet", "--labels", "train.csv", "--pages", "200_1", "100_2")
    assert found == {"pages": 2, "right": 0, "wrong_label": 0, "surplus": 0, "missed": 1}
    assert counts(folder, capsys, "kept.parquet", "--pages", "200_1", "100_2", "--first", "1")["pages"] == 1
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["100_2.png", "200_1.png"]


def test_pages_that_cannot_be_drawn_are_refused_or_left_out(folder, capsys):
    bad = folder / "train_images" / "100_1.png"
    bad.write_bytes(bad.read_bytes()[:60])
    assert call(folder, "kept.parquet") == 2
    assert "1 fault: train_images/100_1.png: expected" in capsys.readouterr().err
    (folder / "train_images" / "100_2.png").unlink()
    found = counts(folder, capsys, "kept.parquet", "--skip-bad")
    assert (found["pages"], found["left_out"]) == (3, 2)
    assert "100_2,,no such image" in (folder / "out" / "skipped.csv").read_text()


def test_max_side_limits_the_page(folder, capsys):
    assert call(folder, "kept.parquet", "--max-side", "100") == 0
    assert "3 pages; 3 boxes" in capsys.readouterr().out
    with Image.open(folder / "out" / "100_1.png") as picture:
        assert picture.width == 100


@pytest.mark.parametrize(
    ("boxes", "options", "message"),
    [
        ("kept.parquet", ["--pages", "9_9"], "kept.parquet has no page 9_9"),
        ("before.parquet", ["--removed", "kept.parquet"], "found 1 of 4 boxes missing there"),
        ("kept.parquet", ["--out", "train_images"], "expected a folder other than that of the page images"),
        ("none.parquet", [], "expected a boxes file"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(folder, capsys, boxes, options, message):
    assert call(folder, boxes, *options) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_pages_without_their_image_or_of_another_size_are_named(folder, capsys):
    Image.new("L", (50, 60)).save(folder / "train_images" / "200_1.png")
    assert call(folder, "kept.parquet") == 2
    assert "expected a page of 200 x 300 pixels" in capsys.readouterr().err
    (folder / "train_images" / "200_1.png").unlink()
    assert call(folder, "kept.parquet") == 2
    assert "expected an image of every page, found none of 200_1" in capsys.readouterr().err


def test_an_interrupted_drawing_leaves_whole_pictures_and_can_be_repeated(folder, capsys, monkeypatch):
    draw = overlay_pages.draw_page_overlay

    def stop_at_the_second(page, marks, title, *others):
        if title == "100_2":
            raise Interrupted
        return draw(page, marks, title, *others)

    with monkeypatch.context() as patched:
        patched.setattr(overlay_pages, "draw_page_overlay", stop_at_the_second)
        assert call(folder, "kept.parquet", "--workers", "1") == 75
    left = [path.name for path in (folder / "out").iterdir()]
    assert "100_1.png" in left and not [name for name in left if name.startswith(".")]
    Image.open(folder / "out" / "100_1.png").load()
    assert call(folder, "kept.parquet") == 0 and len(list((folder / "out").iterdir())) == 3
