"""Holding out a share of a list for validation."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mojika.data.held_out import with_held_out
from mojika.data.split_list import SplitList, read_split_lists
from mojika.errors import UserError

COUNTS = {"a": 10, "b": 4, "c": 1}


@pytest.fixture
def split(tmp_path: Path) -> SplitList:
    lines = []
    for label, count in COUNTS.items():
        for number in range(count):
            Image.new("L", (4, 4)).save(tmp_path / f"{label}{number}.png")
            lines.append(f"{label},{label}{number}.png\n")
    (tmp_path / "all.csv").write_text("".join(lines))
    (split,) = read_split_lists([tmp_path / "all.csv"], scale_size=4, channels=1, cache=None)
    return split


def test_a_share_of_every_class_is_held_out_and_what_is_single_is_in_both(split):
    train, valid = with_held_out(split, 0.3, seed=1)
    labels = split.classes["label"].labels
    counts = [Counter(labels[index] for index in part.targets[:, 0]) for part in (train, valid)]
    assert counts == [{"a": 7, "b": 3, "c": 1}, {"a": 3, "b": 1, "c": 1}]
    assert set(train.row) | set(valid.row) == set(range(15)) and len(set(train.row) & set(valid.row)) == 1
    assert (train.shared.sum(), valid.shared.sum()) == (1, 1)


def test_the_seed_decides_what_is_held_out(split):
    first, again, other = (with_held_out(split, 0.3, seed)[1].row for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_validation_takes_each_sample_once(split):
    split.repeat[:] = 3
    train, valid = with_held_out(split, 0.3, seed=1)
    assert set(train.repeat) == {3} and set(valid.repeat) == {1}


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_nothing_or_of_all_is_refused(split, share):
    with pytest.raises(UserError, match="expected a share between 0 and 1"):
        with_held_out(split, share, seed=0)
