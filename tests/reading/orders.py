"""Orders to compare with: those of a reader, a plain rule of columns, and what no order should have."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from mojika.data.page_labels import PageLabels


def true_orders(folder: Path, pages: Iterable[PageLabels]) -> dict[str, list[int]]:
    """The rows of the labels in the order in which a reader reads, for each page of `reading_order/order.csv`."""
    read = defaultdict(list)
    with open(folder / "order.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            box = tuple(float(row[name]) for name in ("x", "y", "w", "h"))
            read[row["image_id"]].append((row["character"], box))
    return {page.image_id: _rows(page, read[page.image_id]) for page in pages if page.image_id in read}


def _rows(page: PageLabels, characters: Sequence[tuple[str, tuple[float, ...]]]) -> list[int]:
    rows = defaultdict(list)
    for row, (label, (x1, y1, x2, y2)) in enumerate(zip(page.labels, page.boxes.tolist(), strict=True)):
        rows[chr(int(label[2:], 16)), (x1, y1, x2 - x1, y2 - y1)].append(row)
    return [rows[character].pop(0) for character in characters]


def plain_columns(boxes: np.ndarray) -> list[list[int]]:
    """Columns from right to left, each from top to bottom: a box belongs to the column whose mean centre is less than
    three quarters of the usual width away."""
    x, y = (boxes[:, :2] + boxes[:, 2:]).T / 2
    reach = 0.75 * np.median(boxes[:, 2] - boxes[:, 0]) if len(boxes) else 0
    columns: list[list[int]] = []
    for row in np.argsort(-x, kind="stable"):
        if columns and abs(x[columns[-1]].mean() - x[row]) < reach:
            columns[-1].append(int(row))
        else:
            columns.append([int(row)])
    return [sorted(column, key=lambda row: y[row]) for column in columns]


def side_by_side(boxes: np.ndarray, column: Sequence[int]) -> int:
    """How many pairs of neighbours in a column stand side by side: they share more than half the height of the lower
    one, and at most half the width of the narrower one."""
    one, other = boxes[list(column[:-1])], boxes[list(column[1:])]
    shared = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    least = np.minimum(one[:, 2:] - one[:, :2], other[:, 2:] - other[:, :2])
    return int(((shared[:, 1] > least[:, 1] / 2) & (shared[:, 0] <= least[:, 0] / 2)).sum())
