"""Two-line notes (warichu): where two strands run side by side as the two halves of one column.

Text above or below shows that they are halves: its axis runs between them. A note is read right half first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mojika.reading.strands import Strand

Places = tuple[int, int]  # of boxes in a strand: the first, and the one after the last
NEAR = 4  # boxes that show where the axis of the text and the halves of the note are
OFF_AXIS = 0.15  # widths of the text's characters that each half is away from its axis, at least
FARTHEST = 0.9  # and at most
FAR_SIDE = 1.5  # times as far from the middle as the half: no longer a part of it
ALIKE = 0.55  # times the size of the larger half's characters that those of the other half have, at least
PAUSE = 0.7  # sizes of the note's characters between two notes that follow each other


@dataclass(frozen=True)
class Note:
    """The places of both halves in their strands."""

    right: Places
    left: Places


def notes_between(right: Strand, left: Strand) -> list[Note]:
    """The notes whose halves are parts of these two strands, from top to bottom; none if they are columns of their own.

    `right` is to the right of `left` where both have boxes at the same height.
    """
    top, bottom = max(right.top, left.top), min(right.bottom, left.bottom)
    inner = _trimmed(right, left, right.places(top, bottom), left.places(top, bottom))
    if inner is None or not _are_alike(right, left, *inner):
        return []
    pairs = ((right, left, *inner), (left, right, *inner[::-1]))
    firsts, lasts = ([_half(*pair, end) for pair in pairs] for end in (-1, 1))
    if not any(is_note for _, is_note in (*firsts, *lasts)):
        return []
    spans = [(first + 1, last) for (first, _), (last, _) in zip(firsts, lasts, strict=True)]
    return list(_parts(right, left, *spans))


def _half(
    strand: Strand, other: Strand, inner: NDArray[np.int64], others: NDArray[np.int64], step: Literal[-1, 1]
) -> tuple[int, bool]:
    """The first place above (`step` -1) or below (1) that no longer belongs to the half that `strand` has in a note
    with `other`, and whether it is text whose axis runs between the halves."""
    near, others = (inner[-NEAR:], others[-NEAR:]) if step > 0 else (inner[:NEAR], others[:NEAR])
    here, there = _mean(strand, near), _mean(other, others)
    middle, half = (here + there) / 2, (here - there) / 2
    end = int(near[-1] if step > 0 else near[0]) + step
    start = end
    while 0 <= end < len(strand) and _is_of_half(strand, end, middle, half):
        end += step
    outer = np.arange(end, end + step * NEAR, step)
    outer = outer[(outer >= 0) & (outer < len(strand))]
    if not len(outer):
        return end, False
    axis, width = _mean(strand, outer), float(np.percentile(strand.widths[outer], 75))
    while end != start and abs(strand.x[end - step] - axis) < abs(strand.x[end - step] - here):
        end -= step
    near_axis, far_axis = sorted((abs(here - axis), abs(there - axis)))
    between = (here - axis) * (there - axis) < 0
    return end, between and near_axis > OFF_AXIS * width and far_axis < FARTHEST * width


def _trimmed(
    right: Strand, left: Strand, rights: NDArray[np.int64], lefts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Without the boxes at both ends that are too far to the side, or on the axis; None if nothing stays."""
    if not (len(rights) and len(lefts)):
        return None
    middle = (np.median(right.x[rights]) + np.median(left.x[lefts])) / 2
    half = np.median(right.x[rights]) - middle
    if half <= 0:
        return None
    kept = []
    for strand, places, side in ((right, rights, half), (left, lefts, -half)):
        good = [place for place in places if _is_of_half(strand, place, middle, side)]
        kept.append(np.arange(good[0], good[-1] + 1) if good else places[:0])
    return (kept[0], kept[1]) if len(kept[0]) and len(kept[1]) else None


def _are_alike(right: Strand, left: Strand, rights: NDArray[np.int64], lefts: NDArray[np.int64]) -> bool:
    """Whether the characters of both are about as large: furigana are smaller than the text at their side."""
    medians = [np.median(strand.sizes[places]) for strand, places in ((right, rights), (left, lefts))]
    return bool(min(medians) > ALIKE * max(medians))


def _is_of_half(strand: Strand, place: int, middle: float, half: float) -> bool:
    away = (strand.x[place] - middle) / half
    inner_edge = away - strand.widths[place] / 2 / abs(half)
    return bool(0.5 < away < FAR_SIDE and inner_edge > -1)


def _mean(strand: Strand, places: NDArray[np.int64]) -> float:
    return float(np.average(strand.x[places], weights=strand.widths[places]))


def _parts(right: Strand, left: Strand, right_span: Places, left_span: Places) -> Iterator[Note]:
    """A note, or several where both halves pause at the same height."""
    pause = PAUSE * min(right.size, left.size)
    last = right_span[0], left_span[0]
    for i in range(right_span[0] + 1, right_span[1]):
        for j in range(left_span[0] + 1, left_span[1]):
            below = min(right.tops[i], left.tops[j])
            if below - max(right.bottoms[i - 1], left.bottoms[j - 1]) > pause:
                yield Note((last[0], i), (last[1], j))
                last = i, j
    yield Note((last[0], right_span[1]), (last[1], left_span[1]))
