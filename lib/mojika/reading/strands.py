"""Strands: boxes that stand one below the other, from top to bottom.

Each box gets at most one box above it and one below it, so that all links of a block together cost least (an assignment
problem). The two halves of a note thus become two strands, and one of them goes on with the text around the note; so
does a strand of furigana beside its column. `mojika.reading.notes` and `mojika.reading.slots` sort that out.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Array = NDArray[np.float64]
UNLINKED = 4.0  # what a box without a link costs
ASIDE_COST = 5.0  # of a unit to the side, squared; a unit of empty space downwards costs 1
NESTED = 0.3  # units by which the next box may begin above the end of the last
ABREAST = 0.5  # part of the lower of two boxes beside each other from which on they stand side by side
SPLIT = 2.5  # units of empty space where a strand is divided in two


@dataclass(frozen=True, eq=False)
class Strand:
    """Boxes `rows` from top to bottom, with their centres `x`, `y` and `widths`.

    `axis` is the x of the strand at each box, smoothed; `width` that of its wide characters; `size` is the median of
    the `sizes` of its boxes.
    """

    rows: NDArray[np.int64]
    x: Array
    y: Array
    widths: Array
    tops: Array
    bottoms: Array
    axis: Array

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def top(self) -> float:
        return float(self.tops.min())

    @cached_property
    def bottom(self) -> float:
        return float(self.bottoms.max())

    @cached_property
    def width(self) -> float:
        return float(np.percentile(self.widths, 75))

    @cached_property
    def sizes(self) -> Array:
        return np.sqrt(self.widths * (self.bottoms - self.tops))

    @cached_property
    def size(self) -> float:
        return float(np.median(self.sizes))

    def axis_at(self, y: Array) -> Array:
        """The x of the strand at some heights; beyond its ends, that of the end."""
        return np.interp(y, self.y, self.axis)

    def places(self, top: float, bottom: float) -> NDArray[np.int64]:
        """The places of the boxes with their centres between these heights."""
        return np.nonzero((self.y >= top) & (self.y <= bottom))[0]


def sizes(boxes: Array) -> Array:
    """The geometric mean `(N,)` of width and height."""
    return np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))


def find_strands(boxes: Array) -> list[Strand]:
    """The strands of `boxes` `(N, 4)`, each row in one of them."""
    unit = float(np.median(sizes(boxes))) if len(boxes) else 1.0
    return [_strand(boxes, part) for rows in linked(boxes) for part in _split(boxes, rows, unit)]


def linked(boxes: Array) -> list[list[int]]:
    """Rows of `boxes` `(N, 4)` linked from top to bottom, each row once."""
    below = _boxes_below(link_costs(boxes))
    found = []
    for row in sorted(set(range(len(boxes))) - set(below.values())):
        rows = [row]
        while rows[-1] in below:
            rows.append(below[rows[-1]])
        found.append(rows)
    return found


def link_costs(boxes: Array) -> Array:
    """What it costs `(N, N)` that the second box follows below the first; infinite where it cannot."""
    x1, y1, x2, y2 = boxes.T
    x, y, size, height = (x1 + x2) / 2, (y1 + y2) / 2, sizes(boxes), y2 - y1
    unit = np.maximum(np.median(size) if len(size) else 1.0, np.minimum(size[:, None], size))
    gap = (y1 - y2[:, None]) / unit
    apart = np.maximum(x1 - x2[:, None], x1[:, None] - x2) / unit
    aside = np.abs(x - x[:, None]) / 2 / unit + np.maximum(apart, 0)
    abreast = (apart > 0) & (np.minimum(y2, y2[:, None]) - np.maximum(y1, y1[:, None]) > _lower(height) * ABREAST)
    cost = np.maximum(gap, 0) + np.maximum(-gap - NESTED, 0) + ASIDE_COST * aside**2
    return np.where((y > y[:, None]) & ~abreast, cost, np.inf)


def _lower(heights: Array) -> Array:
    return np.minimum(heights, heights[:, None])


def _boxes_below(costs: Array) -> dict[int, int]:
    possible = costs < UNLINKED
    above, below = np.nonzero(possible.any(1))[0], np.nonzero(possible.any(0))[0]
    chosen = np.minimum(costs[np.ix_(above, below)], UNLINKED)
    links = zip(*linear_sum_assignment(chosen), strict=True) if chosen.size else ()
    return {int(above[i]): int(below[j]) for i, j in links if chosen[i, j] < UNLINKED}


def _strand(boxes: Array, rows: list[int]) -> Strand:
    x1, y1, x2, y2 = boxes[rows].T
    x, widths = (x1 + x2) / 2, x2 - x1
    return Strand(np.array(rows), x, (y1 + y2) / 2, widths, y1, y2, _smooth(x, widths))


def _smooth(x: Array, weights: Array, reach: int = 2) -> Array:
    """The mean over each box and `reach` boxes above and below it; wide characters stand on the axis and count more."""
    window = np.ones(2 * reach + 1)
    return np.convolve(np.pad(x * weights, reach), window, "valid") / np.convolve(
        np.pad(weights, reach), window, "valid"
    )


def _split(boxes: Array, rows: list[int], unit: float) -> list[list[int]]:
    """The parts of a strand between its wide gaps."""
    own = boxes[rows]
    gaps = own[1:, 1] - np.maximum.accumulate(own[:, 3])[:-1]
    wide = gaps > SPLIT * max(unit, float(np.median(sizes(own))))
    edges = [0, *(np.nonzero(wide)[0] + 1).tolist(), len(rows)]
    return [rows[first:end] for first, end in pairwise(edges)]
