"""The plan of a generated Bengali sample: which graphemes, how often, and who writes them. Nothing is drawn yet."""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mojika.data.class_list import named
from mojika.data.grapheme_labels import HEADS, read_label_triples
from mojika.errors import ParameterError, UserError
from mojika.samples.graphemes.components import Labels, components, compose
from mojika.samples.graphemes.fonts import BengaliFont
from mojika.samples.graphemes.grammar import combinations

SCHEMA = 1
_GRAPHEMES = 1295  # different graphemes in the competition's training set
_EVENED = 0.5  # exponent of a grapheme's share: the competition collected common and rare ones almost equally often
_PER_CLASS = 3  # of them, as far as there are as many, hold each class
_HELD_OUT = 0.12  # share of them kept out of training, if part of the test set is unseen
_TEST_WRITERS = 0.25  # of the training set's, rounded, at least one


@dataclass(frozen=True)
class GraphemeParameters:
    """What a sample is made from; equal parameters and fonts make equal bytes."""

    train: int  # images
    test: int
    writers: int  # of the training set; those of the test set are others
    shards: int  # files that the images of each set are in
    min_per_class: int  # images of each class of each component in the training set
    unseen: float  # share of the test images whose grapheme does not occur in the training set
    seed: int
    like: tuple[tuple[Labels, int], ...] = ()  # the graphemes to draw and how often they occur; all plausible ones

    def as_dict(self, fonts: dict[str, BengaliFont]) -> dict[str, Any]:
        described = dataclasses.asdict(self) | {"like": [[*labels, count] for labels, count in self.like]}
        if not self.like:
            del described["like"]
        digests = {style: font.digest for style, font in fonts.items()}
        return {"schema": SCHEMA, "kind": "bengali", **described, "fonts": digests}


@dataclass(frozen=True)
class Writing:
    """The images of one set: `labels (N, 3) int64` in the order of `HEADS`, `writers (N,) int64` from 1."""

    labels: np.ndarray
    writers: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class GraphemePlan:
    parameters: GraphemeParameters
    train: Writing
    test: Writing
    undrawable: tuple[str, ...]  # roots, diacritics or, where they were named, graphemes that no font can draw


def read_graphemes(paths: Iterable[Path]) -> tuple[tuple[Labels, int], ...]:
    """The graphemes of label files or split lists and how often they occur, in the order of their labels.

    Raises `UserError` for a label that is not in the competition's class map.
    """
    found: Counter[Labels] = Counter()
    sizes = [len(components()[kind]) for kind in HEADS]
    for path in paths:
        for triple, count in Counter[tuple[str, ...]](read_label_triples(path)).items():
            for kind, label, size in zip(HEADS, triple, sizes, strict=True):
                if not label.isdecimal() or int(label) >= size:
                    raise UserError(
                        f"{path}: expected {kind} from 0 to {size - 1}, as in the class map, found {label!r}"
                    )
            found[Labels(*map(int, triple))] += count
    return tuple(sorted(found.items()))


def plan_graphemes(parameters: GraphemeParameters, fonts: dict[str, BengaliFont]) -> GraphemePlan:
    """Graphemes and writers of a sample.

    Raises:
        UserError: the training set has no room for `min_per_class` images of every class.
    """
    rng = np.random.default_rng([parameters.seed, 0])
    labels, shares = _named(parameters.like, fonts) if parameters.like else _inventory(fonts, rng)
    held_out = _held_out(labels, rng) if parameters.unseen and parameters.test else np.zeros(len(labels), bool)
    train = _training_rows(labels, np.where(held_out, 0, shares), parameters, rng)
    unseen = round(parameters.unseen * parameters.test)
    seen = _drawn(np.where(np.isin(np.arange(len(labels)), train), shares, 0), parameters.test - unseen, rng)
    test = rng.permutation(np.concatenate([seen, _drawn(np.where(held_out, shares, 0), unseen, rng)]))
    writers = rng.integers(1, 1 + parameters.writers, len(train))
    others = parameters.writers + rng.integers(1, 1 + max(1, round(_TEST_WRITERS * parameters.writers)), len(test))
    missing = _missing_graphemes(parameters.like, labels) if parameters.like else _missing_classes(labels)
    return GraphemePlan(parameters, Writing(labels[train], writers), Writing(labels[test], others), tuple(missing))


