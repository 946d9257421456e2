from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.pseudo_labels import plan_pseudo_pages
from mojika.data.class_list import ClassList
from mojika.data.pack import Pack
from mojika.data.pack_pages import pack_pages
from mojika.errors import UserError

A, KA, NO = "U+3042", "U+304B", "U+306E"
CLASSES = ClassList((A, KA, NO), (500, 400, 300))
BOXES = [  # page, x1, y1, x2, y2, label, prob
    ("test_1", 10, 20, 30, 60, KA, 1.0),
    ("test_1", 5, 5, 15, 25, A, 0.9998),
    ("test_1", 40, 40, 90, 70, KA, 0.9999),
    ("test_3", 0, 0, 8, 8, NO, 0.99995),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pages of random gray levels and a class list."""
    images = tmp_path / "test_images"
    images.mkdir()
    for number in (1, 2, 3):
        levels = np.random.default_rng(number).integers(0, 256, (80, 100), np.uint8)
        Image.fromarray(levels).save(images / f"test_{number}.png")
    CLASSES.write(tmp_path / "classes.csv")
    return tmp_path


def read(boxes: list[tuple] = BOXES, size: tuple[int, int] = (100, 80)) -> PageBoxes:
    pages = pd.DataFrame({"image_id": ["test_1", "test_2", "test_3"], "width": size[0], "height": size[1]})
    table = pd.DataFrame(boxes, columns=["image_id", "x1", "y1", "x2", "y2", "label", "prob"]).assign(box_score=0.9)
    return PageBoxes(pages, table, CLASSES, {"stage": "test"})


def plan(folder: Path, boxes: PageBoxes, **options):
    options = {"classes_file": folder / "classes.csv", "min_prob": 0.9999, "size": 16, "channels": 1} | options
    return plan_pseudo_pages(boxes, folder / "test_images", **options)


def test_sure_boxes_become_a_pack_that_trains_beside_the_labelled_ones(folder):
    report = pack_pages(plan(folder, read()), folder / "pack", workers=2)
    pack = Pack.open(folder / "pack")
    samples = pack.samples
    assert samples["label"].tolist() == [KA, KA, NO]
    assert samples["image_id"].tolist() == ["test_1", "test_1", "test_3"]
    assert set(samples["source"]) == {"pseudo"} and set(samples["weight"]) == {1}
    np.testing.assert_array_equal(samples["x1"], [10, 40, 0])
    assert pack.classes["label"].digest == CLASSES.digest and pack.classes["label"].counts == (0, 2, 1)
    assert (report["crops"], report["pages"], report["skipped"]) == (3, 2, 0)


def test_the_margin_is_five_percent_of_the_mean_side_all_around(folder):
    pack_pages(plan(folder, read()), folder / "pack", workers=1)
    page = Image.open(folder / "test_images" / "test_1.png")
    margin = 0.05 * (20 + 40) / 2
    first = page.resize((16, 16), Image.Resampling.BICUBIC, box=(10 - margin, 20 - margin, 30 + margin, 60 + margin))
    margin = 0.05 * (50 + 30) / 2
    third = page.resize((16, 16), Image.Resampling.BICUBIC, box=(40 - margin, 40 - margin, 90 + margin, 70 + margin))
    images = Pack.open(folder / "pack").images[..., 0]
    np.testing.assert_array_equal(images[0], first)
    np.testing.assert_array_equal(images[1], third)


def test_the_threshold_is_compared_as_the_probabilities_are_stored(folder):
    # 0.9999 as float32 lies below 0.9999 as float64
    assert plan(folder, read([("test_1", 0, 0, 9, 9, A, np.float32(0.9999))])).crop_count == 1


def test_the_fingerprint_tells_pseudo_labels_and_threshold(folder):
    first, second = plan(folder, read()).made_from(), plan(folder, read(), min_prob=0.9).made_from()
    assert first["source"] == "pseudo"
    assert {name for name in first if first[name] != second[name]} == {"min_prob", "labels"}


def test_boxes_of_which_none_is_sure_are_refused(folder):
    with pytest.raises(UserError, match=r"none of 1 boxes has a probability of at least 0.9999: the highest is 0.75"):
        plan(folder, read([("test_1", 0, 0, 9, 9, A, 0.75)]))
    with pytest.raises(UserError, match="none of 0 boxes .* there is no box at all"):
        plan(folder, read([]))


def test_boxes_that_were_not_read_are_refused(folder):
    boxes = read()
    unread = PageBoxes(boxes.pages, boxes.boxes.drop(columns=["label", "prob"]), None, {})
    with pytest.raises(UserError, match="found boxes that were not read"):
        plan(folder, unread)


def test_a_label_without_a_class_is_refused(folder):
    ClassList((A, NO), (1, 1)).write(folder / "fewer.csv")
    with pytest.raises(UserError, match=f"2 labels are not in the class list: {KA}".replace("+", r"\+")):
        plan(folder, read(), classes_file=folder / "fewer.csv")


def test_bad_pages_are_refused_or_left_out(folder):
    images = folder / "test_images"
    Image.fromarray(np.zeros((80, 101), np.uint8)).save(images / "test_2.png")
    (images / "test_3.png").unlink()
    boxes = read([*BOXES[:3], ("test_1", 200, 0, 210, 9, A, 1.0), ("test_2", 0, 0, 9, 9, A, 1.0), BOXES[3]])
    with pytest.raises(UserError, match=r"3 faults: .*beside the page.*no such image.*100 x 80 pixels.*found 101 x 80"):
        plan(folder, boxes)
    report = pack_pages(plan(folder, boxes, skip_bad=True), folder / "pack", workers=1)
    assert (report["crops"], report["skipped"]) == (2, 3)
    assert len(pd.read_csv(folder / "pack" / "skipped.csv")) == 3


def test_pages_of_which_none_can_be_read_are_no_pack(folder):
    (folder / "test_images" / "test_1.png").write_bytes(b"no image")
    with pytest.raises(
        UserError, match="none of the pages with boxes can be read; the first fault: test_images/test_1"
    ):
        plan(folder, read(BOXES[:3]), skip_bad=True)
