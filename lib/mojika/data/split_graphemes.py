"""Which graphemes train and which validate: samples with several labels, over which a split has to be fair at once."""

import math
from dataclasses import dataclass

import numpy as np

from mojika.errors import ParameterError, UserError


@dataclass(frozen=True, eq=False)
class GraphemeSplit:
    """Row numbers `train` `(T,)` and `valid` `(V,) int64`, ascending, apart from each other; others are left out.

    `held_graphemes` `(G, heads) int64`: the triples of classes that were held out as such.
    """

    train: np.ndarray
    valid: np.ndarray
    held_graphemes: np.ndarray


def stratified_folds(targets: np.ndarray, folds: int, seed: int = 0) -> np.ndarray:
    """The fold of each sample, `(N,) int64` below `folds`, so that every class of every head is spread evenly.

    `targets` `(N, heads) int64`. Iterative stratification (Sechidis, Tsoumakas, Vlahavas: On the Stratification of
    Multi-Label Data, ECML PKDD 2011): the class with the fewest samples left is distributed first, each of its samples
    to the fold that needs most of this class, among equals to the one that needs most samples, and then at random.
    """
    if not 2 <= folds <= len(targets):
        raise UserError(f"expected from 2 folds to one for each of {len(targets):,} samples, found {folds}")
    generator = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(targets.max(axis=0) + 1)])
    labels = targets + offsets[:-1]  # classes of all heads counted through
    left = np.bincount(labels.ravel(), minlength=offsets[-1])
    lacking = [[count / folds] * folds for count in left.tolist()]  # samples of each class that each fold is still due
    room = [len(targets) / folds] * folds
    ties = generator.random((len(targets), folds))
    rows_of, labels_of = _rows_by_label(labels, len(left)), labels.tolist()
    fold = np.full(len(targets), -1)
    while left.any():
        rarest = int(np.argmin(np.where(left > 0, left, len(targets) + 1)))
        rows = rows_of[rarest][fold[rows_of[rarest]] < 0]
        for row in generator.permutation(rows).tolist():
            due, tie = lacking[rarest], ties[row].tolist()
            chosen = max(range(folds), key=lambda k: (round(due[k], 6), round(room[k], 6), tie[k]))  # noqa: B023
            fold[row] = chosen
            room[chosen] -= 1
            for label in labels_of[row]:
                lacking[label][chosen] -= 1
        left -= np.bincount(labels[rows].ravel(), minlength=len(left))
    return fold


def hold_out_graphemes(targets: np.ndarray, trained: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """Distinct rows of `targets`, `(G, heads) int64`: a `share` of all graphemes, chosen at random.

    Without their samples every class that occurs in the rows `trained` `(N,) bool` still does; graphemes that a class
    cannot spare stay. Raises `UserError` where fewer can be spared than the share asks for.
    """
    graphemes, grapheme_of = np.unique(targets, axis=0, return_inverse=True)
    grapheme_of = grapheme_of.reshape(-1)
    samples = np.bincount(grapheme_of[trained], minlength=len(graphemes))  # trained samples of each grapheme
    left = [np.bincount(column[trained], minlength=column.max() + 1) for column in targets.T]
    wanted = math.floor(share * len(graphemes) + 0.5)
    held: list[int] = []
    for grapheme in np.random.default_rng(seed).permutation(len(graphemes)):
        classes = graphemes[grapheme]
        if len(held) < wanted and all(
            counts[label] == 0 or counts[label] > samples[grapheme] for counts, label in zip(left, classes, strict=True)
        ):
            held.append(grapheme)
            for counts, label in zip(left, classes, strict=True):
                counts[label] -= samples[grapheme]
    if len(held) < wanted:
        raise ParameterError(
            f"{{unseen}} {share:g}: {wanted:,} of {len(graphemes):,} graphemes were to be held out, but only "
            f"{len(held):,} can be without taking a class from training; ask for a smaller share"
        )
    return graphemes[np.sort(np.array(held, np.int64))]


def among(targets: np.ndarray, graphemes: np.ndarray) -> np.ndarray:
    """Which rows of `targets` `(N, heads)` are rows of `graphemes` `(G, heads)`, `(N,) bool`."""
    known = set(map(tuple, graphemes.tolist()))
    return np.fromiter((tuple(row) in known for row in targets.tolist()), bool, len(targets))


def split_graphemes(
    targets: np.ndarray, valid: np.ndarray, unseen: float = 0.0, *, validate_all: bool, seed: int = 0
) -> GraphemeSplit:
    """Train on the samples that are not `valid` `(N,) bool`, and hold a share `unseen` of the graphemes out.

    The samples of held-out graphemes leave training; with `validate_all` they join validation, else those that are not
    there already are left out, as where validation is whole writers.
    """
    held = hold_out_graphemes(targets, ~valid, unseen, seed) if unseen else targets[:0]
    is_held = among(targets, held)
    train = ~valid & ~is_held
    if not train.any():
        raise UserError("nothing is left to train on: hold fewer samples out")
    chosen = valid | is_held if validate_all else valid
    return GraphemeSplit(np.flatnonzero(train), np.flatnonzero(chosen), held)


def _rows_by_label(labels: np.ndarray, count: int) -> list[np.ndarray]:
    rows, flat = np.repeat(np.arange(len(labels)), labels.shape[1]), labels.ravel()
    order = np.argsort(flat, kind="stable")
    return np.split(rows[order], np.searchsorted(flat[order], np.arange(1, count)))
