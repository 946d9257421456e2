"""Samples of one list that are held out for validation, where there is no list of them."""

import dataclasses

import numpy as np

from mojika.data.split import split_at_random
from mojika.data.split_list import SplitList


def with_held_out(split: SplitList, share: float, seed: int) -> tuple[SplitList, SplitList]:
    """Samples to train on and to validate on: of every combination of labels `share`, as `split_at_random` draws it.

    The only sample of a combination is in both and marked as shared. Validation takes each sample once. Raises
    `UserError` on a share of nothing or of all.
    """
    _, strata = np.unique(split.targets, axis=0, return_inverse=True)
    drawn = split_at_random(strata.reshape(-1), share, min_train=1, seed=seed)
    train, valid = split.at(drawn.train), split.at(drawn.valid)
    return (
        dataclasses.replace(train, shared=train.shared | drawn.train_shared),
        dataclasses.replace(valid, shared=valid.shared | drawn.valid_shared, repeat=np.ones(len(valid), np.int64)),
    )