def _missing_classes(labels: np.ndarray) -> list[str]:
    return [
        f"{kind} {label} ({text})"
        for column, kind in enumerate(HEADS)
        for label, text in enumerate(components()[kind])
        if label not in labels[:, column]
    ]


def _missing_graphemes(like: tuple[tuple[Labels, int], ...], labels: np.ndarray) -> list[str]:
    drawn = set(map(tuple, labels.tolist()))
    return [compose(grapheme) for grapheme, _ in like if grapheme not in drawn]


def _named(like: tuple[tuple[Labels, int], ...], fonts: dict[str, BengaliFont]) -> tuple[np.ndarray, np.ndarray]:
    """Those of the named graphemes that a font can draw, `(N, 3) int64`, and their shares."""
    drawable = [(grapheme, count) for grapheme, count in like if _is_drawable(grapheme, fonts)]
    if not drawable:
        raise UserError(f"no font can draw any of the graphemes {named([compose(grapheme) for grapheme, _ in like])}")
    labels, counts = zip(*drawable, strict=True)
    return np.array(labels, np.int64), np.array(counts, float) ** _EVENED


def _inventory(fonts: dict[str, BengaliFont], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The sample's different graphemes, `(N, 3) int64`, and their shares: a draw from all, filled up for each class."""
    candidates, shares = combinations()
    order = np.argsort(-(np.log(shares) + rng.gumbel(size=len(shares))))  # a draw without replacement by shares
    chosen: list[int] = []
    holding = [np.zeros(len(components()[kind]), int) for kind in HEADS]
    for index in order:
        labels = candidates[index]
        wanted = len(chosen) < _GRAPHEMES or any(
            held[label] < _PER_CLASS for held, label in zip(holding, labels, strict=True)
        )
        if wanted and _is_drawable(labels, fonts):
            chosen.append(index)
            for held, label in zip(holding, labels, strict=True):
                held[label] += 1
    return np.array([candidates[index] for index in chosen], np.int64), shares[chosen] ** _EVENED


def _is_drawable(labels: Labels, fonts: dict[str, BengaliFont]) -> bool:
    text = compose(labels)
    return any(font.draws(text) for font in fonts.values())


def _held_out(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which graphemes are kept out of training, `(N,) bool`: it keeps others of each of their classes."""
    remaining = _counts(labels)
    held_out = np.zeros(len(labels), bool)
    for index in rng.permutation(len(labels)):
        if held_out.sum() >= _HELD_OUT * len(labels):
            break
        if all(remaining[column][label] > 1 for column, label in enumerate(labels[index])):
            held_out[index] = True
            for column, label in enumerate(labels[index]):
                remaining[column][label] -= 1
    return held_out


def _training_rows(
    labels: np.ndarray, shares: np.ndarray, parameters: GraphemeParameters, rng: np.random.Generator
) -> np.ndarray:
    """Indices of graphemes, one for each training image: rare classes up to their minimum first, then by shares."""
    counts = _counts(labels[:0])
    rows: list[int] = []
    present = [(column, label) for column in range(len(HEADS)) for label in np.unique(labels[shares > 0, column])]
    shares_of = {(column, label): np.where(labels[:, column] == label, shares, 0) for column, label in present}
    for column, label in sorted(present, key=lambda one: shares_of[one].sum()):
        lacking = max(0, parameters.min_per_class - counts[column][label])
        for index in _drawn(shares_of[column, label], lacking, rng):
            rows.append(index)
            for other, held in enumerate(labels[index]):
                counts[other][held] += 1
    if len(rows) > parameters.train:
        raise ParameterError(
            f"expected room for {parameters.min_per_class} images of every class, which takes {len(rows):,}, "
            f"found {{train}} {parameters.train}; raise it or lower {{min_per_class}}"
        )
    rest = _drawn(shares, parameters.train - len(rows), rng)
    return rng.permutation(np.concatenate([np.array(rows, np.int64), rest]))


def _counts(labels: np.ndarray) -> list[np.ndarray]:
    """How often each class of each component occurs in `(N, 3)` labels."""
    return [np.bincount(labels[:, column], minlength=len(components()[kind])) for column, kind in enumerate(HEADS)]


def _drawn(shares: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(len(shares), size=count, p=shares / shares.sum()) if count else np.zeros(0, np.int64)
