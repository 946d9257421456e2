"""Whole pixels of a page: rectangles that have an area and lie within it, the outline of a line, its baseline."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Self

from mojika.reading.page import Corners, around

Points = tuple[tuple[int, int], ...]  # x, y


@dataclass(frozen=True)
class Rectangle:
    """From pixel `x1, y1` to before pixel `x2, y2`."""

    x1: int
    y1: int
    x2: int
    y2: int

    @classmethod
    def within(cls, box: Corners, width: int, height: int) -> Self:
        """The smallest rectangle around `box` on a page of this size, at least one pixel wide and high; of a box that
        is beyond the page, the pixel at the page's edge that is nearest to it."""
        (x1, x2), (y1, y2) = _whole(box[0], box[2], width), _whole(box[1], box[3], height)
        return cls(x1, y1, x2, y2)

    @classmethod
    def around(cls, rectangles: Sequence[Self]) -> Self:
        """The smallest one that holds all `rectangles`; raises `ValueError` where there is none."""
        return cls(*map(int, around((each.x1, each.y1, each.x2, each.y2) for each in rectangles)))

    @property
    def width(self) -> int:
        return self.x2 - self.x1

    @property
    def height(self) -> int:
        return self.y2 - self.y1

    @property
    def corners(self) -> Points:
        """Clockwise from the upper left one."""
        return (self.x1, self.y1), (self.x2, self.y1), (self.x2, self.y2), (self.x1, self.y2)

    @property
    def transposed(self) -> "Rectangle":
        return Rectangle(self.y1, self.x1, self.y2, self.x2)


def baseline(characters: Sequence[Rectangle], downwards: bool) -> Points:
    """Three quarters of the way across a line: from top to bottom of a column, from left to right of a row. Straight
    where that stays within the line's outline, else bent at each character."""
    if not downwards:
        return _transposed(baseline([each.transposed for each in characters], downwards=True))
    column, wide = Rectangle.around(characters), _as_wide_as_neighbours(characters)
    x = _three_quarters(column)
    if all(each.x1 <= x <= each.x2 for each in wide):
        return (x, column.y1), (x, column.y2)
    points: list[tuple[int, int]] = []
    for each in wide:
        top = max(each.y1, points[-1][1]) if points else each.y1
        if top < each.y2:
            points += [(_three_quarters(each), top), (_three_quarters(each), each.y2)]
    return tuple(points)


def outline(characters: Sequence[Rectangle], downwards: bool) -> Points:
    """Corners of a polygon without crossings that holds all characters of a column (or a row) and follows its bends:
    beside each character it is as wide as that one and two on either side, and between two characters as wide as both.
    A rectangle where parts that follow each other do not touch."""
    if not downwards:
        return _transposed(outline([each.transposed for each in characters], downwards=True))
    wide, bands = _as_wide_as_neighbours(characters), list[Rectangle]()
    for top, bottom in pairwise(sorted({y for each in wide for y in (each.y1, each.y2)})):
        there = [each for each in wide if each.y1 < bottom and each.y2 > top]
        there = there or [each for each in wide if each.y2 == top or each.y1 == bottom]
        bands.append(Rectangle(min(each.x1 for each in there), top, max(each.x2 for each in there), bottom))
    if any(above.x1 >= below.x2 or below.x1 >= above.x2 for above, below in pairwise(bands)):
        return Rectangle.around(characters).corners
    right = [point for band in bands for point in ((band.x2, band.y1), (band.x2, band.y2))]
    left = [point for band in reversed(bands) for point in ((band.x1, band.y2), (band.x1, band.y1))]
    return _bends([point for point, _ in groupby(right + left)])


def _as_wide_as_neighbours(characters: Sequence[Rectangle]) -> list[Rectangle]:
    """Downwards, each as wide as itself, the two before it and the two after it."""
    column = sorted(characters, key=lambda each: (each.y1, each.y2))
    beside = (Rectangle.around(column[max(at - 2, 0) : at + 3]) for at in range(len(column)))
    return [Rectangle(wide.x1, each.y1, wide.x2, each.y2) for wide, each in zip(beside, column, strict=True)]


def _three_quarters(rectangle: Rectangle) -> int:
    return rectangle.x1 + 3 * rectangle.width // 4


def _whole(first: float, last: float, end: int) -> tuple[int, int]:
    start = math.floor(min(max(first, 0), end - 1))
    return start, max(math.ceil(min(last, end)), start + 1)


def _bends(corners: list[tuple[int, int]]) -> Points:
    """The corners of a closed polygon without those in the middle of a horizontal or vertical edge."""
    before, after = corners[-1:] + corners[:-1], corners[1:] + corners[:1]
    beside = zip(before, corners, after, strict=True)
    return tuple(at for a, at, b in beside if not (a[0] == at[0] == b[0] or a[1] == at[1] == b[1]))


def _transposed(points: Points) -> Points:
    return tuple((y, x) for x, y in points)
