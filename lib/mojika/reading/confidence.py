"""How far to trust the order of a page."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mojika.reading.strands import Array, sizes

# What makes an order doubtful, weighed by the errors that pages get when boxes are missing, false or displaced:
# docs/reading_order.md
SHORT = 1.0  # share of the boxes in columns of one or two
CROWDED = 3.0  # share of the boxes with one of another column closely beside them
ASTRAY = 0.5  # share of the columns that follow each other and are not side by side, the next one at the left
DIVIDED = 0.6  # blocks after the first one, for each column
CLOSE = 0.15  # usual sizes of a character between two columns that touch
ABREAST = 0.3  # part of the lower of two boxes from which on they are beside each other


def confidence(boxes: Array, columns: Sequence[Sequence[int]], notes: Sequence[bool], blocks: Sequence[int]) -> float:
    """The confidence in [0, 1] of the order of upright `boxes` `(N, 4)`: their rows in columns, which of these are
    halves of notes, and the number of each one's block. Furigana are left out. 1 where there is nothing to order."""
    if len(columns) < 2:
        return 1.0
    doubt = (
        SHORT * _share_in_short_columns(columns, notes)
        + CROWDED * _share_crowded(boxes, columns, notes)
        + ASTRAY * _share_astray(boxes, columns, notes)
        + DIVIDED * (len(set(blocks)) - 1) / len(columns)
    )
    return float(np.exp(-doubt))


def _share_in_short_columns(columns: Sequence[Sequence[int]], notes: Sequence[bool]) -> float:
    short = [len(rows) for rows, is_note in zip(columns, notes, strict=True) if len(rows) <= 2 and not is_note]
    return sum(short) / sum(map(len, columns))


def _share_crowded(boxes: Array, columns: Sequence[Sequence[int]], notes: Sequence[bool]) -> float:
    """The halves of notes may touch each other."""
    rows = np.concatenate([np.asarray(rows, np.int64) for rows in columns])
    column = np.repeat(np.arange(len(columns)), [len(rows) for rows in columns])
    x1, y1, x2, y2 = boxes[rows].T
    height = y2 - y1
    apart = np.maximum(x1 - x2[:, None], x1[:, None] - x2)
    shared = np.minimum(y2, y2[:, None]) - np.maximum(y1, y1[:, None])
    near = (apart < CLOSE * np.median(sizes(boxes[rows]))) & (shared > ABREAST * np.minimum(height, height[:, None]))
    in_note = np.asarray(notes)[column]
    return float((near & (column != column[:, None]) & ~(in_note & in_note[:, None])).any(1).mean())


def _share_astray(boxes: Array, columns: Sequence[Sequence[int]], notes: Sequence[bool]) -> float:
    usual = float(np.median(sizes(boxes)))
    steps = [
        _is_step_to_the_left(boxes[list(one)], boxes[list(other)], usual)
        for (one, is_note), (other, is_other) in pairwise(zip(columns, notes, strict=True))
        if not (is_note or is_other)
    ]
    return 1 - sum(steps) / len(steps) if steps else 0.0


def _is_step_to_the_left(one: Array, other: Array, usual: float) -> bool:
    top, bottom = max(one[:, 1].min(), other[:, 1].min()), min(one[:, 3].max(), other[:, 3].max())
    lower = min(np.ptp(one[:, [1, 3]]), np.ptp(other[:, [1, 3]]))
    to_the_left = (one[:, [0, 2]].mean() - other[:, [0, 2]].mean()) > ABREAST * usual
    return bool(to_the_left and bottom - top > lower / 2)
