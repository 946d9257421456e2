"""Which prediction is which truth box: one to one, by the competition's rule or by how far boxes overlap."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mojika.boxes.overlap import apart, find_overlaps, pairs_in_ranges
from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.submission import Points
from mojika.data.near_ids import named_with_hint
from mojika.errors import UserError


def first_come(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Which of the pairs `(K,) int64` are taken, `(K,) bool`: in their order, each that finds both sides free."""
    if not len(first):
        return np.zeros(0, bool)
    rivals = (np.bincount(first)[first] > 1) | (np.bincount(second)[second] > 1)
    taken = ~rivals  # a side of theirs belongs to no other pair, so that nobody can come first
    contested = np.flatnonzero(rivals)
    used_first, used_second = set(), set()
    for row, one, other in zip(contested.tolist(), first[contested].tolist(), second[contested].tolist(), strict=True):
        if one not in used_first and other not in used_second:
            taken[row] = True
            used_first.add(one)
            used_second.add(other)
    return taken


def match_points(points: Points, truth: PageBoxes) -> np.ndarray:
    """The truth box that each point hits, `(M,) int64`, −1 where it hits none, by the rule of Kaggle's competition.

    A point hits a box with its label that it lies strictly inside of. As in the competition's public Python metric
    ("Kuzushiji Modified F-1 Score", Kaggle 2019) the truth boxes choose, in their order: each takes the first point, in
    the order of the submission, that no box before it took. (Were the points to choose, in their order, each the first
    free box, the same pairs would come out.) With crowded equal labels the two orders can decide how many are hit.

    Raises `UserError` where a page of the points is not one of the truth's.
    """
    if truth.class_list is None:
        raise UserError("expected a truth with labels, found boxes that were not read")
    point_page = page_numbers(points.image_ids, truth)[points.page_index]
    labels = pd.factorize(np.concatenate([points.labels, truth.boxes["label"].to_numpy(object)]))[0]
    pages = np.concatenate([point_page, truth.page_index])
    group = pages * (labels.max(initial=0) + 1) + labels
    x, y = points.positions.T
    x1, y1, x2, y2 = truth.coordinates.astype(np.float64).T
    point_top, box_top, box_bottom = _apart(group, len(points), y, y1, y2)
    order = np.argsort(point_top, kind="stable")
    starts = np.searchsorted(point_top[order], box_top, side="left")
    stops = np.searchsorted(point_top[order], box_bottom, side="right")
    box, rank = pairs_in_ranges(starts, stops)
    point = order[rank]
    inside = (x1[box] < x[point]) & (x[point] < x2[box]) & (y1[box] < y[point]) & (y[point] < y2[box])
    box, point = box[inside], point[inside]
    by_box = np.lexsort((point, box))
    return _assigned(point[by_box], box[by_box], len(points))


def match_boxes(predictions: PageBoxes, truth: PageBoxes, iou: float = 0.5) -> np.ndarray:
    """The truth box that each predicted box covers, `(M,) int64`, −1 where it covers none, regardless of their labels.

    By falling `box_score` (of equal scores the earlier row first) a prediction takes the free truth box with the
    highest IoU of at least `iou`, as in COCO's evaluation (Lin et al., 2014).
    """
    count = len(predictions)
    pages = page_numbers(predictions.pages["image_id"].tolist(), truth)[predictions.page_index]
    overlaps = find_overlaps(
        np.concatenate([predictions.coordinates, truth.coordinates]), np.concatenate([pages, truth.page_index])
    )
    mixed = (overlaps.iou >= iou) & ((overlaps.first < count) != (overlaps.second < count))
    prediction = np.minimum(overlaps.first[mixed], overlaps.second[mixed])
    box = np.maximum(overlaps.first[mixed], overlaps.second[mixed]) - count
    score = predictions.boxes["box_score"].to_numpy()[prediction]
    by_score = np.lexsort((box, -overlaps.iou[mixed], prediction, -score))
    return _assigned(prediction[by_score], box[by_score], count)


def page_numbers(image_ids: Sequence[str], truth: PageBoxes) -> np.ndarray:
    """Positions of the pages in the truth, `(P,) int64`; raises `UserError` that names pages missing there."""
    numbers = pd.Index(truth.pages["image_id"], dtype="str").get_indexer(pd.Index(list(image_ids), dtype="str"))
    if (numbers < 0).any():
        unknown = np.asarray(image_ids, object)[numbers < 0]
        raise UserError(
            f"predicted pages that are not in the truth: {named_with_hint(unknown, truth.pages['image_id'])}"
        )
    return numbers.astype(np.int64)


def _apart(group: np.ndarray, count: int, y: np.ndarray, y1: np.ndarray, y2: np.ndarray) -> tuple[np.ndarray, ...]:
    """Heights of the points and of the upper and lower edges, moved so that groups lie below one another."""
    top, bottom = apart(group, np.concatenate([y, y1]), np.concatenate([y, y2]))
    return top[:count], top[count:], bottom[count:]


def _assigned(prediction: np.ndarray, box: np.ndarray, count: int) -> np.ndarray:
    assigned = np.full(count, -1, np.int64)
    taken = first_come(prediction, box)
    assigned[prediction[taken]] = box[taken]
    return assigned
