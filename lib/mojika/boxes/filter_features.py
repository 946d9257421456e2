"""Features that separate false boxes from true ones: label, size and place, by the page and the neighbours.

The features are those of the system that came third in the competition of 2019, one row a box, for LightGBM. A
ratio to nothing, and a neighbour that a page of fewer than six boxes does not have, are NaN, which LightGBM takes.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from mojika.boxes.overlap import find_overlaps
from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import ClassList
from mojika.data.code_points import code_point_of
from mojika.errors import UserError

NEIGHBOURS = 5
OfPage = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

_SIZES = ("width", "height", "area")
_CENTRES = ("x", "y")
_STATISTICS = ("mean", "std", "median")
_HIRAGANA = range(0x3040, 0x30A0)
_ROUNDING = 1e-9  # a deviation below this share of the largest value is none


def feature_names() -> list[str]:
    """The columns of `page_features`, in order."""
    beside = [f"{size}_by_{unit}" for unit in ("page", *_STATISTICS) for size in _SIZES]
    placed = [f"{axis}_by_{unit}" for unit in ("page", *_STATISTICS) for axis in _CENTRES]
    near = [*beside, "distance_by_page_width", "distance_by_page_height", "angle"]
    return [
        *("prob", "is_hiragana", "box_score", "overlap"),
        *("page_width", "page_height", "page_boxes"),
        *(f"page_{value}_{statistic}" for statistic in _STATISTICS for value in (*_SIZES, *_CENTRES)),
        *beside,
        *placed,
        *(f"near{rank}_{name}" for rank in range(1, NEIGHBOURS + 1) for name in near),
    ]


def page_features(boxes: PageBoxes, of_page: OfPage | None = None) -> pd.DataFrame:
    """Features of boxes that were read, `(M, features) float32`, in the order of the boxes.

    Widths, heights and areas are divided by those of the page and by the page's mean, standard deviation and median of
    them; so are the sizes of the five boxes whose centres are nearest (the earlier row first where they are equally
    far), and the centre of the box. `overlap` is the area shared with other boxes, each counted, by its own area.
    Distances are those of the centres, angles radians from the x axis to the y axis, which points down. `of_page`
    computes what comes from where the boxes lie in another way. Raises `UserError` where the boxes have no labels yet.
    """
    if boxes.class_list is None or "prob" not in boxes.boxes:
        raise UserError("expected boxes whose characters were read, found no labels; run `mojika classify` first")
    corners = boxes.coordinates.astype(np.float64)
    size = corners[:, 2:] - corners[:, :2]
    sizes = np.column_stack([size, size.prod(axis=1)])
    centres = (corners[:, :2] + corners[:, 2:]) / 2
    table = boxes.boxes
    reading = np.column_stack(
        [
            table["prob"],
            _is_hiragana(table["label"], boxes.class_list),
            table["box_score"],
            _overlap(boxes, sizes[:, 2]),
        ]
    )
    names = feature_names()
    values = np.empty((len(boxes), len(names)), np.float32)
    extents, of_page = boxes.pages[["width", "height"]].to_numpy(np.float64), of_page or _of_page
    for extent, start, stop in zip(extents, boxes.offsets, boxes.offsets[1:], strict=False):
        rows = slice(start, stop)
        if start < stop:
            values[rows] = np.column_stack([reading[rows], of_page(sizes[rows], centres[rows], extent)])
    return pd.DataFrame(values, columns=names)


def nearest(centres: np.ndarray, count: int) -> np.ndarray:
    """The rows of the `count` points nearest to each of `centres (n, 2)`, nearest first: `(n, count) int64`.

    Of points equally far the earlier row comes first; -1 where there are no more points.
    """
    found = np.full((len(centres), count), -1, np.int64)
    if len(centres) < 2:
        return found
    tree = cKDTree(centres)
    reach = tree.query(centres, k=[min(count + 1, len(centres))])[0][:, 0]  # the point itself is one of them
    within = tree.query_ball_point(centres, reach * (1 + _ROUNDING))
    first = np.repeat(np.arange(len(centres)), [len(rows) for rows in within])
    second = np.concatenate(within).astype(np.int64)
    first, second = first[first != second], second[first != second]
    order = np.lexsort((second, ((centres[second] - centres[first]) ** 2).sum(axis=1), first))
    first, second = first[order], second[order]
    rank = np.arange(len(first)) - np.searchsorted(first, first)
    found[first[rank < count], rank[rank < count]] = second[rank < count]
    return found


def _is_hiragana(labels: pd.Series, class_list: ClassList) -> np.ndarray:
    hiragana = [label for label in class_list.labels if code_point_of(label) in _HIRAGANA]
    return labels.isin(hiragana).to_numpy(np.float64)


def _overlap(boxes: PageBoxes, area: np.ndarray) -> np.ndarray:
    pairs = find_overlaps(boxes.coordinates, boxes.page_index)
    rows = np.concatenate([pairs.first, pairs.second])
    return np.bincount(rows, np.tile(pairs.intersection, 2), minlength=len(boxes)) / area


def _of_page(sizes: np.ndarray, centres: np.ndarray, extent: np.ndarray) -> np.ndarray:
    """All features `(n, …)` of one page that come from where its boxes lie, in the order of `feature_names`."""
    count = len(sizes)
    values = np.column_stack([sizes, centres])
    statistics = np.stack([values.mean(axis=0), _deviation(values), np.median(values, axis=0)])
    page = np.tile([*extent, count, *statistics.ravel()], (count, 1))
    size_units = np.vstack([[*extent, extent.prod()], statistics[:, :3]])
    beside = _ratios(sizes, size_units)
    placed = _ratios(centres, np.vstack([extent, statistics[:, 3:]]))
    rows = nearest(centres, NEIGHBOURS)
    delta = centres[rows] - centres[:, None]
    distance = np.hypot(delta[..., 0], delta[..., 1])
    angle = np.arctan2(delta[..., 1], delta[..., 0])
    near = np.concatenate([beside[rows], distance[..., None] / extent, angle[..., None]], axis=2)
    near[rows < 0] = np.nan
    return np.column_stack([page, beside, placed, near.reshape(count, -1)])


def _deviation(values: np.ndarray) -> np.ndarray:
    """The standard deviation of each column; exactly 0 where the values differ by rounding only."""
    deviation = values.std(axis=0)
    return np.where(deviation > _ROUNDING * np.abs(values).max(axis=0), deviation, 0.0)


def _ratios(values: np.ndarray, units: np.ndarray) -> np.ndarray:
    """`values (n, c)` by each of `units (u, c)`, `(n, u · c)`; NaN where a unit is 0."""
    return (values[:, None] / np.where(units == 0, np.nan, units)).reshape(len(values), -1)
