"""The order in which the characters of a page are read, from their boxes alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from mojika.reading.page import Block, Character, Column, Kind


@dataclass(frozen=True)
class OrderedColumn:
    """Boxes that are read one after the other: their `rows`, the `kind` of column, the numbers of its block and of its
    page within an opening (`leaf`), and for furigana its `base` as in `mojika.reading.page.Column`."""

    rows: tuple[int, ...]
    kind: Kind = "text"
    block: int = 0
    leaf: int = 0
    base: tuple[int, int] | None = None


@dataclass(frozen=True)
class ReadingOrder:
    """Columns in reading order, which hold every box once; how far to trust the order, in [0, 1]; and the x of the
    gutters where an opening's pages meet."""

    columns: tuple[OrderedColumn, ...]
    confidence: float = 1.0
    gutters: tuple[float, ...] = ()

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows of all boxes in reading order."""
        return tuple(row for column in self.columns for row in column.rows)


def reading_order(boxes: NDArray[np.float32], width: float, height: float) -> ReadingOrder:
    """The order of `boxes` `(N, 4)`, `x1, y1, x2, y2` in pixels of a page of `width` x `height` pixels."""
    return ReadingOrder(tuple(OrderedColumn(rows) for rows in plain_columns(np.asarray(boxes, np.float64))))


def plain_columns(boxes: NDArray[np.float64]) -> list[tuple[int, ...]]:
    """Columns from right to left, each from top to bottom: a box continues the column whose last centre is less than
    half a median width away."""
    if not len(boxes):
        return []
    centres = boxes[:, :2] / 2 + boxes[:, 2:] / 2
    reach = np.median(boxes[:, 2] - boxes[:, 0]) / 2
    columns: list[list[int]] = []
    for row in np.lexsort((-centres[:, 0], centres[:, 1])):
        away = [abs(centres[column[-1], 0] - centres[row, 0]) for column in columns]
        nearest = int(np.argmin(away)) if away else 0
        if away and away[nearest] < reach:
            columns[nearest].append(int(row))
        else:
            columns.append([int(row)])
    return [tuple(column) for column in sorted(columns, key=lambda column: -float(centres[column, 0].mean()))]


def compose(order: ReadingOrder, characters: Sequence[Character]) -> tuple[Block, ...]:
    """The blocks of a page; `characters` are those of the boxes that were ordered, row by row."""
    return tuple(
        Block(tuple(Column(tuple(characters[row] for row in c.rows), c.kind, c.base) for c in columns), leaf)
        for (_, leaf), columns in groupby(order.columns, lambda column: (column.block, column.leaf))
    )
