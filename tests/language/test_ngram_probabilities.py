"""Probabilities of n-grams, against NLTK's and against the formula written out."""

from collections import Counter
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from nltk.lm import KneserNeyInterpolated

from mojika.language.counts import count_ngrams
from mojika.language.kneser_ney import estimated_discounts, smoothed
from mojika.language.model import UNKNOWN, LanguageModel

ALPHABET = "いろはにほ"
START = "^"  # NLTK's contexts include a token for the beginning of a run


def random_runs(seed: int, count: int = 30) -> list[str]:
    """Texts in which some characters are far likelier than others."""
    generator = np.random.default_rng(seed)
    shares = [0.4, 0.3, 0.15, 0.1, 0.05]
    return ["".join(generator.choice(list(ALPHABET), generator.integers(1, 15), p=shares)) for _ in range(count)]


def encoded(runs: list[str]) -> list[np.ndarray]:
    return [np.array([ALPHABET.index(character) + 1 for character in run]) for run in runs]


def model_of(runs: list[str], order: int, least=(), discounts=None, alphabet: int = 100) -> LanguageModel:
    return LanguageModel.of_levels(ALPHABET, *smoothed(count_ngrams(encoded(runs), order), alphabet, least, discounts))


def probability(model: LanguageModel, context: str, character: str) -> float:
    node = np.zeros((), np.int64)
    for each in context:
        node = model.step(node, model.encoded(each)[0])[1]
    return float(np.exp(model.step(node, model.encoded(character)[0])[0]))


def test_counts_are_those_of_the_standard_library():
    runs, order = random_runs(0), 4
    rows: list[tuple[int, ...]] = [()]
    for length, found in enumerate(count_ngrams(encoded(runs), order), 1):
        rows = [(*rows[prefix], token) for prefix, token in zip(found.prefix, found.token, strict=True)]
        grams = [tuple(run[at : at + length]) for run in encoded(runs) for at in range(len(run) - length + 1)]
        assert dict(zip(rows, found.counts.tolist(), strict=True)) == Counter(grams)
        longer = {tuple(run[at : at + length + 1]) for run in encoded(runs) for at in range(len(run) - length)}
        before = Counter(gram[1:] for gram in longer)
        before.update({tuple(run[:length]) for run in encoded(runs) if len(run) >= length})
        if length < order:
            assert [before[row] for row in rows] == found.contexts.tolist()


@pytest.mark.parametrize("order", [2, 3])
def test_with_one_discount_probabilities_are_those_of_nltk(order: int):
    runs, discount = random_runs(1), 0.4
    peer = KneserNeyInterpolated(order, discount)
    grams = [
        [tuple(run[at : at + n]) for n in range(1, order + 1) for at in range(len(run) - n + 1)]
        for run in ([START, *run] for run in runs)
    ]
    peer.fit(grams, vocabulary_text=ALPHABET)
    model = model_of(runs, order, discounts=[(0, 0, 0)] + [(discount,) * 3] * (order - 1))
    contexts = {run[max(0, at - order + 1) : at] for run in runs for at in range(1, len(run))}
    for context in sorted(contexts):
        for character in ALPHABET:
            wanted = peer.score(character, tuple(context))
            assert probability(model, context, character) == pytest.approx(wanted, rel=1e-5), (context, character)


def by_the_formula(runs: list[str], context: str, character: str, order: int, alphabet: int) -> float:
    """Chen and Goodman 1998, equations 25 to 27, for one probability; slow, and of strings."""

    @cache
    def occurrences(n: int) -> Counter:
        return Counter(run[at : at + n] for run in runs for at in range(len(run) - n + 1))

    def counts(n: int) -> Counter:
        longer = {START + run[:n] for run in runs if len(run) >= n} | set(occurrences(n + 1))
        return occurrences(n) if n == order else Counter(gram[1:] for gram in longer)

    n = len(context) + 1
    own = counts(n)
    after = {gram: count for gram, count in own.items() if gram[:-1] == context}
    shorter = by_the_formula(runs, context[1:], character, order, alphabet) if context else 1 / alphabet
    if not after:
        return shorter
    of = Counter(own.values())
    share = of[1] / (of[1] + 2 * of[2])
    discounts = [0] + [count - (count + 1) * share * of[count + 1] / of[count] for count in (1, 2, 3)]
    total = sum(after.values())
    left = sum(discounts[min(count, 3)] for count in after.values()) / total
    count = own[context + character]
    return max(count - discounts[min(count, 3)], 0) / total + left * shorter


def test_with_estimated_discounts_probabilities_are_those_of_the_formula():
    generator = np.random.default_rng(2)
    letters = [chr(0x4E00 + number) for number in range(80)]
    shares = np.arange(1, 81) ** -1.2
    runs = ["".join(generator.choice(letters, 12, p=shares / shares.sum())) for _ in range(60)]
    characters = "".join(sorted(set("".join(runs))))
    tokens = [np.array([characters.index(character) + 1 for character in run]) for run in runs]
    model = LanguageModel.of_levels(characters, *smoothed(count_ngrams(tokens, 3), 200))
    for context in ["", letters[0], letters[0] + letters[1], runs[5][3:5], runs[7][:2]]:
        for character in [*letters[:4], runs[5][5], runs[7][2]]:
            wanted = by_the_formula(runs, context, character, 3, 200)
            assert probability(model, context, character) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("least", [(), (1, 2), (1, 1, 2), (2, 3, 4)])
def test_probabilities_sum_to_one_also_where_rare_n_grams_are_left_out(least):
    model = model_of(random_runs(3), 3, least)
    for context in ["", "い", "いろ", "ほほ", "ろはに"]:
        known = sum(probability(model, context, character) for character in ALPHABET)
        others = (100 - len(ALPHABET)) * probability(model, context, "鯨")
        assert known + others == pytest.approx(1, abs=1e-5)


def test_what_was_left_out_is_foreseen_by_what_is_shorter():
    runs = ["いろはいろはいろは", "にろほ"]
    whole, smaller = model_of(runs, 3), model_of(runs, 3, (1, 2, 2))
    assert len(smaller.tokens) < len(whole.tokens)
    assert probability(smaller, "いろ", "は") > 0.5
    assert 0 < probability(smaller, "にろ", "ほ") < probability(whole, "にろ", "ほ")


def test_discounts_of_few_counts_are_usual_ones():
    assert estimated_discounts(np.array([1, 1, 2])) == (0.5, 1.0, 1.5)


def test_a_run_is_as_likely_as_its_characters_one_by_one():
    runs = random_runs(4)
    model = model_of(runs, 3)
    tested = ["いろは", "ほ", "ににいろろは"]
    found = model.log_probabilities([model.encoded(run) for run in tested])
    for run, logarithms in zip(tested, found, strict=True):
        each = [np.log(probability(model, run[:at], character)) for at, character in enumerate(run)]
        assert logarithms == pytest.approx(each, rel=1e-5)


def test_a_character_without_example_has_the_share_of_one_of_many():
    model = model_of(random_runs(5), 2)
    [token] = model.encoded("鯨")
    assert token == UNKNOWN
    assert 0 < probability(model, "い", "鯨") < min(probability(model, "い", other) for other in ALPHABET)
    assert all(low <= high for low, high in pairwise(model.parents))
