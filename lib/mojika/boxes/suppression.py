"""Non-maximum suppression: of boxes that cover the same character only the best one stays."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mojika.boxes.overlap import find_overlaps
from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.same_pages import expect_same_pages
from mojika.data.class_list import named
from mojika.errors import ParameterError, UserError


def suppress(coordinates: np.ndarray, scores: np.ndarray, page_index: np.ndarray, iou: float = 0.30) -> np.ndarray:
    """Which boxes stay, `(M,) bool`: of two boxes of a page whose IoU exceeds `iou` the one with the lower score goes.

    `coordinates (M, 4)` are x1, y1, x2, y2 in any unit, `scores (M,)`, `page_index (M,) int64`. It is the greedy rule:
    by falling score (of equal scores the earlier row first) a box stays unless one that stays overlaps it. All pages
    are done together, in rounds: a box without a better rival stays, what it overlaps goes, until no rivals are left.
    """
    rank = np.empty(len(scores), np.int64)
    rank[np.argsort(-np.asarray(scores, np.float64), kind="stable")] = np.arange(len(scores))
    overlaps = find_overlaps(coordinates, page_index)
    rivals = overlaps.iou > iou
    first, second = overlaps.first[rivals], overlaps.second[rivals]
    first_is_better = rank[first] < rank[second]
    better, worse = np.where(first_is_better, first, second), np.where(first_is_better, second, first)
    keep = np.ones(len(scores), bool)
    while len(better):
        has_better = np.zeros(len(scores), bool)
        has_better[worse] = True
        keep[worse[~has_better[better]]] = False
        open_pairs = keep[better] & keep[worse]
        better, worse = better[open_pairs], worse[open_pairs]
    return keep


def suppress_boxes(page_boxes: PageBoxes, *, by: str = "prob", iou: float = 0.30) -> PageBoxes:
    """The boxes that `suppress` leaves, judged by the column `by`; raises `UserError` where there is no such column."""
    if by not in page_boxes.boxes:
        raise ParameterError(
            f"{{by}} {by}: the boxes have no such column"
            + ("; boxes that were not read yet have {by} box_score" if "box_score" in page_boxes.boxes else "")
        )
    keep = suppress(page_boxes.coordinates, page_boxes.boxes[by].to_numpy(), page_boxes.page_index, iou)
    made_from = {"stage": "nms", "boxes": page_boxes.fingerprint, "by": by, "iou": iou}
    return page_boxes.with_boxes(page_boxes.boxes[keep], made_from=made_from)


def merge(snapshots: Sequence[PageBoxes]) -> PageBoxes:
    """The boxes of several detectors, page by page, those of the first one first.

    Raises `UserError`, naming the difference, where pages, class lists or columns are not the same.
    """
    first = snapshots[0]
    for number, other in enumerate(snapshots[1:], start=2):
        expect_same_pages(first, other, number)
        if list(other.boxes) != list(first.boxes):
            columns = sorted({*map(str, other.boxes)} ^ {*map(str, first.boxes)}) or list(map(str, other.boxes))
            raise UserError(f"input {number} has other columns than the first one: {named(columns)}")
    together = pd.concat([snapshot.boxes for snapshot in snapshots], ignore_index=True)
    page_order = np.argsort(np.concatenate([snapshot.page_index for snapshot in snapshots]), kind="stable")
    made_from = {"stage": "merge", "boxes": [snapshot.fingerprint for snapshot in snapshots]}
    return first.with_boxes(together.iloc[page_order], made_from=made_from)
