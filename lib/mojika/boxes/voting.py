"""Hard voting: several models read the same boxes, and the label that most of them read is taken."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mojika.boxes.page_boxes import COLUMNS, READ_COLUMNS, PageBoxes
from mojika.boxes.same_pages import expect_same_pages
from mojika.errors import UserError

TIES = ("prob", "label")


def vote(predictions: Sequence[PageBoxes], ties: str = "prob") -> PageBoxes:
    """The boxes with the label that most models read, and the highest probability among the models that read it.

    Of labels that equally many models read the most probable one is taken, and of equally probable ones that of the
    first model. With `ties` "label" it is, as in 2019, the first in alphabetical order, unless all models disagree. The
    columns `top5_…` are those of the model whose probability is taken; columns beyond those of a box and its reading
    are left out.

    Raises `UserError`, naming the first difference, where the models did not read the same boxes in the same order.
    """
    for number, prediction in enumerate(predictions, start=1):
        _expect_same_boxes(predictions[0], prediction, number)
    count, models = len(predictions[0]), len(predictions)
    tables = [prediction.boxes[[*COLUMNS, *READ_COLUMNS]] for prediction in predictions]
    together = pd.concat(tables, ignore_index=True)
    labels = pd.factorize(together["label"], sort=ties == "label")[0].reshape(models, count)
    probability = together["prob"].to_numpy().reshape(models, count)
    agreeing = np.array([(labels == own).sum(axis=0) for own in labels])
    candidate = agreeing == agreeing.max(axis=0)
    if ties == "label":
        first = np.where(candidate, labels, labels.max(initial=0) + 1).min(axis=0)
        candidate &= (labels == first) | (agreeing.max(axis=0) == 1)
    taken = np.where(candidate, probability, -np.inf).argmax(axis=0)
    made_from: dict[str, Any] = {"stage": "vote", "boxes": [prediction.fingerprint for prediction in predictions]}
    if ties != "prob":
        made_from["ties"] = ties
    return predictions[0].with_boxes(together.iloc[taken * count + np.arange(count)], made_from=made_from)


def count_unanimous(predictions: Sequence[PageBoxes]) -> int:
    """How many boxes all models read alike; they are those that `vote` accepts."""
    first, *others = (prediction.boxes["label"].to_numpy() for prediction in predictions)
    return int(np.logical_and.reduce([np.ones(len(first), bool), *(labels == first for labels in others)]).sum())


def _expect_same_boxes(first: PageBoxes, other: PageBoxes, number: int) -> None:
    missing = [name for name in READ_COLUMNS if name not in other.boxes]
    if missing:
        raise UserError(
            f"input {number}: expected boxes that were read, found no {', '.join(missing)}; see `mojika classify`"
        )
    expect_same_pages(first, other, number)
    same = min(len(first), len(other))
    differs = (first.coordinates[:same] != other.coordinates[:same]).any(axis=1)
    differs |= first.page_index[:same] != other.page_index[:same]
    differs |= first.boxes["box_score"].to_numpy()[:same] != other.boxes["box_score"].to_numpy()[:same]
    if differs.any():
        row = int(differs.argmax())
        raise UserError(
            f"input {number}: box {row + 1} is {_shown(other, row)}; in the first one it is {_shown(first, row)}"
        )
    if len(first) != len(other):
        raise UserError(f"input {number} has {len(other):,} boxes, the first one {len(first):,}")


def _shown(page_boxes: PageBoxes, row: int) -> str:
    box = page_boxes.boxes.iloc[row]
    corners = ", ".join(f"{box[name]:g}" for name in ("x1", "y1", "x2", "y2"))
    return f"{corners} of {box['image_id']} with box_score {box['box_score']:g}"
