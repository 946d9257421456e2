"""Detections of 2019 become boxes of pages: as those of the reference, in its page order, and nothing is executed."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from published_2019 import Hostile, save_detections

from mojika.boxes.page_boxes import read_boxes
from mojika.cli.main import main

# by hand: pages of 1000 x 1500 and 800 x 600 pixels, searched at a short side of 2500
SCALED = [((2500, 3750), [[250, 500, 375, 625], [1000, 1000, 2500, 3750]], [0.9, 0.25]),
          ((3333, 2500), [[0, 0, 3333, 1250], [100, 100, 100, 200]], [0.5, 0.75])]  # fmt: skip
FOUND = [("test_b", 100, 200, 150, 250, 0.9), ("test_b", 400, 400, 1000, 1500, 0.25), ("test_a", 0, 0, 800, 300, 0.5)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    for name, size in (("test_b", (1000, 1500)), ("test_a", (800, 600))):
        Image.new("L", size).save(tmp_path / "pages" / f"{name}.png")
    (tmp_path / "order.list").write_text("test_b\ntest_a\n")
    save_detections(tmp_path / "test_060000.pth", SCALED)
    return tmp_path


def run(folder: Path, *flags: str, pages: str = "order.list", file: str = "test_060000.pth") -> int:
    command = ["import-detections", folder / file, "--pages", folder / pages, "--images", folder / "pages"]
    return main([*map(str, command), "--out", str(folder / "boxes.parquet"), *flags])


@pytest.mark.parametrize("zipped", [False, True])
def test_boxes_are_those_of_the_file_in_pixels_of_the_page(folder, capsys, zipped):
    save_detections(folder / "test_060000.pth", SCALED, zipped=zipped)
    assert run(folder, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"pages": 2, "boxes": 3, "left_out": 1}
    boxes = read_boxes(folder / "boxes.parquet")
    assert boxes.pages.to_numpy().tolist() == [["test_b", 1000, 1500], ["test_a", 800, 600]]
    assert boxes.boxes["image_id"].tolist() == [row[0] for row in FOUND]
    np.testing.assert_allclose(boxes.boxes.iloc[:, 1:], [row[1:] for row in FOUND], rtol=1e-6)
    assert run(folder) == 0 and "up to date" in capsys.readouterr().out


def test_a_submission_is_a_list_of_pages_as_well(folder):
    (folder / "sample_submission.csv").write_text("image_id,labels\ntest_b,U+003F 1 1\ntest_a,\n")
    assert run(folder, pages="sample_submission.csv") == 0
    assert read_boxes(folder / "boxes.parquet").boxes["image_id"].tolist() == [row[0] for row in FOUND]


@pytest.mark.parametrize("order, said", [
    ("test_a\ntest_b\n", "test_a is a page of 800 x 600 pixels, its detections are of 2500 x 3750"),
    ("test_b\n", "expected as many --pages as the file has lists of boxes, 2, found 1"),
    ("test_b\ntest_c\n", "no image of test_c"),
])  # fmt: skip
def test_another_order_of_pages_is_refused(folder, capsys, order, said):
    (folder / "order.list").write_text(order)
    assert run(folder) == 2
    assert said in capsys.readouterr().err and not (folder / "boxes.parquet").exists()


def test_a_page_without_boxes_stays(folder):
    save_detections(folder / "test_060000.pth", [SCALED[0], ((3333, 2500), [], [])])
    assert run(folder) == 0
    assert len(read_boxes(folder / "boxes.parquet").pages) == 2


@pytest.mark.parametrize("zipped", [False, True])
def test_a_hostile_file_is_refused_without_running(folder, capsys, zipped):
    marker = folder / "marker"
    hostile = folder / "hostile.pth"
    torch.save([Hostile(marker)], hostile, _use_new_zipfile_serialization=zipped)
    assert run(folder, file="hostile.pth") == 2
    assert "nothing of it was run" in capsys.readouterr().err
    assert not marker.exists() and not (folder / "boxes.parquet").exists()
    torch.load(hostile, weights_only=False)
    assert marker.exists()  # it would have


@pytest.mark.parametrize("content", [b"", b"plain text, no pickle at all", "cut"])
def test_a_broken_file_is_named(folder, capsys, content):
    file = folder / "test_060000.pth"
    file.write_bytes(file.read_bytes()[:-100] if content == "cut" else content)
    assert run(folder) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_other_tensors_are_no_detections(folder, capsys):
    torch.save([torch.zeros(2, 4)], folder / "test_060000.pth")
    assert run(folder) == 2 and "expected a list of BoxList" in capsys.readouterr().err
    save_detections(folder / "test_060000.pth", SCALED, mode="xywh")
    assert run(folder) == 2 and "expected corners (n, 4)" in capsys.readouterr().err
