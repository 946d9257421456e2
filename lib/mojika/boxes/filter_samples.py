"""What the false-positive filter learns from: the boxes of some books, and which of them the competition counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mojika.boxes.filter_features import page_features
from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.scoring import match, of_pages
from mojika.data.class_list import named
from mojika.data.page_labels import book_of
from mojika.errors import UserError


@dataclass(frozen=True, eq=False)
class FilterSamples:
    """Boxes with their features `(M, features) float32` and whether each is a true positive, `targets (M,) bool`.

    `truth` is how many labelled characters their pages have, `class_digest` that of the boxes' class list, `made_from`
    the plain values that decide all this.
    """

    features: pd.DataFrame
    targets: np.ndarray
    truth: int
    class_digest: str
    made_from: dict[str, Any]


def filter_samples(boxes: PageBoxes, truth: PageBoxes, books: Sequence[str]) -> FilterSamples:
    """The boxes of `books` as samples; a box is true where it scores by the competition's rule.

    Raises `UserError` where the boxes were not read, a book has no page among them, or a page has no truth.
    """
    found = np.array([book_of(image_id) for image_id in boxes.pages["image_id"]], object)
    unknown = sorted(set(books) - set(found))
    if unknown:
        raise UserError(f"no page of {named(unknown)} among the boxes; there are pages of {named(sorted(set(found)))}")
    chosen = np.isin(found, list(books))
    own = boxes.with_boxes(boxes.boxes[chosen[boxes.page_index]], pages=boxes.pages[chosen])
    features = page_features(own)
    own_truth = of_pages(truth, own.pages["image_id"].tolist())
    made_from = {"boxes": boxes.fingerprint, "truth": truth.fingerprint, "books": sorted(set(books))}
    return FilterSamples(features, match(own, own_truth), len(own_truth), boxes.classes.digest, made_from)
