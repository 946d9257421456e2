"""Which samples train and which validate.

By book: whole books are held out, so that no writer is on both sides. At random: where every class must be on both
sides, as when the books are the classes.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from mojika.data.class_list import named
from mojika.errors import UserError


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers `(T,)` and `(V,) int64`, ascending, and which of them are in both lists (`*_shared`, bool).

    `repeat` `(T,) int64` says how often an epoch takes each training row.
    """

    train: np.ndarray
    train_shared: np.ndarray
    repeat: np.ndarray
    valid: np.ndarray
    valid_shared: np.ndarray


def split_by_book(
    targets: np.ndarray,
    groups: np.ndarray,
    hold_out: Collection[str],
    *,
    min_train: int = 100,
    fill: int = 20,
    fill_fraction: float = 0.1,
    seed: int = 0,
) -> Split:
    """Split samples, classes `targets` `(N,) int64` of books `groups` `(N,)`, so that `hold_out` are for validation.

    - Of a class that does not occur in the held-out books, `fill_fraction` of the training samples, at most `fill`,
      move to validation. Where that is less than one sample, up to `fill` of its samples are put in both lists.
    - All samples of a class that occurs only in the held-out books are put in both lists.
    - Every training sample of a class with n < `min_train` is repeated ⌈min_train / n⌉ times.

    So every class that occurs can be learnt, and with `fill` above 0 every class is validated. Raises `UserError` on
    books that do not occur, and where nothing is left for training.
    """
    books = sorted(set(groups))
    unknown = sorted(set(hold_out) - set(books))
    if unknown:
        raise UserError(f"nothing called {', '.join(unknown)} to hold out; there are {named(books, at_most=50)}")
    held = np.isin(groups, list(hold_out))
    if held.all():
        raise UserError(f"holding out {', '.join(sorted(hold_out))} leaves nothing to train on")

    class_count = int(targets.max()) + 1
    in_train = np.bincount(targets[~held], minlength=class_count)
    in_valid = np.bincount(targets[held], minlength=class_count)

    moved, shared = np.zeros(len(targets), bool), np.zeros(len(targets), bool)
    shared |= held & (in_train[targets] == 0)
    generator = np.random.default_rng(seed)
    for rows in _rows_by_class(targets, (in_valid == 0) & (in_train > 0)):
        spared = min(fill, math.floor(fill_fraction * len(rows)))
        chosen = generator.permutation(rows)[: spared or fill]
        (moved if spared else shared)[chosen] = True

    train = np.flatnonzero((~held & ~moved) | shared)
    valid = np.flatnonzero(held | moved | shared)
    return Split(train, shared[train], _repeats(targets[train], min_train), valid, shared[valid])


def split_at_random(targets: np.ndarray, share: float, *, min_train: int = 100, seed: int = 0) -> Split:
    """Split samples of the classes `targets` `(N,) int64` so that `share` of each class is for validation.

    A class of n samples gives ⌊share · n + ½⌋ of them, but at least one and never all; the only sample of a class is
    put in both lists. Repetition is that of `split_by_book`. Raises `UserError` on a share of nothing or of all.
    """
    if not 0 < share < 1:
        raise UserError(f"expected a share between 0 and 1 for validation, found {share:g}")
    class_sizes = np.bincount(targets)
    valid, shared = np.zeros(len(targets), bool), class_sizes[targets] == 1
    generator = np.random.default_rng(seed)
    for rows in _rows_by_class(targets, class_sizes > 1):
        given = min(max(math.floor(share * len(rows) + 0.5), 1), len(rows) - 1)
        valid[generator.permutation(rows)[:given]] = True
    train_rows, valid_rows = np.flatnonzero(~valid), np.flatnonzero(valid | shared)
    repeat = _repeats(targets[train_rows], min_train)
    return Split(train_rows, shared[train_rows], repeat, valid_rows, shared[valid_rows])


def _repeats(targets: np.ndarray, at_least: int) -> np.ndarray:
    """How often an epoch takes each row, so that every class comes `at_least` so many times."""
    per_class = np.bincount(targets)[targets]
    return np.where(per_class < at_least, -(-at_least // per_class), 1)


def _rows_by_class(targets: np.ndarray, wanted: np.ndarray) -> list[np.ndarray]:
    """Row numbers of each class that is `wanted`, `(classes,) bool`, in the order of the classes."""
    order = np.argsort(targets, kind="stable")
    bounds = np.searchsorted(targets[order], np.arange(len(wanted) + 1))
    return [order[bounds[index] : bounds[index + 1]] for index in np.flatnonzero(wanted)]
