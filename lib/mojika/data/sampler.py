"""Which samples an epoch takes, and in which order: undersampling and repetition act on positions, never on files."""

import numpy as np


def epoch_rows(
    targets: np.ndarray,
    repeat: np.ndarray,
    *,
    undersampling: int | None,
    shuffle: bool,
    seed: int,
    epoch: int,
) -> np.ndarray:
    """Positions in a split list, `(M,) int64`; a pure function of its arguments.

    Every position comes `repeat` times (`(N,)`); then each class of `targets` (`(N,)`) is cut down to at most
    `undersampling` positions, drawn again each epoch without replacement. Without `shuffle` positions ascend.
    """
    generator = np.random.default_rng([seed, epoch])
    positions = np.repeat(np.arange(len(targets), dtype=np.int64), repeat)
    if undersampling is not None or shuffle:
        positions = generator.permutation(positions)
    if undersampling is not None:
        positions = positions[_rank_within_class(targets[positions]) < undersampling]
    return positions if shuffle else np.sort(positions)


def _rank_within_class(classes: np.ndarray) -> np.ndarray:
    """How many earlier entries have the same class, `(N,)`."""
    order = np.argsort(classes, kind="stable")
    ordered = classes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, np.int64)
    lengths = np.diff(np.r_[starts, len(ordered)])
    ranks = np.empty(len(classes), np.int64)
    ranks[order] = np.arange(len(ordered)) - np.repeat(starts, lengths)
    return ranks
