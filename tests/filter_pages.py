"""Pages of two books on which false boxes lie across true ones and are read with little confidence."""

from pathlib import Path

import numpy as np
import pandas as pd

from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import ClassList
from mojika.data.page_labels import PageLabels, format_page_labels

CLASSES = ClassList.from_labels(["U+3042", "U+3044", "U+5B57"])
BOOKS = ("100", "brsk")
_CELLS = np.stack(np.meshgrid(np.arange(6), np.arange(8)), axis=-1).reshape(-1, 2) * 60 + 40


def make_pages(pages: int = 6, seed: int = 0) -> tuple[PageBoxes, PageBoxes, np.ndarray]:
    """Boxes that were read, their truth, and which boxes are true `(M,)`: 48 characters a page, a third found twice."""
    generator = np.random.default_rng(seed)
    ids = [f"{BOOKS[0]}_{number}_1" if number % 2 else f"{BOOKS[1]}{number:03d}_01" for number in range(pages)]
    found, labelled, is_true = [], [], []
    for image_id in ids:
        corners = np.concatenate([_CELLS, _CELLS + generator.uniform(38, 46, (48, 2))], axis=1)
        labels = generator.choice(CLASSES.labels, 48)
        labelled.append(_table(image_id, corners, labels, np.ones(48)))
        true = _table(image_id, corners + generator.normal(0, 1, (48, 4)), labels, generator.beta(9, 1, 48))
        shifted = corners[generator.choice(48, 16, replace=False)] + np.tile(generator.normal(0, 6, (16, 2)) + 28, 2)
        false = _table(image_id, shifted, generator.choice(CLASSES.labels, 16), generator.beta(3, 3, 16))
        found += [true, false]
        is_true += [np.ones(48, bool), np.zeros(16, bool)]
    table = pd.DataFrame({"image_id": [*ids, f"{BOOKS[0]}_empty"], "width": 420, "height": 560})
    made = [PageBoxes(table, pd.concat(rows), CLASSES, {"stage": "test", "seed": seed}) for rows in (found, labelled)]
    return made[0], made[1], np.concatenate(is_true)


def write_truth(path: Path, truth: PageBoxes) -> None:
    """The truth in the competition's form."""
    corners = truth.coordinates
    pages = [
        PageLabels(image_id, tuple(truth.boxes["label"][start:stop]), corners[start:stop])
        for image_id, start, stop in zip(truth.pages["image_id"], truth.offsets, truth.offsets[1:], strict=False)
    ]
    path.write_text(format_page_labels(pages), encoding="utf-8")


def _table(image_id: str, corners: np.ndarray, labels: np.ndarray, prob: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(corners, columns=["x1", "y1", "x2", "y2"]).assign(image_id=image_id, box_score=prob)
    return table.assign(label=pd.Series(labels, dtype="str"), prob=prob)
