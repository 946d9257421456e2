"""Integer geometry, against what OpenCV draws."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mojika.formats.geometry import Rectangle, baseline, outline

sides = st.tuples(st.integers(0, 60), st.integers(1, 20))
rectangles = st.builds(lambda x, y: Rectangle(x[0], y[0], x[0] + x[1], y[0] + y[1]), sides, sides)


def drawn(points) -> np.ndarray:
    """Pixels inside, at four times the size so that edges can be told from what lies beyond them."""
    mask = np.zeros((400, 400), np.uint8)
    cv2.fillPoly(mask, [4 * np.array(points) + 2], 1)
    return mask


def area_by_corners(points) -> float:
    x, y = np.array(points, float).T
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


@settings(max_examples=60)
@given(st.lists(rectangles, min_size=1, max_size=6), st.booleans())
def test_an_outline_holds_characters_and_baseline_and_never_crosses_itself(characters, downwards):
    points = outline(characters, downwards)
    mask = drawn(points)
    for each in characters:
        assert drawn(each.corners)[mask == 0].sum() == 0
    area, length = area_by_corners(points), cv2.arcLength(np.array(points), True)
    assert mask.sum() == pytest.approx(16 * area + 2 * length + 1)  # OpenCV draws the edge too
    line = np.zeros_like(mask)
    cv2.polylines(line, [4 * np.array(baseline(characters, downwards)) + 2], isClosed=False, color=1)
    assert line[mask == 0].sum() == 0
    around = Rectangle.around(characters)
    assert area <= around.width * around.height


def test_an_outline_follows_a_column_that_bends():
    bent = [Rectangle(40 - 10 * n, 20 * n, 50 - 10 * n, 20 * n + 15) for n in range(5)]
    points = outline(bent, downwards=True)
    assert points == ((50, 0), (50, 60), (40, 60), (40, 80), (30, 80), (30, 95), (0, 95), (0, 35), (10, 35), (10, 15), (20, 15), (20, 0))  # fmt: skip # noqa: E501


def test_characters_side_by_side_without_a_band_in_common_get_a_rectangle():
    long, last = Rectangle(0, 0, 10, 40), Rectangle(60, 40, 70, 50)
    short = [Rectangle(0, 1, 10, 2), Rectangle(0, 2, 10, 3), Rectangle(50, 3, 60, 4), Rectangle(50, 4, 60, 5)]
    assert outline([long, *short, last], downwards=True) == ((0, 0), (70, 0), (70, 50), (0, 50))


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((10.2, 20.9, 30.1, 40.0), (10, 20, 31, 40)),
        ((-5.0, -5.0, 3.0, 3.0), (0, 0, 3, 3)),
        ((-9.0, 10.0, -5.0, 20.0), (0, 10, 1, 20)),
        ((200.0, 90.5, 250.0, 190.0), (99, 90, 100, 100)),
        ((5.1, 5.1, 5.2, 5.2), (5, 5, 6, 6)),
        ((-np.inf, 0.0, np.inf, 1.0), (0, 0, 100, 1)),
    ],
)
def test_boxes_become_whole_pixels_within_the_page(box, expected):
    assert Rectangle.within(box, 100, 100) == Rectangle(*expected)


def test_baselines_are_three_quarters_across():
    column = [Rectangle(100, 10, 140, 50), Rectangle(115, 60, 125, 200)]
    assert baseline(column, downwards=True) == ((130, 10), (130, 200))
    assert baseline([each.transposed for each in column], downwards=False) == ((10, 130), (200, 130))


def test_baselines_bend_with_the_column():
    bent = [Rectangle(240 - 40 * n, 50 * n, 280 - 40 * n, 50 * n + 40) for n in range(7)]
    x = (250, 240, 230, 190, 150, 120, 90)  # three quarters of the width of five characters, at the ends of three
    expected = tuple((x[n], 50 * n + down) for n in range(7) for down in (0, 40))
    assert baseline(bent, downwards=True) == expected
