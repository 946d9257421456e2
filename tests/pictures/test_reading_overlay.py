"""Colours and places of what is drawn, told by hand."""

import numpy as np
import pytest

from mojika.pictures.reading_overlay import COLOURS, draw_reading
from mojika.reading.page import Block, Candidate, Character, Column, Kind, Page

PAPER = 250


def column(x: float, kind: Kind = "text", count: int = 3) -> Column:
    boxes = [(x, 100.0 + 60 * at, x + 40, 140.0 + 60 * at) for at in range(count)]
    return Column(tuple(Character(box, 0.9, (Candidate("U+304B", "か", 0.9),)) for box in boxes), kind)


def drawn(*columns: Column, size: tuple[int, int] = (500, 400), **fields) -> np.ndarray:
    """The page's part of the picture, without the legend."""
    height, width = size
    page = Page("p", "p", width, height, (Block(columns),) if columns else (), **fields)
    picture = draw_reading(np.full((height, width, 3), PAPER, np.uint8), page)
    return picture[-height:].astype(int)


def near(picture: np.ndarray, colour: tuple[int, ...]) -> np.ndarray:
    return (abs(picture - np.array(colour)) <= 8).all(axis=2)


def mixed(colour: tuple[int, int, int], share: float) -> tuple[int, ...]:
    return tuple(round(PAPER + share * (channel - PAPER)) for channel in colour)


@pytest.mark.parametrize("kind", COLOURS)
def test_a_column_has_the_colour_of_its_kind(kind: Kind):
    picture = drawn(column(200, kind))
    assert near(picture[150:155, 215:225], mixed(COLOURS[kind], 0.5)).any()  # its line between two boxes
    assert near(picture[70:100, 205:235], COLOURS[kind]).sum() > 100  # the disc of its number above it
    assert near(picture[100:140, 199:200], mixed(COLOURS[kind], 0.8)).all()  # the border of a box


def test_what_is_read_stands_beside_its_box():
    picture = drawn(column(200, count=1))
    assert (picture[95:145, 245:270] < 150).any()
    assert (picture[95:145, 280:400] == PAPER).all()


def test_a_gutter_is_a_line_from_top_to_bottom():
    picture = drawn(gutters=(100.0,))
    assert (picture[:, 99:101].max(axis=(1, 2)) < PAPER).all()
    assert (picture[:, 103:] == PAPER).all()


def test_a_large_page_is_scaled_down_and_a_page_without_text_is_drawn():
    assert draw_reading(np.zeros((30, 4000, 3), np.uint8), Page("p", "p", 4000, 30, ())).shape[1] == 2000
    assert (drawn(size=(1, 1)) == PAPER).all()
