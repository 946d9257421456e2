"""What one head of a classifier says of labelled samples, and what follows from it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from mojika.data.class_list import ClassList
from mojika.training.metrics import confused

BINS = 15  # of probabilities
_BANDS = ((0, 10), (10, 100), (100, 1000), (1000, None))  # training samples of a class; below 100 it is rare


@dataclass(frozen=True, eq=False)
class Readings:
    """`truth` and `read` are classes of N samples, `(N,) int64` (−1 where the model has no class for the truth), and
    `probability` is that of `read`, `(N,)`."""

    head: str
    classes: ClassList
    truth: np.ndarray
    read: np.ndarray
    probability: np.ndarray

    @cached_property
    def known(self) -> np.ndarray:
        """The samples whose class the model has, `(K,) int64`; nothing else is counted."""
        return np.flatnonzero(self.truth >= 0)

    @cached_property
    def right(self) -> np.ndarray:
        return np.asarray(self.truth == self.read)


def reliability(probability: np.ndarray, right: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """How often readings of about one probability are right: `low`, `high`, `samples`, `probability` (the mean),
    `accuracy`, a row for each of so many equal intervals `(low, high]`. Where nothing lies the last two are NaN."""
    edges = np.linspace(0, 1, bins + 1)
    number = np.clip(np.ceil(probability.astype(np.float64) * bins).astype(np.int64) - 1, 0, bins - 1)
    samples = np.bincount(number, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(number, weights=values, minlength=bins) / samples for values in (probability, right)]
    columns = {"low": edges[:-1], "high": edges[1:], "samples": samples, "probability": means[0], "accuracy": means[1]}
    return pd.DataFrame(columns)


def calibration_error(table: pd.DataFrame) -> float:
    """The expected calibration error of a `reliability` table: |accuracy − probability|, averaged over the samples.

    Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", arXiv:1706.04599. NaN without samples.
    """
    filled = table[table["samples"] > 0]
    gaps = (filled["accuracy"] - filled["probability"]).abs()
    return float(np.average(gaps, weights=filled["samples"])) if len(filled) else float("nan")


def confusions(readings: Readings) -> pd.DataFrame:
    """Every pair of a class and another that it was read as, the most frequent first.

    `label`, `char`, `read`, `read_char`, `count`, `support` (samples of the class) and, for who looks for examples,
    the classes `truth_class` and `read_class`.
    """
    pairs, counts = confused(readings.truth[readings.known], readings.read[readings.known])
    truth, read = pairs.T
    support = np.bincount(readings.truth[readings.known], minlength=len(readings.classes))
    labels, chars = (np.array(texts, object) for texts in (readings.classes.labels, readings.classes.chars))
    return pd.DataFrame(
        {
            "label": labels[truth],
            "char": chars[truth],
            "read": labels[read],
            "read_char": chars[read],
            "count": counts,
            "support": support[truth],
            "truth_class": truth,
            "read_class": read,
        }
    )


def worst_classes(readings: Readings, at_most: int) -> tuple[np.ndarray, np.ndarray]:
    """The classes with most mistakes, of which or as which something was read, in their own order, and the counts of
    truths (rows) read as each of them (columns), `(n, n) int64`. All classes that occur, where there are few."""
    truth, read = readings.truth[readings.known], readings.read[readings.known]
    size, wrong = len(readings.classes), truth != read
    occurring = np.bincount(truth, minlength=size) + np.bincount(read, minlength=size)
    mistakes = np.bincount(truth[wrong], minlength=size) + np.bincount(read[wrong], minlength=size)
    chosen = np.flatnonzero(occurring if np.count_nonzero(occurring) <= at_most else mistakes)
    chosen = np.sort(chosen[np.argsort(-mistakes[chosen], kind="stable")[:at_most]])
    place = np.full(size, -1)
    place[chosen] = np.arange(len(chosen))
    rows, columns = place[truth], place[read]
    inside = (rows >= 0) & (columns >= 0)
    counts = np.bincount(rows[inside] * len(chosen) + columns[inside], minlength=len(chosen) ** 2)
    return chosen, counts.reshape(len(chosen), len(chosen))


def by_frequency(readings: Readings) -> pd.DataFrame:
    """How classes are read by how many training samples they had: `training_samples`, `classes`, `samples`,
    `accuracy` and `macro_recall` (the mean over classes), a row for each band that has samples."""
    truth, right = readings.truth[readings.known], readings.right[readings.known]
    size = len(readings.classes)
    support, hits = np.bincount(truth, minlength=size), np.bincount(truth[right], minlength=size)
    trained = np.array(readings.classes.counts, np.int64)
    rows = []
    for low, high in _BANDS:
        chosen = (support > 0) & (trained >= low) & (trained < (np.inf if high is None else high))
        if chosen.any():
            recalls = hits[chosen] / support[chosen]
            accuracy = hits[chosen].sum() / support[chosen].sum()
            rows.append((_band(low, high), chosen.sum(), support[chosen].sum(), accuracy, recalls.mean()))
    return pd.DataFrame(rows, columns=["training_samples", "classes", "samples", "accuracy", "macro_recall"])


def _band(low: int, high: int | None) -> str:
    return f"{low:,} and more" if high is None else f"fewer than {high}" if low == 0 else f"{low}–{high - 1}"
