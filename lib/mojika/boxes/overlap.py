"""Which boxes of a page overlap, for all pages at once: a sweep over sorted edges instead of every pair."""

from dataclasses import dataclass

import numpy as np

PAIRS_AT_ONCE = 2_000_000  # candidates of a block: some 100 MB


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Pairs of boxes of one page that share some area.

    `first` and `second (K,) int64` are rows, each pair once; `intersection (K,) float64` is the shared area and `iou
    (K,) float64` its share of what both cover together.
    """

    first: np.ndarray
    second: np.ndarray
    intersection: np.ndarray
    iou: np.ndarray


def find_overlaps(coordinates: np.ndarray, page_index: np.ndarray, *, pairs_at_once: int = PAIRS_AT_ONCE) -> Overlaps:
    """The overlapping pairs among boxes `(M, 4)`, x1, y1, x2, y2, of pages `(M,)`, in any order.

    Boxes are sorted by their upper edge, page after page, and each is compared with those only whose upper edge lies
    between its own upper and lower edge: on a page of vertical text one or two in a column. Memory is that of about
    `pairs_at_once` comparisons.
    """
    boxes = np.asarray(coordinates, np.float64).reshape(-1, 4)
    _, y1, _, y2 = boxes.T
    top, bottom = apart(page_index, y1, y2)
    order = np.argsort(top, kind="stable")
    sorted_boxes = boxes[order]
    stops = np.searchsorted(top[order], bottom[order], side="right")
    starts = np.arange(1, len(boxes) + 1)
    found = [_intersecting(sorted_boxes, starts, stops, block) for block in _blocks(stops - starts, pairs_at_once)]
    first, second, intersection = (np.concatenate(parts) for parts in zip(*found, strict=True))
    area = (sorted_boxes[:, 2] - sorted_boxes[:, 0]) * (sorted_boxes[:, 3] - sorted_boxes[:, 1])
    iou = intersection / (area[first] + area[second] - intersection)
    return Overlaps(order[first], order[second], intersection, iou)


def apart(group: np.ndarray, *values: np.ndarray) -> tuple[np.ndarray, ...]:
    """`values` moved so far that those of a higher `group` exceed those of a lower one; their order within one stays.

    So a single sorted array serves all groups. Rounding can make neighbours equal, but never exchanges them.
    """
    everything = np.concatenate([np.zeros(1), *values])
    lowest, span = everything.min(), np.ptp(everything) + 1
    return tuple(group * span + (each - lowest) for each in values)


def pairs_in_ranges(starts: np.ndarray, stops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each i with each of the numbers from `starts[i]` up to, not including, `stops[i]`: two arrays of equal length."""
    counts = np.maximum(stops - starts, 0)
    first = np.repeat(np.arange(len(starts)), counts)
    return first, np.arange(len(first)) + np.repeat(starts - (np.cumsum(counts) - counts), counts)


def _blocks(counts: np.ndarray, pairs_at_once: int) -> list[slice]:
    """Consecutive rows with about `pairs_at_once` candidates together; at least one block."""
    number = np.cumsum(np.maximum(counts, 0)) // pairs_at_once
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(counts)]
    return [slice(start, stop) for start, stop in zip(edges, edges[1:], strict=False)]


def _intersecting(
    boxes: np.ndarray, starts: np.ndarray, stops: np.ndarray, block: slice
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second = pairs_in_ranges(starts[block], stops[block])
    first += block.start
    x1, y1, x2, y2 = boxes.T
    width = np.minimum(x2[first], x2[second]) - np.maximum(x1[first], x1[second])
    beside = width > 0
    first, second, width = first[beside], second[beside], width[beside]
    height = np.minimum(y2[first], y2[second]) - np.maximum(y1[first], y1[second])
    shared = height > 0
    return first[shared], second[shared], width[shared] * height[shared]
