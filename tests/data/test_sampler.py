import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mojika.data.sampler import epoch_rows

TARGETS = np.array([0] * 50 + [1] * 5 + [2] * 12)
ONCE = np.ones(len(TARGETS), np.int64)


def rows(**changes) -> np.ndarray:
    options = {"undersampling": None, "shuffle": True, "seed": 0, "epoch": 0} | changes
    return epoch_rows(options.pop("targets", TARGETS), options.pop("repeat", ONCE), **options)


def test_without_shuffling_the_lists_order_stays():
    assert rows(shuffle=False).tolist() == list(range(len(TARGETS)))
    repeat = np.where(TARGETS == 1, 3, 1)
    assert rows(shuffle=False, repeat=repeat).tolist() == np.repeat(np.arange(len(TARGETS)), repeat).tolist()


def test_shuffling_takes_every_position_once_and_anew_each_epoch():
    first, second = rows(), rows(epoch=1)
    assert first.dtype == np.int64
    assert sorted(first) == sorted(second) == list(range(len(TARGETS)))
    assert first.tolist() != second.tolist()
    assert first.tolist() == rows().tolist() != rows(seed=1).tolist()


def test_undersampling_caps_each_class_and_draws_anew_without_replacement():
    epochs = [rows(undersampling=10, epoch=epoch) for epoch in range(60)]
    for taken in epochs:
        assert np.bincount(TARGETS[taken]).tolist() == [10, 5, 10]
        assert len(set(taken)) == len(taken)
    often = np.bincount(np.concatenate(epochs), minlength=50)[:50]
    assert often.min() > 0 and often.max() < 30  # each of class 0 is taken about 12 times out of 60


def test_the_cap_acts_after_repetition():
    repeat = np.where(TARGETS == 1, 20, 1)  # 5 samples, 100 places
    taken = rows(undersampling=30, repeat=repeat)
    assert np.bincount(TARGETS[taken]).tolist() == [30, 30, 12]


def test_an_empty_list_has_empty_epochs():
    empty = np.empty(0, np.int64)
    assert len(epoch_rows(empty, empty, undersampling=5, shuffle=True, seed=0, epoch=0)) == 0


@given(
    arrays(np.int64, st.integers(0, 60), elements=st.integers(0, 5)),
    st.data(),
    st.integers(1, 10) | st.none(),
    st.booleans(),
)
def test_counts_are_those_of_repetition_then_cap(targets, data, undersampling, shuffle):
    repeat = data.draw(arrays(np.int64, len(targets), elements=st.integers(1, 4)))
    taken = epoch_rows(targets, repeat, undersampling=undersampling, shuffle=shuffle, seed=3, epoch=7)
    repeated = np.bincount(targets, weights=repeat, minlength=6)
    expected = repeated if undersampling is None else np.minimum(repeated, undersampling)
    np.testing.assert_array_equal(np.bincount(targets[taken], minlength=6), expected)
    assert (np.bincount(taken, minlength=len(targets)) <= repeat).all()
    if not shuffle:
        assert (np.diff(taken) >= 0).all()


@pytest.mark.parametrize("epoch", [0, 1])
def test_an_epoch_does_not_depend_on_those_before(epoch):
    np.random.default_rng(0).random(10)
    assert rows(epoch=epoch, undersampling=7).tolist() == rows(epoch=epoch, undersampling=7).tolist()
