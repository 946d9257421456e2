import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mojika.data.split import Split, split_at_random, split_by_book
from mojika.errors import UserError


def split_of(books: dict[str, dict[int, int]], hold_out: list[str], **options) -> tuple[Split, np.ndarray, np.ndarray]:
    """Split samples given as book → class → count; also returns targets and groups."""
    entries = [(book, c) for book, counts in books.items() for c, n in counts.items() for _ in range(n)]
    groups, targets = np.array([b for b, _ in entries], dtype=object), np.array([c for _, c in entries], np.int64)
    return split_by_book(targets, groups, hold_out, **options), targets, groups


def test_the_held_out_book_is_validation_and_the_others_are_training():
    split, _, groups = split_of({"a": {0: 200, 1: 150}, "b": {0: 10, 1: 3}, "c": {0: 5}}, ["b"])
    assert set(groups[split.valid]) == {"b"} and set(groups[split.train]) == {"a", "c"}
    assert not split.train_shared.any() and not split.valid_shared.any()
    assert (split.repeat == 1).all()


@pytest.mark.parametrize("count, given_away", [(10, 1), (19, 1), (100, 10), (200, 20), (5000, 20)])
def test_a_class_that_the_held_out_book_lacks_gives_a_tenth_but_at_most_20(count, given_away):
    split, targets, _ = split_of({"a": {0: 300, 1: count}, "b": {0: 10}}, ["b"])
    assert (targets[split.valid] == 1).sum() == given_away
    assert (targets[split.train] == 1).sum() == count - given_away
    assert not set(split.train) & set(split.valid)


@pytest.mark.parametrize("count, moved", [(9, 0), (209, 0), (210, 20), (400, 20)])
@pytest.mark.parametrize("book", ["a", "b"])
def test_rules_of_2019_move_twenty_or_copy_all_of_a_class_that_one_side_lacks(count, moved, book):
    """`b` is held out: its samples move to training."""
    books = {"a": {0: 300}, "b": {0: 30}}
    books[book][1] = count
    split, targets, _ = split_of(books, ["b"], copy_rare=True)
    train, valid = (targets[split.train] == 1).sum(), (targets[split.valid] == 1).sum()
    there, here = (train, valid) if book == "a" else (valid, train)
    assert (there, here) == ((count - moved, moved) if moved else (count, count))
    assert split.train_shared.sum() == split.valid_shared.sum() == (0 if moved else count)
    assert ((targets[split.train] == 0).sum(), (targets[split.valid] == 0).sum()) == (300, 30)


