import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_boxes import page_boxes

from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.submission import (
    Points,
    choose_boxes,
    format_submission,
    points_of,
    read_page_order,
    read_submission,
)
from mojika.errors import UserError


def boxes() -> PageBoxes:
    pages = {"p": [("U+3042", 10, 20, 21, 30), ("U+3044", 0, 0, 3, 5)], "q": [], "r": [("U+3042", 1, 2, 3, 8)]}
    return page_boxes(pages, labels=("U+3042", "U+3044"))


def test_every_page_is_a_row_with_the_centres_in_whole_pixels():
    assert format_submission(points_of(boxes())) == (
        "image_id,labels\np,U+3042 16 25 U+3044 2 2\nq,\nr,U+3042 2 5\n"  # 15.5, 1.5 and 2.5 go to the even pixel
    )


def test_the_rows_follow_the_sample(tmp_path):
    (tmp_path / "sample.csv").write_text("image_id,labels\nr,U+003F 1 1 U+FF2F 2 2\np,\nq,U+003F 1 1\n")
    order = read_page_order(tmp_path / "sample.csv")
    text = format_submission(points_of(boxes()), order)
    assert text == "image_id,labels\nr,U+3042 2 5\np,U+3042 16 25 U+3044 2 2\nq,\n"


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (["p", "q", "r", "s"], "names pages that are missing from the boxes: s"),
        (["p", "q", "R"], "missing from the boxes: R; r is there, which differs in capital letters"),
        (["p", "q"], "is missing pages of the boxes: r"),
        (["p", "q", "r", "p"], "names a page twice"),
    ],
)
def test_a_sample_of_other_pages_is_refused(order, reason):
    with pytest.raises(UserError, match=reason):
        format_submission(points_of(boxes()), order)


def test_a_page_may_have_1200_predictions_and_not_one_more():
    def crowded(count: int) -> Points:
        return points_of(page_boxes({"o": [], "p": [("A", i, 0, i + 1, 1) for i in range(count)]}))

    assert format_submission(crowded(1200)).count("A ") == 1200
    with pytest.raises(UserError, match="p: expected at most 1,200 predictions a page, found 1,201"):
        format_submission(crowded(1201))


def test_boxes_that_were_not_read_make_no_submission():
    detected = boxes().with_boxes(boxes().boxes.drop(columns="label"), class_list=None)
    with pytest.raises(UserError, match="found no column label"):
        points_of(detected)


point = st.tuples(st.sampled_from(["U+3042", "U+1F600", "U+25CB"]), *[st.integers(-5, 10_000)] * 2)


@given(st.lists(st.lists(point, max_size=4), max_size=5))
def test_a_submission_is_read_back_as_it_was(tmp_path_factory, pages):
    flat = [each for page in pages for each in page]
    points = Points(
        tuple(f"page_{i}" for i in range(len(pages))),
        np.repeat(np.arange(len(pages)), [len(page) for page in pages]).astype(np.int64),
        np.array([label for label, _, _ in flat], object),
        np.array([position for _, *position in flat], np.float64).reshape(-1, 2),
    )
    path = tmp_path_factory.mktemp("submission") / "sub.csv"
    path.write_text(format_submission(points))
    read = read_submission(path)
    assert read.image_ids == points.image_ids
    np.testing.assert_array_equal(read.page_index, points.page_index)
    assert read.labels.tolist() == points.labels.tolist()
    np.testing.assert_array_equal(read.positions, points.positions)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("p,U+3042 1", r"sub.csv row 3: expected a multiple of 3 fields \(U\+XXXX x y\), found 2"),
        ("p,U+3042 1 2 A 3 4", "row 3: expected a code point like U.304B, found 'A'"),
        ("p,U+3042 1 two", "row 3: expected numbers of pixels: .*'two'"),
        ("p,U+3042 1 nan", "row 3: expected pixels within ±1,000,000"),
        ("p,U+3042 1 1e9", "row 3: expected pixels within ±1,000,000"),
        ("p", "row 3: expected an image id and labels, found 'p'"),
        (",U+3042 1 2", "row 3: expected an image id"),
        ("o,", "expected each page once, found o again"),
    ],
)
def test_a_broken_submission_is_refused_with_its_row(tmp_path, row, reason):
    path = tmp_path / "sub.csv"
    path.write_text(f"image_id,labels\no,U+3042 1 2.5\n{row}\n")
    with pytest.raises(UserError, match=reason):
        read_submission(path)


def test_the_most_probable_readings_of_a_page_are_kept_in_their_order():
    pages = {"p": [("A", i, 0, i + 1, 1) for i in range(5)], "q": [], "r": [("B", 0, 0, 1, 1), ("C", 5, 5, 6, 6)]}
    read = page_boxes(pages, prob=[0.2, 0.5, 0.9, 0.5, 0.5, 0.1, 0.8])
    assert choose_boxes(read, at_most=3).coordinates[:, 0].tolist() == [1, 2, 3, 0, 5]
    assert choose_boxes(read, min_prob=0.5).coordinates[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert choose_boxes(read, min_prob=0.5, at_most=1).coordinates[:, 0].tolist() == [2, 5]
    assert choose_boxes(read, min_prob=0.9).boxes["prob"].tolist() == [np.float32(0.9)]  # the limit itself stays
    assert len(choose_boxes(read)) == 7 and len(choose_boxes(read, min_prob=1).pages) == 3
