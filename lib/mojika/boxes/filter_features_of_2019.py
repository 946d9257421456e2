"""The filter's features with the values of 2019, which the boosters that were published then expect.

Names and order are ours (`feature_names`). What differs: sizes and centres are whole pixels, but for a box's own sizes;
areas are divided by the page's width and multiplied by its height; heights of neighbours are divided by the page's
width; deviations are those of a sample; a size divided by no deviation is 0; and neighbours were collected in one list
for all boxes of a page, so that a box also has the first neighbour of each box before it among its own.
"""

import numpy as np
import pandas as pd

from mojika.boxes.filter_features import NEIGHBOURS, page_features
from mojika.boxes.page_boxes import PageBoxes


def page_features_of_2019(boxes: PageBoxes) -> pd.DataFrame:
    """As `page_features`, with the values of 2019; boxes without labels are refused as there."""
    return page_features(boxes, _of_page)


def _of_page(sizes: np.ndarray, centres: np.ndarray, extent: np.ndarray) -> np.ndarray:
    """All that comes from where the boxes of one page lie; `sizes (n, 3)` are their widths, heights and areas."""
    count, whole = len(sizes), np.rint(sizes[:, :2])
    whole = np.column_stack([whole, whole.prod(axis=1)])
    centres = np.rint(centres)
    statistics = pd.DataFrame(np.column_stack([whole, centres])).agg(["mean", "std", "median"]).to_numpy()
    page = np.tile([*extent, count, *statistics.ravel()], (count, 1))
    width, height = extent
    with np.errstate(divide="ignore", invalid="ignore"):
        placed = np.hstack([centres / unit for unit in (extent, *statistics[:, 3:])])
        beside = _by_units(sizes, np.array([width, height, width / height]), statistics[:, :3])
        beside_near = _by_units(whole, np.array([width, width, width / height]), statistics[:, :3])
    rows, distance, angle = _neighbours(centres)
    near = np.concatenate([beside_near[rows], distance[..., None] / extent, angle[..., None]], axis=2)
    near[rows < 0] = np.nan
    near[:, :, 6:9][:, :, statistics[1, :3] == 0] = 0  # also of neighbours that are missing
    return np.column_stack([page, beside, placed, near.reshape(count, -1)])


def _by_units(sizes: np.ndarray, page: np.ndarray, statistics: np.ndarray) -> np.ndarray:
    """`sizes (n, 3)` by those of the page, then by mean, deviation and median; by no deviation it is 0."""
    mean, deviation, median = statistics
    by_deviation = np.where(deviation == 0, 0, sizes / deviation)
    return np.hstack([sizes / page, sizes / mean, by_deviation, sizes / median])


def _neighbours(centres: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, distances and angles of what was taken for the nearest, each `(n, 5)`; rows that are missing are -1.

    Box i chooses among the other boxes and what each box k < i found first: box 0, or for k = 0 box 1, at its distance
    and angle from k.
    """
    count = len(centres)
    delta = centres[None] - centres[:, None]
    distance, angle = np.sqrt((delta**2).sum(axis=2)), np.arctan2(delta[..., 1], delta[..., 0])
    first = np.where(np.arange(count) == 0, min(1, count - 1), 0)
    of_others = np.where(np.tri(count, k=-1, dtype=bool), distance[np.arange(count), first], np.inf)
    own = np.where(np.eye(count, dtype=bool), np.inf, distance)
    offered = np.hstack([of_others, own, np.full((count, NEIGHBOURS), np.inf)])
    chosen = np.argsort(offered, axis=1, kind="stable")[:, :NEIGHBOURS]
    found = np.isfinite(np.take_along_axis(offered, chosen, axis=1))
    seen_from = np.where(chosen < count, chosen, np.arange(count)[:, None])
    rows = np.where(chosen < count, first[chosen % count], chosen % count)
    return np.where(found, rows, -1), distance[seen_from % count, rows], angle[seen_from % count, rows]
