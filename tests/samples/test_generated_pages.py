"""Generated pages: labels agree with the pictures, columns run from right to left, hands differ."""

import dataclasses

import numpy as np
import pytest

from mojika.samples.book import BOOK_IDS, Book, draw_book
from mojika.samples.fonts import find_brush_fonts
from mojika.samples.hand import Writer
from mojika.samples.page import Page, capacity, render_page
from mojika.samples.text import TextSource, default_vocabulary

SCALE = 0.25


@pytest.fixture(scope="module")
def brush_fonts():
    return find_brush_fonts()


def drawn(book: Book, brush_fonts, number: int = 0, text: str | None = None) -> tuple[Page, str]:
    rng = np.random.default_rng(number)
    source = TextSource(default_vocabulary(300, []))
    text = source.passage(2 * capacity(book), rng) if text is None else text
    return render_page(book, number, text, source.passage(100, rng), SCALE, brush_fonts), text


@pytest.fixture(scope="module", params=range(6))
def page_of_a_book(request, brush_fonts) -> tuple[Book, Page, str]:
    book = draw_book(BOOK_IDS[request.param], 5, request.param)
    return book, *drawn(book, brush_fonts, number=request.param)


def test_boxes_lie_in_the_page_and_hold_dark_ink(page_of_a_book):
    _, page, _ = page_of_a_book
    height, width = page.image.shape[:2]
    gray = page.image.mean(axis=2)
    paper = np.median(gray)
    assert page.boxes
    for box in page.boxes:
        assert min(box.x, box.y) >= 0
        assert (box.x + box.width <= width, box.y + box.height <= height) == (True, True)
        inside = gray[box.y : box.y + box.height, box.x : box.x + box.width]
        assert inside.min() < 0.8 * paper, box
        for edge in (inside[:2], inside[-2:], inside[:, :2], inside[:, -2:]):
            assert edge.min() < 0.93 * paper, f"{box} is not tight"


def test_labels_are_the_text_in_its_order(page_of_a_book):
    _, page, text = page_of_a_book
    assert "".join(box.label for box in page.boxes) == text[: len(page.boxes)]


@pytest.mark.parametrize("index", range(4))
def test_columns_run_down_and_from_right_to_left(brush_fonts, index):
    book = draw_book(BOOK_IDS[index], 5, index)
    book = dataclasses.replace(book, layout=dataclasses.replace(book.layout, notes=0.0))
    page, _ = drawn(book, brush_fonts)
    centres = np.array([(box.x + box.width / 2, box.y + box.height / 2) for box in page.boxes])
    pitch = (1 - book.layout.inner - book.layout.outer) * page.image.shape[1] / book.layout.columns
    steps = np.diff(centres, axis=0)
    to_next_column = steps[:, 0] < -0.6 * pitch
    assert np.count_nonzero(to_next_column) == book.layout.columns - 1
    assert (steps[to_next_column, 1] < 0).all()
    assert (steps[~to_next_column, 1] > 0).all()


def test_a_page_holds_at_least_the_room_promised_to_required_characters(page_of_a_book):
    book, page, text = page_of_a_book
    assert len(page.boxes) >= min(0.9 * capacity(book), len(text))


def test_characters_are_as_large_as_on_real_pages(page_of_a_book):
    _, page, _ = page_of_a_book
    assert 60 < np.median([box.width for box in page.boxes]) / SCALE < 240
    assert 70 < np.median([box.height for box in page.boxes]) / SCALE < 300


def test_page_is_bright_paper_on_a_dark_bed(page_of_a_book):
    _, page, _ = page_of_a_book
    assert page.image.dtype == np.uint8
    assert page.image.shape[2] == 3
    assert page.image[0].mean() < 0.5 * np.median(page.image)
    assert np.median(page.image[..., 0]) >= np.median(page.image[..., 2])  # paper yellows


def test_same_page_twice_has_the_same_pixels_and_another_number_has_not(brush_fonts):
    book = draw_book(BOOK_IDS[0], 1, 0)
    (first, _), (second, _), (other, _) = (drawn(book, brush_fonts, number, "あいうえお") for number in (2, 2, 4))
    np.testing.assert_array_equal(first.image, second.image)
    assert first.boxes == second.boxes != other.boxes


def test_empty_page_has_no_boxes_and_less_ink(brush_fonts):
    book = draw_book(BOOK_IDS[1], 1, 1)
    (empty, _), (full, _) = drawn(book, brush_fonts, 0, ""), drawn(book, brush_fonts, 0)
    assert empty.boxes == []
    inner = (slice(80, -80), slice(60, -60))
    assert (empty.image[inner] < 90).mean() < 0.2 * (full.image[inner] < 90).mean()


def test_readings_notes_and_run_on_strokes_are_drawn_without_labels(brush_fonts):
    book = draw_book(BOOK_IDS[0], 1, 0)
    plain = dataclasses.replace(book.layout, furigana=0.0, notes=0.0)
    read = dataclasses.replace(book.layout, furigana=1.0, notes=0.0)
    without, with_readings = (
        drawn(dataclasses.replace(book, layout=layout), brush_fonts, 0, "花月")[0] for layout in (plain, read)
    )
    assert [box.label for box in with_readings.boxes] == [box.label for box in without.boxes] == ["花", "月"]
    right_of_flower = (
        slice(without.boxes[0].y, without.boxes[0].y + 40),
        slice(without.boxes[0].x + without.boxes[0].width, None),
    )
    assert (with_readings.image[right_of_flower] < 110).sum() > (without.image[right_of_flower] < 110).sum() + 20


def test_copies_of_a_character_differ_in_one_hand_and_more_between_hands(brush_fonts):
    def silhouettes(seed: int) -> list[np.ndarray]:
        writer = Writer(draw_book(BOOK_IDS[0], seed, 0).hand, {"running": brush_fonts["running"]} | brush_fonts)
        rng = np.random.default_rng(0)
        return [_squared(writer.write("▲", 60, rng).coverage) for _ in range(12)]

    first, second = silhouettes(1), silhouettes(2)
    within = np.mean([np.abs(a - b).mean() for a in first for b in first if a is not b])
    between = np.mean([np.abs(a - b).mean() for a in first for b in second])
    assert 0.005 < within < between


def _squared(coverage: np.ndarray) -> np.ndarray:
    rows, columns = (np.linspace(0, size - 1, 32).astype(int) for size in coverage.shape)
    return coverage[np.ix_(rows, columns)] / 255.0


def test_image_ids_name_their_book():
    assert draw_book("200015779", 0, 0).page_image_id(3) == "200015779_00003_2"
    assert draw_book("brsk", 0, 2).page_image_id(0) == "brsk001_002"
    ids = [draw_book("hnsd", 0, 0).page_image_id(number) for number in range(120)]
    assert len(set(ids)) == 120
