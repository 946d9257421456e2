"""Loose crops: class folders, tables and lists, as lists that training reads."""

from pathlib import Path

import pytest
from made import draw, imported

from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.data.image_list import read_image_list


def rows(path: Path, root: Path) -> list[tuple[str, str]]:
    images = read_image_list(path)
    return [
        (label, Path(name).relative_to(root).as_posix())
        for label, name in zip(images.labels, images.paths, strict=True)
    ]


def test_class_folders_in_parts(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "train/か/1.png", "train/U+304B/2.png", "train/あ/3.jpg", "val/あ/4.png")
    (source / "train" / "か" / "broken.png").write_bytes(b"not an image")
    (source / "train" / "か" / "notes.txt").write_text("notes")
    report = imported(capsys, source)
    assert {key: report[key] for key in ("shape", "kind", "train", "valid", "classes", "skipped")} == {
        "shape": "class-folders", "kind": "crops", "train": 3, "valid": 1, "classes": 2, "skipped": 2,
    }  # fmt: skip
    assert report["faults"] == [
        {"file": "train/か/notes.txt", "row": None, "reason": "expected an image"},
        {"file": "train/か/broken.png", "row": None, "reason": "broken.png: expected an image, found something else"},
    ]
    assert rows(tmp_path / "out" / "train.csv", source) == [
        ("U+304B", "train/U+304B/2.png"), ("U+3042", "train/あ/3.jpg"), ("U+304B", "train/か/1.png")]  # fmt: skip
    assert rows(tmp_path / "out" / "valid.csv", source) == [("U+3042", "val/あ/4.png")]
    assert ClassList.read(tmp_path / "out" / "classes.csv").chars == ("あ", "か")
    assert (tmp_path / "out" / "skipped.csv").read_text().splitlines()[0] == "file,row,reason"


def test_a_share_of_every_class_validates(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", *(f"{c}/{n}.png" for c in "かあ" for n in range(10)))
    report = imported(capsys, source, "--valid-fraction", "0.2")
    assert (report["train"], report["valid"]) == (16, 4)
    train, valid = (rows(tmp_path / "out" / f"{part}.csv", source) for part in ("train", "valid"))
    assert sorted(label for label, _ in valid) == ["U+3042"] * 2 + ["U+304B"] * 2
    assert not set(train) & set(valid)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_of_a_table_are_guessed_and_told(tmp_path: Path, capsys, separator):
    source = draw(tmp_path / "data", "scans/1.png", "scans/2.png", "scans/3.png")
    lines = [
        ["nr", "scan", "character", "split"],
        ["1", "1.png", "か", "train"],
        ["2", "C:\\x\\scans\\2.png", "U+304B", "val"],
        ["3", "missing.png", "あ", "train"],
        ["4", "3", "", "train"],
        ["5", "3", "あ", "train"],
        ["6", "3"],
    ]
    (source / "labels.csv").write_text("".join(separator.join(line) + "\n" for line in lines))
    report = imported(capsys, source)
    assert report["notes"] == [f"{source / 'labels.csv'}: files from column scan, labels from column character"]
    assert rows(tmp_path / "out" / "train.csv", source) == [("U+304B", "scans/1.png"), ("U+3042", "scans/3.png")]
    assert rows(tmp_path / "out" / "valid.csv", source) == [("U+304B", "scans/2.png")]
    assert [(fault["file"], fault["row"], fault["reason"]) for fault in report["faults"]] == [
        ("labels.csv", 4, "no image called missing.png"),
        ("labels.csv", 5, "expected a label, found nothing"),
        ("labels.csv", 7, "expected 4 fields, found 2"),
    ]


def test_places_of_images_that_are_there_once_are_said_to_be_unused(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png")
    (source / "labels.csv").write_text("filename,class,xmin,ymin,xmax,ymax\n1.png,か,1,1,5,5\n")
    expected = "each image is there once, so it is one character; xmin, ymin, xmax, ymax are not used"
    assert f"{source / 'labels.csv'}: {expected}" in imported(capsys, source)["notes"]


def test_columns_that_cannot_be_guessed_are_asked_for(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png")
    (source / "labels.csv").write_text("scan,old,new\n1.png,か,あ\n")
    assert main(["import", str(source), "--out", str(tmp_path / "out")]) == 2
    assert "which column is the label? --label-column names one of old, new" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    imported(capsys, source, "--label-column", "new", "--file-column", "scan")
    assert rows(tmp_path / "out" / "train.csv", source) == [("U+3042", "1.png")]


def test_lists_without_a_header(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png", "2.png", "3.png")
    (source / "train.csv").write_text("か,1.png\n7,2.png\n")
    (source / "valid.txt").write_text("3.png,か\n")
    imported(capsys, source)
    assert rows(tmp_path / "out" / "train.csv", source) == [("U+304B", "1.png"), ("7", "2.png")]
    assert rows(tmp_path / "out" / "valid.csv", source) == [("U+304B", "3.png")]


def test_an_image_in_two_parts_is_used_once(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png", "2.png")
    (source / "train.csv").write_text("か,1.png\n")
    (source / "valid.csv").write_text("か,2.png\nか,1.png\n")
    assert [fault["reason"] for fault in imported(capsys, source)["faults"]] == ["1.png was there before, as U+304B"]
    assert rows(tmp_path / "out" / "valid.csv", source) == [("U+304B", "2.png")]


def test_an_import_is_made_once_and_replaced_only_when_forced(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "か/1.png")
    (source / "か" / "notes.txt").write_text("notes")
    first = imported(capsys, source)
    before = (tmp_path / "out" / "train.csv").stat().st_mtime_ns
    assert imported(capsys, source) == first
    assert main(["import", str(source), "--out", str(tmp_path / "out")]) == 0
    assert "up to date, crops of class-folders: 1 in train.csv; 1 class" in capsys.readouterr().out
    assert (tmp_path / "out" / "train.csv").stat().st_mtime_ns == before
    draw(source, "あ/1.png")
    assert main(["import", str(source), "--out", str(tmp_path / "out")]) == 2
    assert "made differently" in capsys.readouterr().err
    assert imported(capsys, source, "--force")["classes"] == 2


def test_what_is_nothing_known_is_refused(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png")
    for refused, reason in [(source, "found images, but no labels in any of"), (tmp_path / "nothing", "found nothing")]:
        assert main(["import", str(refused), "--out", str(tmp_path / "out")]) == 2
        assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
