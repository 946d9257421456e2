import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from mojika.boxes.page_boxes import BOXES, PageBoxes, read_boxes, truth_boxes, write_boxes
from mojika.data.class_list import ClassList
from mojika.errors import UserError

PAGES = pd.DataFrame({"image_id": ["b_1", "a_1", "c_1"], "width": [100, 90, 80], "height": [50, 60, 70]})
CORNERS = [[0, 0, 10.5, 10], [5, 5, 20, 20], [1, 2, 3, 4]]


def detected(ids=("b_1", "b_1", "c_1"), corners=CORNERS, scores=(0.9, 0.1, 0.5)) -> pd.DataFrame:
    boxes = pd.DataFrame({"image_id": ids})
    boxes[["x1", "y1", "x2", "y2"]] = np.array(corners, np.float64)
    return boxes.assign(box_score=scores)


def recognised() -> PageBoxes:
    boxes = detected().assign(
        label=["U+3042", "U+3044", "U+3042"],
        prob=[0.5, 0.75, 0.25],
        top5_labels=[["U+3042", "U+3044"], ["U+3044"], ["U+3042"]],
        top5_probs=[[0.5, 0.25], [0.75], [0.25]],
        keep_prob=[0.1, 0.2, 0.3],
    )
    return PageBoxes(PAGES, boxes, ClassList(("U+3042", "U+3044"), (7, 1)), {"stage": "classify", "model": "abc"})


def test_what_is_written_is_read_back_with_the_page_that_has_no_box(tmp_path):
    written = recognised()
    write_boxes(tmp_path / "boxes.parquet", written)
    read = read_boxes(tmp_path / "boxes.parquet")
    assert read.pages.to_dict("list") == PAGES.to_dict("list")
    assert list(read.boxes) == list(written.boxes)
    for name in ("image_id", "label", "prob", "keep_prob", "box_score"):
        assert read.boxes[name].tolist() == written.boxes[name].tolist()
    assert [list(row) for row in read.boxes["top5_labels"]] == [["U+3042", "U+3044"], ["U+3044"], ["U+3042"]]
    assert [list(row) for row in read.boxes["top5_probs"]] == [[0.5, 0.25], [0.75], [0.25]]
    np.testing.assert_array_equal(read.coordinates, np.array(CORNERS, np.float32))
    assert read.class_list == written.class_list
    assert (read.made_from, read.fingerprint) == (written.made_from, written.fingerprint)


def test_equal_boxes_give_equal_files(tmp_path):
    for name in "ab":
        write_boxes(tmp_path / name, recognised())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_pages_without_any_box_are_kept(tmp_path):
    empty = PageBoxes(PAGES, detected().iloc[:0], None, {})
    write_boxes(tmp_path / "boxes.parquet", empty)
    read = read_boxes(tmp_path / "boxes.parquet")
    assert (len(read), read.class_list, read.offsets.tolist()) == (0, None, [0, 0, 0, 0])
    assert read.coordinates.shape == (0, 4)


def test_page_numbers_and_offsets_follow_the_page_order():
    boxes = PageBoxes(PAGES, detected(), None, {})
    assert boxes.page_index.tolist() == [0, 0, 2]
    assert boxes.offsets.tolist() == [0, 2, 2, 3]
    assert (boxes.page_index.dtype, boxes.offsets.dtype, boxes.coordinates.dtype) == (np.int64, np.int64, np.float32)


def test_rows_taken_out_of_a_table_get_an_index_of_their_own():
    boxes = recognised()
    fewer = boxes.with_boxes(boxes.boxes[[False, True, True]], made_from={"stage": "nms"})
    assert fewer.boxes.index.tolist() == [0, 1]
    assert fewer.offsets.tolist() == [0, 1, 1, 2]
    assert (fewer.class_list, fewer.made_from) == (boxes.class_list, {"stage": "nms"})


@pytest.mark.parametrize(
    ("boxes", "reason"),
    [
        (detected(ids=("b_1", "d_1", "c_1")), "pages that are not listed: d_1"),
        (detected(ids=("c_1", "b_1", "b_1")), "in the order of the pages"),
        (detected(corners=[[0, 0, 1, 1], [0, 0, np.nan, 1], [1, 2, 3, 4]]), "others among corners"),
        (detected(scores=(1, np.inf, 0)), "others among box_score"),
        (detected().assign(label="x", prob=[1, np.nan, 1]), "others among prob"),
        (detected(corners=[[0, 0, 1, 1], [5, 0, 5, 1], [1, 2, 3, 4]]), "1 without; the first is 5, 0, 5, 1 of b_1"),
        (detected(corners=[[0, 0, 1, 1], [0, 7, 5, 6], [1, 2, 3, 4]]), "1 without; the first is 0, 7, 5, 6 of b_1"),
        (detected().drop(columns="box_score"), "found no box_score"),
        (detected().assign(label="U+3042"), "labels and their class list together"),
    ],
)
def test_boxes_that_do_not_hold_together_are_refused(boxes, reason):
    with pytest.raises(UserError, match=reason):
        PageBoxes(PAGES, boxes, None, {})


