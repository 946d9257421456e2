from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mojika.errors import UserError
from mojika.recognition.box_crops import CropFormat, crop_rectangles, cut_page
from mojika.recognition.page_crops import BoxedPage, crop_batches

GRAY8, RGB6 = CropFormat(1, 8), CropFormat(3, 6)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((50, 40, 70, 100), (46, 36, 74, 104)),  # mean side 40: 4 pixels on each of the four sides
        ((50.4, 40.6, 70.6, 100.4), (46, 37, 74, 105)),  # the top is 41, the height 59.8 becomes 60 before it is added
        ((0, 2, 30, 32), (0, 0, 33, 35)),  # cut off at the upper left
        ((170, 260, 200, 290), (167, 257, 200, 290)),  # and at the lower right
        ((50, 50, 70, 80), (48, 48, 72, 82)),  # 2.5 is rounded to even
        ((50, 50, 70, 90), (47, 47, 73, 93)),
        ((60.2, 60.2, 60.4, 60.4), (60, 60, 61, 61)),  # less than a pixel
        ((199.7, 289.7, 200, 290), (199, 289, 200, 290)),  # and that at the edge
    ],
)
def test_the_margin_is_a_tenth_of_the_mean_side_on_every_side(box, expected):
    assert crop_rectangles(np.array([box]), 200, 290).tolist() == [list(expected)]


def test_another_margin_is_that_share_of_the_mean_side():
    box = np.array([(50, 40, 70, 100)])  # mean side 40
    assert crop_rectangles(box, 200, 290, 0.25).tolist() == [[40, 30, 80, 110]]
    assert crop_rectangles(box, 200, 290, 0.0).tolist() == box.tolist()


coordinate = st.floats(0, 100, width=32)


@given(st.lists(st.tuples(coordinate, coordinate, coordinate, coordinate), max_size=8))
def test_every_rectangle_is_as_plain_arithmetic_has_it_and_on_the_page(corners):
    boxes = np.array([(*np.minimum(b[:2], b[2:]), *np.maximum(b[:2], b[2:])) for b in corners], np.float32)
    boxes = boxes.reshape(-1, 4)
    found = crop_rectangles(boxes, 100, 100)
    assert found.shape == (len(boxes), 4)
    for (x1, y1, x2, y2), rectangle in zip(boxes.tolist(), found.tolist(), strict=True):
        left, top = round(x1), round(y1)
        width, height = round(float(np.float32(x2) - np.float32(x1))), round(float(np.float32(y2) - np.float32(y1)))
        margin = round((width + height) / 2 * 0.1)
        plain = [max(left - margin, 0), max(top - margin, 0)]
        plain += [min(left + width + margin, 100), min(top + height + margin, 100)]
        if plain[0] < plain[2] and plain[1] < plain[3]:
            assert rectangle == plain
        assert 0 <= rectangle[0] < rectangle[2] <= 100 and 0 <= rectangle[1] < rectangle[3] <= 100


def test_a_page_is_cut_for_several_models_as_pillow_does_it():
    page = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    rectangles = np.array([[0, 0, 50, 40], [3, 5, 9, 30], [7, 7, 8, 8]])
    crops = cut_page(page, rectangles, [GRAY8, RGB6])
    image = Image.fromarray(page)
    for form, expected_image in {GRAY8: image.convert("L"), RGB6: image}.items():
        assert crops[form].shape == (3, form.size, form.size, form.channels)
        for crop, rectangle in zip(crops[form], rectangles.tolist(), strict=True):
            expected = expected_image.resize((form.size,) * 2, Image.Resampling.BICUBIC, box=rectangle)
            np.testing.assert_array_equal(crop.squeeze(), np.asarray(expected))


