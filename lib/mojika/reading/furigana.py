"""Furigana: small characters to the right of those that they explain."""

import numpy as np
from numpy.typing import NDArray

from mojika.reading.strands import Array, find_strands, sizes

SMALL = 0.62  # times the size of the characters that they explain, at most
SMALLER = 0.8  # times the size of the very character beside them, which may be a narrow one, at most
TINY = 0.42  # times that size: no other writing is that small
MANY = 0.08  # furigana for each other character on a page that has them; speakers' names are fewer
BESIDE = 0.6  # of the height of a small character that is beside large ones
GAP = (-0.25, 0.4)  # widths of the large character between it and the small one
AT_LEFT = (-0.25, 0.6)  # widths of a character between it and one at its right, whatever that is
AT_HEIGHT = 0.3  # of the height of the right one, which both share
HALF = 0.5  # widths of a character to its right where another one of its size is the other half of a note


def find_furigana(boxes: Array) -> NDArray[np.bool_]:
    """Which of `boxes` `(N, 4)` are furigana: all small ones beside larger ones where these are many, else tiny ones
    that stand together.

    A small character with another one of its size at its right is the left half of a note.
    """
    x1, y1, x2, y2 = boxes.T
    size, width, height = sizes(boxes), x2 - x1, y2 - y1
    shared = np.maximum(np.minimum(y2, y2[:, None]) - np.maximum(y1, y1[:, None]), 0)
    gap = x1[:, None] - x2
    ratio = size[:, None] / np.maximum(size, np.median(size) if len(size) else 1)
    large = (shared > 0) & (ratio < SMALL) & (gap > GAP[0] * width) & (gap < GAP[1] * width)
    large &= ((x1 + x2)[:, None] / 2 > x2) & (size[:, None] < SMALLER * size)
    large &= ((shared * large).sum(1) > BESIDE * height)[:, None]
    to_right = gap.T / width[:, None]
    half = (shared > BESIDE * height[:, None]) & (to_right > GAP[0]) & (to_right < HALF)
    half &= np.abs(np.log(size / size[:, None])) < -np.log(SMALL)
    small = large.any(1) & ~half.any(1)
    if small.sum() >= MANY * (~small).sum():
        return small
    tiny = small & (np.where(large, ratio, np.inf).min(1, initial=np.inf) < TINY)
    groups = [np.nonzero(tiny)[0][strand.rows] for strand in find_strands(boxes[tiny])]
    others = np.nonzero(~tiny & (size < np.median(size)))[0]
    for group in groups:
        tiny[group] = len(group) > 1 and not _go_on(boxes[group], boxes[others])
    return tiny


def size_beside(boxes: Array) -> NDArray[np.float64]:
    """The size `(N,)` of each of `boxes` `(N, 4)` beside the largest one at its left: that is 1; inf where none is.

    Furigana is small, and so is a part of the character at the left that was taken for another one.
    """
    x1, y1, x2, y2 = np.asarray(boxes, np.float64).T
    size, width = sizes(boxes), x2 - x1
    shared = np.minimum(y2, y2[:, None]) - np.maximum(y1, y1[:, None])
    gap = x1[:, None] - x2
    beside = (shared > AT_HEIGHT * (y2 - y1)[:, None]) & (gap > AT_LEFT[0] * width) & (gap < AT_LEFT[1] * width)
    beside &= (x1 + x2)[:, None] / 2 > x2
    largest = np.where(beside, size, 0.0).max(1, initial=0.0)
    return np.divide(size, largest, out=np.full(len(size), np.inf), where=largest > 0)


def _go_on(group: Array, others: Array) -> bool:
    """Whether one of the others stands closely above or below one of the group: a longer text than furigana."""
    apart = np.maximum(group[:, None, 1] - others[:, 3], others[:, 1] - group[:, None, 3])
    shared = np.minimum(group[:, None, 2], others[:, 2]) - np.maximum(group[:, None, 0], others[:, 0])
    return bool(((apart < sizes(group)[:, None]) & (shared > 0)).any())


def bases_of(boxes: Array, furigana: NDArray[np.bool_]) -> list[tuple[list[int], list[int]]]:
    """Furigana rows that belong together, from top to bottom, and the rows of the characters that they stand beside."""
    small, others = np.nonzero(furigana)[0], np.nonzero(~furigana)[0]
    groups = [small[strand.rows] for strand in find_strands(boxes[small])]
    return [(group.tolist(), _beside(boxes, group, others)) for group in groups]


def _beside(boxes: Array, group: NDArray[np.int64], others: NDArray[np.int64]) -> list[int]:
    """The characters of which the group covers half the height, and those beside most of a small character."""
    own, found = boxes[group], boxes[others]
    width, height = (found[:, 2:] - found[:, :2]).T
    away = own[:, 0].min() - found[:, 2]
    near = (away > GAP[0] * width) & (away < GAP[1] * width)
    whole = np.minimum(own[:, 3].max(), found[:, 3]) - np.maximum(own[:, 1].min(), found[:, 1])
    single = np.minimum(own[:, 3:], found[:, 3]) - np.maximum(own[:, 1:2], found[:, 1])
    chosen = near & (whole > height / 2)
    if near.any():
        most = np.where(near, single, -np.inf)
        chosen[most.argmax(1)[most.max(1) > 0]] = True
    return others[chosen].tolist()
