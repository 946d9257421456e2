import numpy as np
import pytest

from mojika.data.split_graphemes import among, hold_out_graphemes, split_graphemes, stratified_folds
from mojika.errors import UserError


def zipf_targets(count: int, seed: int = 0) -> np.ndarray:
    """Three heads of 40, 8 and 4 classes, the first ones much more frequent than the last."""
    generator = np.random.default_rng(seed)
    heads = [generator.choice(n, count, p=(weights := 1 / np.arange(1, n + 1)) / weights.sum()) for n in (40, 8, 4)]
    return np.stack(heads, axis=1)


def test_every_class_of_every_head_is_spread_evenly():
    """Dealt out by lot, frequent classes are off by 15 to 45 samples."""
    targets = zipf_targets(4000)
    fold = stratified_folds(targets, 5)
    assert np.abs(np.bincount(fold) - 800).max() <= 2
    for head, column in enumerate(targets.T):
        counts = np.stack([np.bincount(column[fold == number], minlength=column.max() + 1) for number in range(5)])
        assert np.abs(counts - counts.mean(axis=0)).max() <= (3 if head else 1.5)


def test_a_single_head_is_dealt_out_exactly():
    targets = np.repeat([0, 1, 2], [7, 10, 2])[:, None]
    fold = stratified_folds(targets, 3, seed=4)
    counts = np.stack([np.bincount(targets[fold == number, 0], minlength=3) for number in range(3)])
    assert np.sort(counts, axis=0).T.tolist() == [[2, 2, 3], [3, 3, 4], [0, 1, 1]]


def test_folds_follow_from_the_seed():
    targets = zipf_targets(500)
    assert np.array_equal(stratified_folds(targets, 4, 1), stratified_folds(targets, 4, 1))
    assert not np.array_equal(stratified_folds(targets, 4, 1), stratified_folds(targets, 4, 2))


@pytest.mark.parametrize("folds", [0, 1, 11])
def test_a_count_of_folds_that_makes_no_sense_is_refused(folds):
    with pytest.raises(UserError, match="expected from 2 folds to one for each of 10 samples"):
        stratified_folds(np.zeros((10, 2), np.int64), folds)


@pytest.mark.parametrize("seed", range(5))
def test_held_out_graphemes_leave_no_class_untrained(seed):
    targets = zipf_targets(600, seed)
    trained = np.arange(600) % 3 > 0
    held = hold_out_graphemes(targets, trained, 0.2, seed)
    assert len(held) == round(0.2 * len(np.unique(targets, axis=0))) == len(np.unique(held, axis=0))
    left = targets[trained & ~among(targets, held)]
    for before, after in zip(targets[trained].T, left.T, strict=True):
        assert set(before) == set(after)


def test_graphemes_that_a_class_cannot_spare_stay():
    """(0, 0) is the only one of root 0 and (2, 1) of vowel 1: of the four graphemes two can go, one by one."""
    targets = np.array([[0, 0], [1, 0], [2, 0], [2, 1], [1, 0]])
    for seed in range(8):
        held = hold_out_graphemes(targets, np.ones(5, bool), 0.25, seed)
        assert held.tolist() == [[2, 0]]
    with pytest.raises(UserError, match="unseen 0.5: 2 of 4 graphemes were to be held out, but only 1 can be"):
        hold_out_graphemes(targets, np.ones(5, bool), 0.5)


def test_held_out_graphemes_validate_or_are_left_out():
    targets = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [0, 0], [0, 1], [1, 0], [1, 1]])
    valid = np.arange(8) >= 4
    for validate_all in (True, False):
        split = split_graphemes(targets, valid, 0.25, validate_all=validate_all)
        ((root, vowel),) = split.held_graphemes.tolist()
        number = 2 * root + vowel
        assert split.train.tolist() == [row for row in range(4) if row != number]
        assert split.valid.tolist() == ([number] if validate_all else []) + [4, 5, 6, 7]
    with pytest.raises(UserError, match="nothing is left to train on"):
        split_graphemes(targets, np.ones(8, bool), validate_all=True)
