"""A report on a classifier: of each head its numbers, mistakes, certainty and classes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from torch import Tensor

from mojika.data.class_list import ClassList
from mojika.reports import markup
from mojika.reports.charts import frequency_chart, reliability_chart
from mojika.reports.page import Chapter, Section, write_report
from mojika.reports.readings import (
    Readings,
    by_frequency,
    calibration_error,
    confusions,
    reliability,
    worst_classes,
)

Gather = Callable[[np.ndarray], np.ndarray]

_CONFUSIONS, _CLASSES_OF_MATRIX, _ON_A_WALL = 24, 30, 48
_OF_THE_WHOLE = ("score", "accuracy", "macro_recall", "samples")  # numbers of several heads together
_CROPS = 4  # of each kind beside a confusion


def head_readings(
    classes: Mapping[str, ClassList], truths: Mapping[str, np.ndarray], readings: Sequence[tuple[Tensor, Tensor]]
) -> list[Readings]:
    """Of each head, from the truths of a comparison and the best readings (probabilities and classes, `(N, K)`)."""
    return [
        Readings(head, own, truths[head], best[:, 0].numpy(), probabilities[:, 0].numpy())
        for (head, own), (probabilities, best) in zip(classes.items(), readings, strict=True)
    ]


def write_classifier_report(
    folder: Path,
    titles: tuple[str, str],
    heads: Sequence[Readings],
    tables: tuple[pd.DataFrame, pd.DataFrame],
    gather: Gather,
    numbers: Mapping[str, float],
    calibrated: Mapping[str, pd.DataFrame] = MappingProxyType({}),
) -> Path:
    """Write the page and its tables into `folder`; returns the page's path.

    `titles` are a name and a line below it, `tables` the `class_report` of all heads and a row for each sample.
    `gather` returns the images `(n, H, W, C) uint8` of samples by number; `numbers` are those of the comparison, and
    `calibrated` the reliability of heads after calibration.
    """
    classes, samples = tables
    several = len(heads) > 1
    parts = [
        _Part.of(own, classes[classes["head"] == own.head] if several else classes, calibrated.get(own.head))
        for own in heads
    ]
    chapters = [
        Chapter(part.readings.head.replace("_", " ") if several else "", part.tiles(), _sections(part, gather))
        for part in parts
    ]
    whole = {name: numbers[name] for name in _OF_THE_WHOLE if several and name in numbers}
    opening = markup.tiles({name.replace("_", " "): value for name, value in whole.items()}) if whole else ""
    shown = {
        "classes": classes,
        "confusions": _joined(parts, lambda part: part.mistakes.drop(columns=["truth_class", "read_class"])),
        "reliability": _joined(parts, lambda part: part.bins),
        "frequency": _joined(parts, lambda part: part.frequency),
        "samples": samples,
    }
    return write_report(folder, titles, opening, chapters, shown)


@dataclass(frozen=True, eq=False)
class _Part:
    """One head: its readings and the tables that follow from them."""

    readings: Readings
    classes: pd.DataFrame
    mistakes: pd.DataFrame
    bins: pd.DataFrame
    frequency: pd.DataFrame
    calibrated: pd.DataFrame | None

    @classmethod
    def of(cls, own: Readings, classes: pd.DataFrame, calibrated: pd.DataFrame | None) -> "_Part":
        bins = reliability(own.probability[own.known], own.right[own.known])
        return cls(own, classes, confusions(own), bins, by_frequency(own), calibrated)

    def tiles(self) -> str:
        own, occurring = self.readings, self.classes["support"] > 0
        unknown = len(own.truth) - len(own.known)
        return markup.tiles(
            {
                "accuracy": np.mean(own.right[own.known]),
                "macro recall": self.classes.loc[occurring, "recall"].mean(),
                "macro F1": self.classes["f1"].mean(),
                "mean probability": np.mean(own.probability[own.known], dtype=np.float64),
                "calibration error": calibration_error(self.bins),
                **({} if self.calibrated is None else {"after calibration": calibration_error(self.calibrated)}),
                "samples": len(own.known),
                "classes": int(occurring.sum()),
                **({"of unknown classes": unknown} if unknown else {}),
            }
        )


def _joined(parts: Sequence[_Part], table: Callable[[_Part], pd.DataFrame]) -> pd.DataFrame:
    """The tables one below the other, the head first where there are several."""
    tables = [table(part) for part in parts]
    if len(parts) == 1:
        return tables[0]
    named = [each.assign(head=part.readings.head)[["head", *each]] for part, each in zip(parts, tables, strict=True)]
    return pd.concat(named, ignore_index=True)


def _sections(part: _Part, gather: Gather) -> list[Section]:
    own = part.readings
    unsure = own.known[np.argsort(own.probability[own.known], kind="stable")[:_ON_A_WALL]]
    wrong = own.known[~own.right[own.known]]
    sure = wrong[np.argsort(-own.probability[wrong], kind="stable")[:_ON_A_WALL]]
    return [
        Section(
            "Worst confusions",
            "What was most often read as what: crops that were misread, the surest first, beside ones of the same "
            "class that were read right, and ones of the class that they were taken for.",
            _confusion_cards(own, part.mistakes, gather) if len(part.mistakes) else "<p>Nothing was misread.</p>",
        ),
        Section(
            "Confusion matrix",
            f"Rows are what it is, columns what was read; of more than {_CLASSES_OF_MATRIX} classes those with most "
            "mistakes. The shade is the share of the row's samples.",
            _matrix(own),
        ),
        Section(
            "Certainty",
            "Readings in bins of equal probability: where the line is below the diagonal the model is too sure, above "
            "it too modest. The calibration error is the mean distance from the diagonal over the samples.",
            f'<div class="charts">{reliability_chart(f"{own.head}-certainty-chart", part.bins, part.calibrated)}'
            f"{markup.table(part.bins, 'bins of probability')}</div>",
        ),
        Section(
            "Rare and common classes",
            "Classes by how many training samples they had. Macro recall is the mean over classes, in which a rare one "
            "weighs as much as a common one.",
            f'<div class="charts">{frequency_chart(f"{own.head}-frequency-chart", part.frequency)}'
            f"{markup.table(part.frequency, 'rare and common classes')}</div>",
        ),
        Section(
            "Least certain",
            "The crops with the lowest probability, wrong ones underlined in the colour of mistakes.",
            _wall(own, unsure, gather),
        ),
        Section(
            "Surest mistakes",
            "Misread crops with the highest probability; look here for wrong labels.",
            _wall(own, sure, gather) if len(sure) else "<p>Nothing was misread.</p>",
        ),
        Section(
            "All classes",
            "Precision, recall and F1 of every class that occurs or was read.",
            markup.table(
                _with_characters(own, part.classes), "all classes", glyphs=["character"], search=f"find-{own.head}"
            ),
        ),
    ]


def _with_characters(own: Readings, classes: pd.DataFrame) -> pd.DataFrame:
    chars = dict(zip(own.classes.labels, own.classes.chars, strict=True))
    table = classes.drop(columns="head", errors="ignore")
    table.insert(0, "character", [chars[label] for label in table["label"]])
    return table


def _confusion_cards(own: Readings, mistakes: pd.DataFrame, gather: Gather) -> str:
    by_certainty = own.known[np.argsort(-own.probability[own.known], kind="stable")]
    truth, read = own.truth[by_certainty], own.read[by_certainty]
    cards = []
    for row in mistakes.head(_CONFUSIONS).to_dict("records"):
        other, taken, here, there = (row[name] for name in ("truth_class", "read_class", "char", "read_char"))
        strips = (
            ("misread", (truth == other) & (read == taken)),
            (f"{here} read right", (truth == other) & (read == other)),
            (f"true {there}", truth == taken),
        )
        drawn = "".join(
            markup.strip(escape(words), _crops(own, by_certainty[chosen][:_CROPS], gather)) for words, chosen in strips
        )
        title = f"{markup.glyph(here)} read as {markup.glyph(there)}"
        share = f'<span class="count">{row["count"]:,} of {row["support"]:,}</span>'
        cards.append(f'<li class="card"><p class="pair">{share}{title}</p><div class="strips">{drawn}</div></li>')
    return f'<ol class="cards">{"".join(cards)}</ol>'


def _matrix(own: Readings) -> str:
    chosen, counts = worst_classes(own, _CLASSES_OF_MATRIX)
    if not len(chosen):
        return "<p>Nothing was misread.</p>"
    support = np.bincount(own.truth[own.known], minlength=len(own.classes))[chosen]
    return markup.matrix([own.classes.chars[number] for number in chosen], counts, support)


def _crops(own: Readings, rows: np.ndarray, gather: Gather) -> list[str]:
    images = gather(rows) if len(rows) else ()
    return [markup.crop(image, _words(own, row)) for image, row in zip(images, rows.tolist(), strict=True)]


def _words(own: Readings, row: int) -> str:
    chars = own.classes.chars
    return f"{chars[own.truth[row]]} read as {chars[own.read[row]]}, probability {own.probability[row]:.2f}"


def _wall(own: Readings, rows: np.ndarray, gather: Gather) -> str:
    chars, items = own.classes.chars, []
    for picture, row in zip(_crops(own, rows, gather), rows.tolist(), strict=True):
        truth, read = markup.glyph(chars[own.truth[row]]), markup.glyph(chars[own.read[row]])
        words = truth if own.right[row] else f"{truth} → {read}"
        kind = "" if own.right[row] else ' class="wrong"'
        caption = f"<figcaption>{words} {own.probability[row]:.2f}</figcaption>"
        items.append(f"<li{kind}><figure>{picture}{caption}</figure></li>")
    return f'<ol class="wall">{"".join(items)}</ol>'