@pytest.fixture
def pages(tmp_path: Path) -> list[BoxedPage]:
    """Pages with 3, 1 and 7 boxes; every page of one gray level, 10 times its number."""
    found, rows = [], 0
    for number, count in enumerate((3, 1, 7), start=1):
        path = tmp_path / f"page_{number}.png"
        Image.fromarray(np.full((30, 40), 10 * number, np.uint8)).save(path)
        boxes = np.tile(np.array([[5, 5, 20, 20]], np.float32), (count, 1))
        found.append(BoxedPage(path, (40, 30), np.arange(rows, rows + count), boxes))
        rows += count
    return found


def raise_fault(fault: object) -> None:
    raise UserError(str(fault))


@pytest.mark.parametrize(("batch_size", "expected"), [(4, [4, 4, 3]), (2, [2, 2, 2, 2, 2, 1]), (11, [11]), (50, [11])])
@pytest.mark.parametrize("workers", [1, 3])
def test_batches_run_across_the_borders_of_pages(pages, batch_size, expected, workers):
    batches = list(
        crop_batches(pages, [GRAY8, RGB6], batch_size=batch_size, workers=workers, pinned=False, leave_out=raise_fault)
    )
    assert [len(batch.rows) for batch in batches] == expected
    assert np.concatenate([batch.rows for batch in batches]).tolist() == list(range(11))
    for form in (GRAY8, RGB6):
        assert all(batch.crops[form].shape[1:] == (form.channels, form.size, form.size) for batch in batches)
        levels = np.concatenate([batch.crops[form].numpy() for batch in batches])
        assert (levels == levels[:, :1, :1, :1]).all()
        assert levels[:, 0, 0, 0].tolist() == [10] * 3 + [20] + [30] * 7


def test_broken_pages_and_pages_of_another_size_are_told_and_passed_over(pages, tmp_path):
    pages[0].file.write_bytes(pages[0].file.read_bytes()[:-30])
    Image.new("L", (41, 30)).save(pages[1].file)
    faults = []
    batches = crop_batches(pages, [GRAY8], batch_size=5, workers=1, pinned=False, leave_out=faults.append)
    assert [batch.rows.tolist() for batch in batches] == [[4, 5, 6, 7, 8], [9, 10]]
    assert [fault.file for fault in faults] == [f"{tmp_path.name}/page_1.png", f"{tmp_path.name}/page_2.png"]
    assert "expected a readable image" in faults[0].reason
    assert faults[1].reason == "expected a page of 40 x 30 pixels, on which its boxes were made, found 41 x 30"
    with pytest.raises(UserError, match=r"page_1\.png"):
        next(crop_batches(pages, [GRAY8], batch_size=5, workers=1, pinned=False, leave_out=raise_fault))


@pytest.mark.parametrize("form", [GRAY8, RGB6])
def test_a_model_that_wants_red_and_blue_exchanged_gets_crops_of_the_exchanged_page(form):
    page = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    rectangles, exchanged = np.array([[0, 0, 50, 40], [3, 5, 9, 30]]), form._replace(exchanged=True)
    crops = cut_page(page, rectangles, [form, exchanged])
    expected = cut_page(np.ascontiguousarray(page[..., ::-1]), rectangles, [form])[form]
    np.testing.assert_array_equal(crops[exchanged], expected)
    assert (crops[form] != crops[exchanged]).any()


def test_gray_of_exchanged_colours_is_cut_from_pages_that_are_read_in_colour(tmp_path):
    path, colours = tmp_path / "page.png", np.full((30, 40, 3), (200, 100, 0), np.uint8)
    Image.fromarray(colours).save(path)
    page = BoxedPage(path, (40, 30), np.arange(1), np.array([[5, 5, 20, 20]], np.float32))
    formats = [GRAY8, GRAY8._replace(exchanged=True)]
    (batch,) = crop_batches([page], formats, batch_size=4, workers=1, pinned=False, leave_out=print)
    levels = [int(batch.crops[each].unique()) for each in formats]
    assert levels == [round(0.299 * 200 + 58.7), round(0.114 * 200 + 58.7)]