def test_labels_outside_the_class_list_and_repeated_pages_are_refused():
    with pytest.raises(UserError, match=r"not in the class list: U\+3044"):
        PageBoxes(PAGES, recognised().boxes, ClassList(("U+3042",), (1,)), {})
    with pytest.raises(UserError, match="each page once, found b_1 again"):
        PageBoxes(PAGES.assign(image_id=["b_1", "b_1", "c_1"]), detected(), None, {})


def rewrite(path: Path, **changes) -> None:
    """Replace parts of a file's metadata."""
    table = pq.read_table(path)
    about = {**json.loads(table.schema.metadata[b"mojika"]), **changes}
    pq.write_table(table.replace_schema_metadata({b"mojika": json.dumps(about)}), path)


def test_a_file_of_another_schema_or_with_other_pages_is_refused(tmp_path):
    path = tmp_path / "boxes.parquet"
    write_boxes(path, recognised())
    rewrite(path, pages={"image_id": ["b_1"], "width": [1], "height": [1]})
    with pytest.raises(UserError, match="boxes.parquet: boxes of pages that are not listed: c_1"):
        read_boxes(path)
    for change in ({"image_id": ["b_1", "c_1", None]}, {"image_id": ["b_1", "c_1", ""]}, {"height": [1, 1, None]}):
        rewrite(path, pages={"image_id": ["b_1", "c_1", "a_1"], "width": [1] * 3, "height": [1] * 3} | change)
        with pytest.raises(UserError, match="boxes.parquet: expected (pages with names|a boxes file.*), found"):
            read_boxes(path)
    rewrite(path, class_list={"labels": ["U+3042", "U+3044"], "counts": [7, 1], "digest": "0" * 64})
    with pytest.raises(UserError, match="class list has the digest .* but says 000000000000"):
        read_boxes(path)
    rewrite(path, schema=2)
    with pytest.raises(UserError, match="expected boxes of schema 1, found boxes schema 2"):
        read_boxes(path)


def test_what_is_no_boxes_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="found none"):
        read_boxes(tmp_path / "missing.parquet")
    (tmp_path / "text.parquet").write_text("image_id,labels\n")
    with pytest.raises(UserError, match="found something else"):
        read_boxes(tmp_path / "text.parquet")
    detected().to_parquet(tmp_path / "table.parquet")
    with pytest.raises(UserError, match="expected boxes of schema 1, found None"):
        read_boxes(tmp_path / "table.parquet")


def test_a_file_knows_what_it_was_made_from(tmp_path):
    path = tmp_path / "boxes.parquet"
    assert not BOXES.is_made_from(path, {"stage": "classify", "model": "abc"})
    write_boxes(path, recognised())
    assert BOXES.is_made_from(path, {"model": "abc", "stage": "classify"})
    with pytest.raises(UserError, match='model was "abc", now "xyz"; choose another out, or force'):
        BOXES.is_made_from(path, {"stage": "classify", "model": "xyz"})


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "train.csv"
    path.write_text("image_id,labels\nb_1,U+3044 10 20 30 40 U+3042 1 2 3 4.5\na_1,\n")
    return path


def test_the_truth_takes_page_sizes_from_the_images_and_keeps_empty_pages(labels, tmp_path):
    for name, size in (("b_1", (100, 60)), ("a_1", (30, 20)), ("other", (5, 5))):
        (tmp_path / "images").mkdir(exist_ok=True)
        Image.new("L", size).save(tmp_path / "images" / f"{name}.png")
    truth = truth_boxes(labels, tmp_path / "images")
    assert truth.pages.to_dict("list") == {"image_id": ["b_1", "a_1"], "width": [100, 30], "height": [60, 20]}
    assert truth.coordinates.tolist() == [[10, 20, 40, 60], [1, 2, 4, 6.5]]
    assert truth.boxes["label"].tolist() == ["U+3044", "U+3042"] and (truth.boxes["box_score"] == 1).all()
    assert truth.class_list == ClassList(("U+3042", "U+3044"), (1, 1))
    same = truth_boxes(labels, {"b_1": (100, 60), "a_1": (30, 20)})
    assert same.fingerprint == truth.fingerprint
    write_boxes(tmp_path / "truth.parquet", truth)
    assert read_boxes(tmp_path / "truth.parquet").fingerprint == truth.fingerprint


def test_without_images_pages_reach_as_far_as_their_boxes(labels):
    assert truth_boxes(labels).pages.to_dict("list") == {
        "image_id": ["b_1", "a_1"],
        "width": [40, 1],
        "height": [60, 1],
    }


def test_the_truth_of_a_page_without_image_is_refused(labels):
    with pytest.raises(UserError, match="no page image for a_1"):
        truth_boxes(labels, {"b_1": (100, 60)})


def test_a_label_file_without_pages_is_an_empty_truth(tmp_path):
    (tmp_path / "train.csv").write_text("image_id,labels\n")
    truth = truth_boxes(tmp_path / "train.csv")
    assert (len(truth.pages), len(truth), truth.offsets.tolist()) == (0, 0, [0])
