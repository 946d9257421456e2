"""The order in which the characters of a page are read, from their boxes alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby

import numpy as np
from numpy.typing import NDArray

from mojika.reading.blocks import find_blocks
from mojika.reading.confidence import confidence
from mojika.reading.furigana import bases_of, find_furigana
from mojika.reading.gutter import divide_at_gutter
from mojika.reading.page import Block, Character, Column, Kind
from mojika.reading.slant import upright
from mojika.reading.slots import read_strands
from mojika.reading.strands import Array, find_strands, sizes

LEAST = 1e-3  # of the longest side of a box, which the sides of the others have at least
TITLE = 1.5  # times the usual size of a character
FEW = 0.25  # of the characters of a page are in titles, at most
Groups = list[tuple[list[int], list[int]]]  # rows of furigana that belong together, and of the characters beside them


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


def reading_order(
    boxes: NDArray[np.float32], width: float, height: float, image: NDArray[np.uint8] | None = None
) -> ReadingOrder:
    """The order of `boxes` `(N, 4)`, `x1, y1, x2, y2` in pixels of a page of `width` x `height` pixels.

    With the page's `image` `(H, W)` or `(H, W, 3)` the fold of an opening is found more surely.
    The order depends neither on that of the rows, nor on where the text is on the page and how large it is. Raises
    `ValueError` where a corner is not finite.
    """
    corners = _with_area(np.asarray(boxes, np.float64).reshape(-1, 4))
    sort = np.lexsort(corners.T[::-1])
    leaves, gutters = divide_at_gutter(corners[sort], width, height, image)
    columns: list[OrderedColumn] = []
    trust = 0.0
    for leaf, rows in enumerate(leaves):
        boxes_of_leaf = upright(corners[sort][rows])
        found = _read_leaf(boxes_of_leaf)
        trust += len(rows) * _confidence(boxes_of_leaf, found)
        blocks = columns[-1].block + 1 if columns else 0
        for column in found:
            origin = tuple(int(sort[rows[row]]) for row in column.rows)
            columns.append(replace(column, rows=origin, block=blocks + column.block, leaf=leaf))
    return ReadingOrder(tuple(columns), trust / len(corners) if len(corners) else 1.0, gutters)


def _with_area(boxes: Array) -> Array:
    """The boxes; those that are lines or points get a little width and height."""
    if not np.isfinite(boxes).all():
        raise ValueError("expected boxes with finite corners")
    least = LEAST * (np.abs(boxes[:, 2:] - boxes[:, :2]).max(initial=0.0) or 1.0)
    return np.concatenate([boxes[:, :2], np.maximum(boxes[:, 2:], boxes[:, :2] + least)], axis=1)


def _confidence(boxes: Array, columns: Sequence[OrderedColumn]) -> float:
    kept = [column for column in columns if column.kind != "furigana"]
    is_note = [column.kind == "note" for column in kept]
    return confidence(boxes, [column.rows for column in kept], is_note, [column.block for column in kept])


def _read_leaf(boxes: Array) -> list[OrderedColumn]:
    """The columns of a page, or of one page of an opening, whose columns are upright; furigana after its column."""
    furigana = find_furigana(boxes)
    others = np.nonzero(~furigana)[0]
    columns = []
    for number, rows in enumerate(find_blocks(boxes[others])):
        for places, is_note in read_strands(find_strands(boxes[others[rows]])):
            found = tuple(others[rows][places].tolist())
            columns.append(OrderedColumn(found, "note" if is_note else "text", number))
    return _with_furigana(_with_titles(boxes, columns), bases_of(boxes, furigana))


def _with_titles(boxes: Array, columns: list[OrderedColumn]) -> list[OrderedColumn]:
    """The columns; those of several large characters are titles, where only few of the page are so large."""
    size = sizes(boxes)
    text = [row for column in columns if column.kind == "text" for row in column.rows]
    large = TITLE * np.median(size[text]) if text else np.inf
    titles = {
        number
        for number, column in enumerate(columns)
        if column.kind == "text" and len(column.rows) > 1 and np.median(size[list(column.rows)]) > large
    }
    if sum(len(columns[number].rows) for number in titles) > FEW * len(text):
        return columns
    return [replace(column, kind="title") if number in titles else column for number, column in enumerate(columns)]


def _with_furigana(columns: list[OrderedColumn], groups: Groups) -> list[OrderedColumn]:
    """The columns, each with the furigana beside it after it; furigana without a base at the end."""
    place = {row: (number, place) for number, column in enumerate(columns) for place, row in enumerate(column.rows)}
    after: dict[int, list[OrderedColumn]] = {}
    for rows, base in groups:
        beside = [place[row] for row in base]
        number = Counter(number for number, _ in beside).most_common(1)[0][0] if beside else len(columns) - 1
        places = [place for beside_number, place in beside if beside_number == number]
        span = (min(places), max(places)) if places else None
        block = columns[number].block if columns else 0
        after.setdefault(number, []).append(OrderedColumn(tuple(rows), "furigana", block, 0, span))
    every = ([column, *after.get(number, ())] for number, column in enumerate(columns))
    return [*chain.from_iterable(every), *(after.get(-1, ()))]


def compose(order: ReadingOrder, characters: Sequence[Character]) -> tuple[Block, ...]:
    """The blocks of a page; `characters` are those of the boxes that were ordered, row by row."""
    return tuple(
        Block(tuple(Column(tuple(characters[row] for row in c.rows), c.kind, c.base) for c in columns), leaf)
        for (_, leaf), columns in groupby(order.columns, lambda column: (column.block, column.leaf))
    )
