"""Edits, kanji of both forms, and order, against cases counted by hand and a slow LCS."""

from itertools import permutations

import pytest

from mojika.reading.text_errors import edits, in_new_forms, out_of_order


@pytest.mark.parametrize(
    "read, truth, count",
    [
        ("", "", 0),
        ("かな", "", 2),
        ("", "かな", 2),
        ("いろは", "いろは", 0),
        ("いはに", "いろはに", 1),
        ("うろか", "いろは", 2),
    ],
)
def test_edits_counted_by_hand(read, truth, count):
    assert edits(read, truth) == count


def test_old_kanji_take_their_new_forms_and_kana_stay():
    assert in_new_forms("國學の體𛀂") == "国学の体𛀂"


def longest_common(first, second):
    if not first or not second:
        return 0
    if first[-1] == second[-1]:
        return longest_common(first[:-1], second[:-1]) + 1
    return max(longest_common(first[:-1], second), longest_common(first, second[:-1]))


def test_out_of_order_is_what_the_longest_common_subsequence_leaves():
    for places in permutations(range(5)):
        assert out_of_order(places) == 5 - longest_common(places, tuple(range(5)))
    assert out_of_order([]) == 0
    assert out_of_order([3, 40, 900]) == 0
