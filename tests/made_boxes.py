"""Boxes of pages written down by hand, for the tests of the stages over boxes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import ClassList

LABELS = ("A", "B", "C")
Box = tuple[str, float, float, float, float]  # a label of LABELS and x1, y1, x2, y2


def page_boxes(
    pages: dict[str, Sequence[Box]],
    *,
    prob: Sequence[float] | None = None,
    box_score: Sequence[float] | None = None,
    labels: Sequence[str] = LABELS,
    **made_from: str,
) -> PageBoxes:
    """Boxes that were read, by image id; `prob` and `box_score` (default: 1) go through all of them."""
    rows = [(image_id, *box) for image_id, boxes in pages.items() for box in boxes]
    boxes = pd.DataFrame(rows, columns=["image_id", "label", "x1", "y1", "x2", "y2"])
    boxes["box_score"] = np.ones(len(rows)) if box_score is None else np.asarray(box_score, float)
    boxes["prob"] = np.ones(len(rows)) if prob is None else np.asarray(prob, float)
    boxes["top5_labels"] = [[label] for label in boxes["label"]]
    boxes["top5_probs"] = [[value] for value in boxes["prob"]]
    table = pd.DataFrame({"image_id": list(pages), "width": 1000, "height": 1000})
    return PageBoxes(table, boxes, ClassList(tuple(labels), (1,) * len(labels)), {"stage": "made", **made_from})


def character_page(generator: np.random.Generator, count: int) -> np.ndarray:
    """Corners `(count, 4) float32` of characters in columns, as on a page, crowded enough to overlap a little."""
    size = generator.uniform(30, 60, (count, 2))
    rows = int(np.ceil(np.sqrt(count)))
    place = np.stack([np.arange(count) // rows, np.arange(count) % rows], axis=1) * 45.0
    corner = place + generator.uniform(-8, 8, (count, 2))
    return np.concatenate([corner, corner + size], axis=1).astype(np.float32)
