"""How well pages were read: the competition's F1, and what detection and classification each contribute to it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mojika.boxes.matching import match_boxes, match_points, page_numbers
from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.submission import Points, points_of
from mojika.data.class_list import ClassList, named
from mojika.data.page_labels import book_of
from mojika.errors import ParameterError

RARE = 100  # labelled samples: a class with fewer is rare, as where training repeats them

_COUNTS = ["true_positives", "false_positives", "false_negatives"]


def match(predictions: PageBoxes, truth: PageBoxes) -> np.ndarray:
    """Which predicted boxes are true positives of the competition's rule, `(M,) bool`; see `match_points`.

    A box is represented by its centre in whole pixels, as in a submission. Raises `UserError` if the boxes have no
    labels or one of their pages is not in the truth.
    """
    return match_points(points_of(predictions), truth) >= 0


def count_pages(points: Points, truth: PageBoxes) -> pd.DataFrame:
    """One row a page of the truth, in its order: `image_id`, `book`, true and false positives, false negatives.

    A page without truth and without prediction counts nothing. Raises `UserError` where the pages are not the same.
    """
    pages = _all_page_numbers(points.image_ids, truth)[points.page_index]
    ids = truth.pages["image_id"]
    hits = np.bincount(pages[match_points(points, truth) >= 0], minlength=len(ids))
    predicted = np.bincount(pages, minlength=len(ids))
    counts = (hits, predicted - hits, np.diff(truth.offsets) - hits)
    columns = dict(zip(_COUNTS, counts, strict=True))
    return pd.DataFrame({"image_id": ids, "book": [book_of(image_id) for image_id in ids], **columns})


def with_rates(counts: pd.DataFrame) -> pd.DataFrame:
    """`counts` with `f1`, `precision` and `recall` before its counts; 0 where there is nothing to divide by."""
    hits, false_positives, false_negatives = counts[_COUNTS].to_numpy(np.float64).T
    table = counts.drop(columns=_COUNTS)
    table["f1"] = _ratio(2 * hits, 2 * hits + false_positives + false_negatives)
    table["precision"] = _ratio(hits, hits + false_positives)
    table["recall"] = _ratio(hits, hits + false_negatives)
    return pd.concat([table, counts[_COUNTS]], axis=1)


def by_book(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts of `count_pages` summed over the pages of each book, with their rates and the number of `pages`."""
    books = counts.groupby("book", sort=True)
    return with_rates(books[_COUNTS].sum().reset_index()).assign(pages=books.size().to_numpy())


def summarise(counts: pd.DataFrame) -> dict[str, float | int]:
    """F1, precision and recall over the characters of all pages together, with the counts behind them."""
    row = with_rates(counts[_COUNTS].sum().to_frame().T).iloc[0]
    rates = {str(name): float(value) for name, value in row.items()}
    return {**rates, **{name: int(row[name]) for name in _COUNTS}, "pages": len(counts)}


def score_detection(predictions: PageBoxes, truth: PageBoxes, iou: float = 0.5) -> dict[str, float]:
    """Precision, recall and average precision of the boxes, regardless of their labels.

    Average precision is the area under the precision that is reached at each recall or beyond (PASCAL VOC 2010, all
    points), the boxes taken by falling `box_score`. NaN where there is nothing to divide by.

    Raises `UserError` where the pages are not the same.
    """
    _all_page_numbers(predictions.pages["image_id"].tolist(), truth)
    hits = match_boxes(predictions, truth, iou) >= 0
    order = np.argsort(-predictions.boxes["box_score"].to_numpy(), kind="stable")
    precision = np.cumsum(hits[order]) / np.arange(1, len(hits) + 1)
    reached = np.maximum.accumulate(precision[::-1])[::-1]
    area = reached[hits[order]].sum()
    found, predicted, wanted = hits.sum(), len(hits), len(truth)
    return {
        "detection_precision": found / predicted if predicted else np.nan,
        "detection_recall": found / wanted if wanted else np.nan,
        "detection_ap": area / wanted if wanted else np.nan,
    }


def score_classification(
    predictions: PageBoxes, truth: PageBoxes, frequency: ClassList, iou: float = 0.5
) -> dict[str, float | int]:
    """How many of the detected characters have the right label: overall, and the mean over classes by their frequency.

    Counted are the truth boxes that `match_boxes` finds a prediction for. A class is rare with fewer than `RARE`
    samples in `frequency` (also where it is not listed) and common from there on. NaN where a band has no class.
    """
    matched = match_boxes(predictions, truth, iou)
    hit = matched >= 0
    labels = truth.boxes["label"].to_numpy(object)[matched[hit]]
    right = predictions.boxes["label"].to_numpy(object)[hit] == labels
    accuracy = pd.Series(right, dtype=np.float64).groupby(labels).mean()
    counts = pd.Series(frequency.counts, index=list(frequency.labels), dtype=np.int64)
    common = (counts.reindex(accuracy.index, fill_value=0) >= RARE).to_numpy()
    return {
        "accuracy": right.mean() if len(right) else np.nan,
        "macro_accuracy": accuracy.mean(),
        "macro_accuracy_rare": accuracy[~common].mean(),
        "macro_accuracy_common": accuracy[common].mean(),
        "classes_rare": int((~common).sum()),
        "classes_common": int(common.sum()),
    }


def score_boxes(boxes: PageBoxes, truth: PageBoxes, frequency: ClassList | None = None) -> dict[str, float | int]:
    """The scores of detection and, of boxes that were read, of classification; by default with the truth's counts.

    Raises `UserError` where the pages are not the same.
    """
    scores = score_detection(boxes, truth)
    if boxes.class_list is not None:
        scores |= score_classification(boxes, truth, frequency or truth.classes)
    return scores


def reading_accuracy(truth: PageBoxes, read: PageBoxes) -> float | None:
    """The share of labelled boxes that are read right, of those that are read at all; both are in the same order."""
    rectangle = ["image_id", "x1", "y1", "x2", "y2"]
    labels = [
        table.assign(again=table.groupby(rectangle).cumcount()).set_index([*rectangle, "again"])["label"]
        for table in (truth.boxes, read.boxes)
    ]
    expected, found = labels[0].loc[labels[1].index], labels[1]
    return float((expected == found).mean()) if len(found) else None


def of_pages(truth: PageBoxes, image_ids: Sequence[str]) -> PageBoxes:
    """The truth of only these pages, in its own order; raises `UserError` that names pages missing there."""
    page_numbers(image_ids, truth)
    chosen = set(image_ids)
    pages = truth.pages[truth.pages["image_id"].isin(chosen)]
    boxes = truth.boxes[truth.boxes["image_id"].isin(chosen)]
    return PageBoxes(pages, boxes, truth.class_list, {**truth.made_from, "pages": sorted(chosen)})


def _all_page_numbers(image_ids: Sequence[str], truth: PageBoxes) -> np.ndarray:
    """Positions of the pages in the truth; raises `UserError` also if one of its pages is missing."""
    numbers = page_numbers(image_ids, truth)
    ids = truth.pages["image_id"]
    lacking = np.setdiff1d(np.arange(len(ids)), numbers)
    if len(lacking):
        raise ParameterError(
            f"expected every page of the truth, found no {named(ids.iloc[lacking])}; "
            "to score the predicted pages alone, add {predicted_pages}"
        )
    return numbers


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(below), where=below > 0)
