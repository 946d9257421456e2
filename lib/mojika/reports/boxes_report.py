"""A report on boxes: precision, recall and F1 against the threshold of what they are judged by, and the worst pages."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve

from mojika.boxes.matching import match_boxes
from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.scoring import count_pages, match, with_rates
from mojika.boxes.submission import points_of
from mojika.reports import markup
from mojika.reports.charts import line_chart
from mojika.reports.page import Chapter, Section, write_report

_READ_SCORES = {"keep_prob": "filter", "prob": "reading"}  # columns by which boxes that were read are judged
_OVERLAPS = (0.5, 0.75)
_POINTS = 1000  # of a curve at most
_COLUMNS = ["threshold", "precision", "recall", "f1"]


def threshold_curve(score: np.ndarray, hit: np.ndarray, wanted: int) -> pd.DataFrame:
    """`threshold`, `precision`, `recall` and `f1` if only boxes with at least that `score (M,)` are kept, rising.

    `hit (M,) bool` are the right ones, `wanted` is the number of characters. At most 1,000 thresholds, evenly spaced
    among the scores, and the one with the highest F1.
    """
    if not len(score) or not hit.any():
        return pd.DataFrame(columns=_COLUMNS, dtype=float)
    precision, recall, threshold = precision_recall_curve(hit, score)
    precision, recall = precision[:-1], recall[:-1] * hit.sum() / wanted
    f1 = 2 * precision * recall / np.maximum(precision + recall, np.finfo(float).tiny)
    shown = np.unique([*np.linspace(0, len(threshold) - 1, min(_POINTS, len(threshold))).astype(int), f1.argmax()])
    return pd.DataFrame(dict(zip(_COLUMNS, (each[shown] for each in (threshold, precision, recall, f1)), strict=True)))


def write_boxes_report(
    folder: Path, boxes: PageBoxes, truth: PageBoxes, name: str, numbers: Mapping[str, object]
) -> Path:
    """Write the page and its tables into `folder`; returns the page's path. Truth and boxes are of the same pages.

    `numbers` are the scores of the whole, by name.
    """
    found = boxes.boxes["box_score"].to_numpy(np.float64)
    overlaps = {at: threshold_curve(found, match_boxes(boxes, truth, at) >= 0, len(truth)) for at in _OVERLAPS}
    curves = {f"detection_iou_{round(100 * at)}": curve for at, curve in overlaps.items()}
    sections = [
        Section(
            "Detection",
            "Boxes by their score, whatever they were read as: precision against recall where they overlap a character "
            "with an IoU of at least 0.5, or 0.75, and F1 against the lowest score that is kept.",
            _charts("detection", {f"IoU {at:g}": curve for at, curve in overlaps.items()}, "score"),
        )
    ]
    if boxes.class_list is not None:
        right = match(boxes, truth)
        for column, what in _READ_SCORES.items():
            if column in boxes.boxes:
                curve = threshold_curve(boxes.boxes[column].to_numpy(np.float64), right, len(truth))
                curves[what] = curve
                note = f"By the competition's rule, if only boxes are kept whose {column} is at least the threshold."
                sections.append(Section(f"Probability of the {what}", note, _charts(what, {what: curve}, column)))
        pages = with_rates(count_pages(points_of(boxes), truth)).sort_values("f1", kind="stable")
        curves["pages"] = pages
        note = "Rising F1 by the competition's rule: the worst come first."
        sections.append(Section("Pages", note, markup.table(pages, "pages", search="find-page")))
    words = {_words(key): value for key, value in numbers.items()}
    chapter = Chapter("", markup.tiles(words), sections)
    return write_report(folder, (name, "Boxes compared with labels."), "", [chapter], curves)


def _charts(name: str, curves: Mapping[str, pd.DataFrame], axis: str) -> str:
    """Precision against recall of all curves; of the first one also both and F1 against the threshold."""
    lines = {line: (curve["recall"].to_numpy(), curve["precision"].to_numpy()) for line, curve in curves.items()}
    recalls = line_chart(
        f"{name}-recall-chart", "Precision against recall of the boxes", lines, ("recall", "precision")
    )
    return f'<div class="charts">{recalls}{_threshold(name, next(iter(curves.values())), axis)}</div>'


def _threshold(name: str, curve: pd.DataFrame, axis: str) -> str:
    """Precision, recall and F1 against the threshold, the best F1 marked."""
    at = curve["threshold"].to_numpy()
    lines = {column.replace("f1", "F1"): (at, curve[column].to_numpy()) for column in ("f1", "precision", "recall")}
    mark = None
    if len(curve):
        best = curve.iloc[int(curve["f1"].to_numpy().argmax())]
        mark = best["threshold"], best["f1"], f"best F1 {best['f1']:.3f} at {best['threshold']:.2f}"
    description = f"F1, precision and recall against the lowest {axis} that is kept"
    return line_chart(f"{name}-threshold-chart", description, lines, (axis, ""), mark)


def _words(key: str) -> str:
    return key.replace("_", " ").replace("f1", "F1").replace(" ap", " AP")