@pytest.mark.parametrize("count", [1, 3, 19, 20, 50, 99, 100, 101])
def test_lists_of_2019_hold_a_rare_sample_once_more(count):
    split, targets, _ = split_of({"a": {0: count}, "b": {0: count}}, ["b"], min_valid=20, extra_copy=True)
    assert set(split.repeat) == {1 + 100 // count if count < 100 else 1}
    assert set(split.valid_repeat) == {1 + 20 // count if count < 20 else 1}


def test_validation_repeats_rare_classes_only_when_asked():
    books = {"a": {0: 300, 1: 300}, "b": {0: 30, 1: 3}}
    assert set(split_of(books, ["b"])[0].valid_repeat) == {1}
    split, targets, _ = split_of(books, ["b"], min_valid=20)
    assert set(split.valid_repeat[targets[split.valid] == 0]) == {1}
    assert set(split.valid_repeat[targets[split.valid] == 1]) == {7}


def test_a_class_with_too_few_samples_to_spare_stands_in_both_lists_marked():
    split, targets, _ = split_of({"a": {0: 300, 1: 9}, "b": {0: 10}}, ["b"])
    assert (targets[split.train] == 1).sum() == (targets[split.valid] == 1).sum() == 9
    np.testing.assert_array_equal(split.train_shared, targets[split.train] == 1)
    np.testing.assert_array_equal(split.valid_shared, targets[split.valid] == 1)


def test_a_class_that_only_the_held_out_book_has_stands_in_both_lists_marked():
    split, targets, _ = split_of({"a": {0: 300}, "b": {0: 10, 1: 40}}, ["b"])
    assert (targets[split.train] == 1).sum() == (targets[split.valid] == 1).sum() == 40
    assert split.train_shared.sum() == split.valid_shared.sum() == 40


@pytest.mark.parametrize("count, repeat", [(1, 100), (3, 34), (50, 2), (99, 2), (100, 1), (101, 1)])
def test_small_training_classes_are_repeated_to_100(count, repeat):
    split, targets, _ = split_of({"a": {0: 300, 1: count}, "b": {0: 1, 1: 1}}, ["b"])
    assert set(split.repeat[targets[split.train] == 1]) == {repeat}
    assert set(split.repeat[targets[split.train] == 0]) == {1}


def test_without_fill_validation_is_the_held_out_book_alone():
    split, _, groups = split_of({"a": {0: 300, 1: 9, 2: 200}, "b": {0: 10}}, ["b"], fill=0)
    assert set(groups[split.valid]) == {"b"}


def test_the_seed_chooses_what_is_given_away():
    books = {"a": {0: 300, 1: 500}, "b": {0: 10}}
    first, again, other = (split_of(books, ["b"], seed=seed)[0] for seed in (0, 0, 1))
    assert first.valid.tolist() == again.valid.tolist() != other.valid.tolist()


def test_an_unknown_book_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match="nothing called x to hold out; there are a, b"):
        split_of({"a": {0: 3}, "b": {0: 3}}, ["x", "a"])


def test_holding_out_every_book_is_refused():
    with pytest.raises(UserError, match="leaves nothing to train on"):
        split_of({"a": {0: 3}, "b": {0: 3}}, ["a", "b"])


books_of_classes = st.dictionaries(
    st.sampled_from("abcd"), st.dictionaries(st.integers(0, 6), st.integers(1, 130), min_size=1), min_size=2
)


@given(books_of_classes, st.data(), st.integers(0, 3))
def test_rules_hold_for_any_books(books, data, seed):
    hold_out = data.draw(st.lists(st.sampled_from(sorted(books)), min_size=1, max_size=len(books) - 1, unique=True))
    split, targets, groups = split_of(books, hold_out, seed=seed)
    in_both = np.intersect1d(split.train, split.valid)
    np.testing.assert_array_equal(in_both, split.train[split.train_shared])
    np.testing.assert_array_equal(in_both, split.valid[split.valid_shared])
    assert set(np.union1d(split.train, split.valid)) == set(range(len(targets)))
    assert set(targets[split.train]) == set(targets[split.valid]) == set(targets)
    assert np.bincount(targets[split.train], weights=split.repeat)[np.unique(targets)].min() >= 100
    held = np.isin(groups, hold_out)
    assert set(np.flatnonzero(held)) <= set(split.valid)
    assert set(split.train[~split.train_shared]) <= set(np.flatnonzero(~held))


@pytest.mark.parametrize("share, count, given", [(0.2, 2, 1), (0.2, 7, 1), (0.2, 8, 2), (0.25, 2, 1), (0.5, 3, 2),
                                                 (0.9, 3, 2), (0.2, 1000, 200)])  # fmt: skip
def test_at_random_a_class_gives_its_share_but_at_least_one_and_never_all(share, count, given):
    split = split_at_random(np.zeros(count, np.int64), share)
    assert (len(split.valid), len(split.train)) == (given, count - given)
    assert not set(split.train) & set(split.valid) and not split.valid_shared.any()


def test_at_random_the_only_sample_of_a_class_stands_in_both_lists_marked():
    split = split_at_random(np.array([0, 1, 0]), 0.5)
    assert 1 in split.train and 1 in split.valid
    np.testing.assert_array_equal(split.train_shared, split.train == 1)
    np.testing.assert_array_equal(split.valid_shared, split.valid == 1)


@pytest.mark.parametrize("share", [0, 1])
def test_a_random_share_that_leaves_a_side_empty_is_refused(share):
    with pytest.raises(UserError, match="expected a share between 0 and 1"):
        split_at_random(np.zeros(9, np.int64), share)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=80), st.floats(0.01, 0.99), st.integers(0, 3))
def test_random_splits_of_any_classes_hold_the_rules(labels, share, seed):
    targets = np.array(labels, np.int64)
    split = split_at_random(targets, share, seed=seed, min_train=10)
    assert set(split.train) | set(split.valid) == set(range(len(targets)))
    assert set(targets[split.train]) == set(targets[split.valid]) == set(labels)
    in_both = np.intersect1d(split.train, split.valid)
    np.testing.assert_array_equal(in_both, split.train[split.train_shared])
    np.testing.assert_array_equal(in_both, np.flatnonzero(np.bincount(targets)[targets] == 1))
    assert np.bincount(targets[split.train], weights=split.repeat)[np.unique(targets)].min() >= 10


def test_the_seed_chooses_the_random_samples():
    first, again, other = (split_at_random(np.zeros(300, np.int64), 0.2, seed=seed) for seed in (0, 0, 1))
    assert first.valid.tolist() == again.valid.tolist() != other.valid.tolist()
