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

    `repeat` `(T,)` and `valid_repeat` `(V,) int64` say how often an epoch and a validation take each row.
    """

    train: np.ndarray
    train_shared: np.ndarray
    repeat: np.ndarray
    valid: np.ndarray
    valid_shared: np.ndarray
    valid_repeat: np.ndarray


def split_by_book(
    targets: np.ndarray,
    groups: np.ndarray,
    hold_out: Collection[str],
    *,
    min_train: int = 100,
    fill: int = 20,
    fill_fraction: float = 0.1,
    min_valid: int = 1,
    copy_rare: bool = False,
    extra_copy: bool = False,
    seed: int = 0,
) -> Split:
    """Split samples, classes `targets` `(N,) int64` of books `groups` `(N,)`, so that `hold_out` are for validation.

    - Of a class that does not occur in the held-out books, `fill_fraction` of the training samples, at most `fill`,
      move to validation. Where that is less than one sample, up to `fill` of its samples are put in both lists.
    - All samples of a class that occurs only in the held-out books are put in both lists.
    - Every training sample of a class with n < `min_train` is repeated ⌈min_train / n⌉ times, and likewise for
      validation where n < `min_valid`.

    The lists of 2019 had `copy_rare`: a class that either side lacks has `fill` samples moved there only if
    `fill_fraction` of it is more than `fill`, and else all of its samples in both lists. They also had an `extra_copy`
    of what is repeated, 1 + ⌊min_train / n⌋ in all.

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

    moved, shared = np.zeros(len(targets), bool), np.zeros(len(targets), bool)  # to the other side, and in both
    generator = np.random.default_rng(seed)
    lacking = ((in_valid == 0) | (in_train == 0)) if copy_rare else in_valid == 0
    if not copy_rare:
        shared |= held & (in_train[targets] == 0)
    for rows in _rows_by_class(targets, lacking & (in_train + in_valid > 0)):
        spared, most = math.floor(fill_fraction * len(rows)), fill
        if copy_rare:
            spared, most = (fill, fill) if spared > fill else (0, len(rows))
        spared = min(fill, spared)
        chosen = generator.permutation(rows)[: spared or most]
        (moved if spared else shared)[chosen] = True

    train = np.flatnonzero((held == moved) | shared)
    valid = np.flatnonzero((held != moved) | shared)
    return Split(
        train,
        shared[train],
        _repeats(targets[train], min_train, extra_copy),
        valid,
        shared[valid],
        _repeats(targets[valid], min_valid, extra_copy),
    )


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
    once = np.ones(len(valid_rows), np.int64)
    return Split(train_rows, shared[train_rows], repeat, valid_rows, shared[valid_rows], once)


def _repeats(targets: np.ndarray, at_least: int, extra_copy: bool = False) -> np.ndarray:
    """How often each row is taken, so that every class comes `at_least` so many times."""
    per_class = np.bincount(targets)[targets]
    times = 1 + at_least // per_class if extra_copy else -(-at_least // per_class)
    return np.where(per_class < at_least, times, 1)


def _rows_by_class(targets: np.ndarray, wanted: np.ndarray) -> list[np.ndarray]:
    """Row numbers of each class that is `wanted`, `(classes,) bool`, in the order of the classes."""
    order = np.argsort(targets, kind="stable")
    bounds = np.searchsorted(targets[order], np.arange(len(wanted) + 1))
    return [order[bounds[index] : bounds[index + 1]] for index in np.flatnonzero(wanted)]
