"""Text of generated pages: a vocabulary that is kept to, kana in the majority, a long tail, required characters."""

from collections import Counter

import numpy as np
import pytest

from mojika.samples.kana import KANA
from mojika.samples.text import TextSource, default_vocabulary, insert, is_kanji


def passage(classes: int, length: int = 12_000, seed: int = 0) -> str:
    return TextSource(default_vocabulary(classes, [])).passage(length, np.random.default_rng(seed))


@pytest.mark.parametrize("classes", [90, 300, 1200])
def test_vocabulary_has_as_many_characters_as_asked_for_and_text_keeps_to_it(classes):
    vocabulary = default_vocabulary(classes, [])
    assert len(vocabulary) == len(set(vocabulary)) == classes
    assert set(passage(classes)) <= set(vocabulary)


def test_required_characters_enter_the_vocabulary_even_when_there_is_no_room():
    assert {"▲", "鬱"} <= set(default_vocabulary(10, ["▲", "鬱"]))


def test_kana_dominate_and_frequencies_have_a_long_tail():
    counts = Counter(passage(600))
    kana = sum(count for character, count in counts.items() if character in KANA)
    assert 0.6 < kana / counts.total() < 0.85
    ranked = [count for _, count in counts.most_common()]
    assert ranked[0] > 50 * ranked[len(ranked) // 2]
    assert sum(count <= 2 for count in ranked) > 20
    assert {character for character, _ in counts.most_common(8)} <= set(KANA)


def test_repeated_kana_are_written_with_iteration_marks():
    text = passage(300)
    assert "ゝ" in text
    assert not [first for first, second in zip(text, text[1:], strict=False) if first == second and is_kanji(first)][5:]


def test_same_generator_state_makes_the_same_text():
    assert passage(300, 500, seed=3) == passage(300, 500, seed=3) != passage(300, 500, seed=4)


def test_insert_keeps_the_text_and_puts_characters_early():
    text = insert("あ" * 50, "花月", within=10, rng=np.random.default_rng(0))
    assert text.replace("花", "").replace("月", "") == "あ" * 50
    assert max(text.index("花"), text.index("月")) <= 11
