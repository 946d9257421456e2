"""The subcommands over boxes of pages: nms, vote, submit and score, one after the other as in a pipeline."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mojika.boxes.page_boxes import PageBoxes, read_boxes, write_boxes
from mojika.cli.main import main
from mojika.data.class_list import ClassList

CLASSES = ClassList(("U+3042", "U+3044"), (150, 2))
TRUTH = """image_id,labels
100_1,U+3042 0 0 20 20 U+3044 40 0 20 20 U+3042 80 0 20 20
100_2,
200_1,U+3042 0 0 10 10
"""


def read_pages(*boxes: tuple[str, int, int, str, float], model: str) -> PageBoxes:
    """Squares of 20 pixels: page, x, y, label, probability; `box_score` falls with x."""
    table = pd.DataFrame(list(boxes), columns=["image_id", "x1", "y1", "label", "prob"])
    table = table.assign(x2=table["x1"] + 20, y2=table["y1"] + 20, box_score=1 - table["x1"] / 1000)
    table["top5_labels"] = [[label] for label in table["label"]]
    table["top5_probs"] = [[prob] for prob in table["prob"]]
    pages = pd.DataFrame({"image_id": ["100_1", "100_2", "200_1"], "width": 200, "height": 100})
    return PageBoxes(pages, table, CLASSES, {"stage": "classify", "model": model})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [("100_1", 0, 0), ("100_1", 2, 1), ("100_1", 40, 0), ("100_1", 150, 0)]
    for name, reading in (("one", "aaba"), ("two", "abba"), ("three", "bbaa")):
        labels = [{"a": "U+3042", "b": "U+3044"}[letter] for letter in reading]
        boxes = [(*row, label, prob) for row, label, prob in zip(rows, labels, (0.9, 0.8, 0.7, 0.3), strict=True)]
        write_boxes(tmp_path / f"{name}.parquet", read_pages(*boxes, model=name))
    (tmp_path / "train.csv").write_text(TRUTH)
    return tmp_path


def output(capsys, *argv) -> dict:
    assert main([*map(str, argv), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_boxes_become_a_scored_submission(folder, capsys):
    inputs = [folder / f"{name}.parquet" for name in ("one", "two", "three")]
    assert output(capsys, "vote", *inputs, "--out", folder / "voted.parquet") == {
        "pages": 3, "boxes": 4, "models": 3, "unanimous": 1}  # fmt: skip
    assert read_boxes(folder / "voted.parquet").boxes["label"].tolist() == ["U+3042", "U+3044", "U+3044", "U+3042"]
    assert output(capsys, "nms", folder / "voted.parquet", "--out", folder / "nms.parquet") == {
        "pages": 3, "boxes": 3, "suppressed": 1}  # fmt: skip
    submission = folder / "submission.csv"
    assert output(capsys, "submit", folder / "nms.parquet", "--out", submission, "--min-prob", "0.1") == {
        "pages": 3, "predictions": 3, "empty_pages": 2, "left_out": 0}  # fmt: skip
    assert submission.read_text() == "image_id,labels\n100_1,U+3042 10 10 U+3044 50 10 U+3042 160 10\n100_2,\n200_1,\n"
    score = ["score", "--labels", folder / "train.csv"]
    expected = {
        "f1": pytest.approx(4 / 7), "precision": pytest.approx(2 / 3), "recall": 0.5,
        "true_positives": 2, "false_positives": 1, "false_negatives": 2, "pages": 3}  # fmt: skip
    found = output(capsys, *score, "--submission", submission)
    assert found == expected and list(found) == list(expected)
    of_boxes = output(capsys, *score, "--boxes", folder / "nms.parquet")
    assert {name: of_boxes[name] for name in expected} == expected
    assert of_boxes["detection_recall"] == 0.5 and of_boxes["detection_ap"] == 0.5
    assert of_boxes["detection_precision"] == pytest.approx(2 / 3)
    assert (of_boxes["macro_accuracy_rare"], of_boxes["macro_accuracy_common"]) == (1, None)


@pytest.mark.parametrize(
    ("command", "other"),
    [
        ("nms one.parquet two.parquet --out out", "nms one.parquet two.parquet --iou 0.9 --out out"),
        ("vote one.parquet --out out", "vote two.parquet --out out"),
        ("submit one.parquet --out out", "submit one.parquet --at-most 1 --out out"),
    ],
)
def test_what_exists_is_kept_and_replaced_only_when_forced(folder, capsys, monkeypatch, command, other):
    monkeypatch.chdir(folder)
    assert main(command.split()) == 0 and "up to date" not in capsys.readouterr().out
    content = Path("out").read_bytes()
    assert main(command.split()) == 0 and "up to date" in capsys.readouterr().out
    assert main(other.split()) == 2 and "--force to replace it" in capsys.readouterr().err
    assert Path("out").read_bytes() == content
    assert main([*other.split(), "--force"]) == 0 and Path("out").read_bytes() != content


def test_snapshots_are_put_together_and_judged_by_either_score(folder, capsys):
    inputs = [folder / "one.parquet", folder / "two.parquet"]
    report = output(capsys, "nms", *inputs, "--by", "box_score", "--out", folder / "a.parquet")
    assert report == {"pages": 3, "boxes": 3, "suppressed": 5}
    assert read_boxes(folder / "a.parquet").boxes["box_score"].tolist() == np.float32([1, 0.96, 0.85]).tolist()


def test_pages_and_books_are_written_each_with_its_score(folder, capsys):
    (folder / "sub.csv").write_text("image_id,labels\n200_1,U+3042 5 5\n100_1,U+3044 50 10\n100_2,\n")
    argv = ["score", "--labels", folder / "train.csv", "--submission", folder / "sub.csv"]
    tables = ["--per-page", folder / "pages.csv", "--per-book", folder / "books.csv"]
    assert main([*map(str, argv), *map(str, tables)]) == 0
    printed = capsys.readouterr().out
    assert "f1  0.6667" in printed and "100" in printed and "1.0000" in printed
    pages = pd.read_csv(folder / "pages.csv")
    assert pages["image_id"].tolist() == ["100_1", "100_2", "200_1"]
    assert pages["f1"].tolist() == [0.5, 0, 1] and pages["false_negatives"].tolist() == [2, 0, 0]
    books = pd.read_csv(folder / "books.csv").set_index("book")
    assert books["f1"].to_dict() == {100: 0.5, 200: 1} and books["pages"].to_dict() == {100: 2, 200: 1}


def test_predicted_pages_are_scored_alone_when_asked(folder, capsys):
    (folder / "sub.csv").write_text("image_id,labels\n200_1,U+3042 5 5\n")
    argv = ["score", "--labels", str(folder / "train.csv"), "--submission", str(folder / "sub.csv")]
    assert main(argv) == 2
    assert "expected every page of the truth, found no 100_1, 100_2" in capsys.readouterr().err
    assert output(capsys, *argv, "--predicted-pages")["f1"] == 1


def test_boxes_that_were_not_read_are_scored_by_detection_alone(folder, capsys):
    read = read_boxes(folder / "one.parquet")
    detected = read.boxes[["image_id", "x1", "y1", "x2", "y2", "box_score"]]
    write_boxes(folder / "detected.parquet", read.with_boxes(detected, class_list=None, made_from={"stage": "detect"}))
    argv = ["score", "--labels", folder / "train.csv", "--boxes", folder / "detected.parquet"]
    assert output(capsys, *argv) == {
        "pages": 3, "detection_precision": 0.5, "detection_recall": 0.5, "detection_ap": pytest.approx((1 + 2 / 3) / 4)
    }  # fmt: skip
    assert main([*map(str, argv), "--per-page", str(folder / "pages.csv")]) == 2
    assert "need boxes that were read" in capsys.readouterr().err
    assert main(["submit", str(folder / "detected.parquet"), "--out", str(folder / "sub.csv")]) == 2
    assert "expected boxes that were read, found no column prob" in capsys.readouterr().err


def test_rare_classes_are_those_of_the_class_list_that_is_given(folder, capsys):
    CLASSES.write(folder / "classes.csv")
    argv = ["score", "--labels", folder / "train.csv", "--boxes", folder / "one.parquet", "--counts"]
    found = output(capsys, *argv, folder / "classes.csv")
    assert (found["classes_rare"], found["classes_common"]) == (1, 1)
    argv = ["score", "--labels", folder / "train.csv", "--submission", folder / "sub.csv", "--counts"]
    assert main([*map(str, argv), str(folder / "classes.csv")]) == 2
    assert "--counts separates rare classes from common ones" in capsys.readouterr().err
