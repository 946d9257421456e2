from itertools import product

import numpy as np
import pytest
from test_ngram_probabilities import model_of, random_runs

from mojika.language.search import probable_readings


def by_all_ways(model, tokens, seen, weight):
    """The same, by adding up all ways of reading the run."""
    rows, found = np.arange(len(tokens)), np.zeros(tokens.shape)
    ways = [np.array(way) for way in product(range(tokens.shape[1]), repeat=len(tokens))]
    for way, said in zip(ways, model.log_probabilities([tokens[rows, way] for way in ways]), strict=True):
        found[rows, way] += np.exp(seen[rows, way].sum() + weight * said.astype(np.float64).sum())
    return found / found.sum(1, keepdims=True)


@pytest.mark.parametrize("weight", [0, 0.5, 1])
def test_probabilities_are_those_over_all_ways_of_reading(weight):
    model = model_of(random_runs(6), 3)
    generator = np.random.default_rng(0)
    tokens = np.array([generator.permutation(6)[:3] for _ in range(5)])
    seen = np.log(generator.dirichlet(np.ones(3), 5))
    found = probable_readings(model, tokens, seen, weight, width=1000)
    assert found == pytest.approx(by_all_ways(model, tokens, seen, weight), abs=1e-6)
    if weight == 0:
        assert found == pytest.approx(np.exp(seen), abs=1e-6)


def test_what_cannot_be_seen_is_not_read():
    model = model_of(random_runs(7), 3)
    seen = np.array([[0, -np.inf], [-0.7, -0.7], [-np.inf, 0]])
    found = probable_readings(model, np.array([[1, 2], [1, 2], [1, 2]]), seen, 0.5)
    assert found[0].tolist() == [1, 0] and found[2].tolist() == [0, 1] and found[1].sum() == pytest.approx(1)


def test_few_contexts_find_the_likely_reading_too():
    model = model_of(["いろはにほ"] * 20, 3)
    tokens = np.tile([1, 2, 3, 4, 5], (5, 1))
    seen = np.log(np.full((5, 5), 0.2))
    seen[0] = np.log([0.9, 0.025, 0.025, 0.025, 0.025])
    assert probable_readings(model, tokens, seen, 1.0, width=2).argmax(1).tolist() == [0, 1, 2, 3, 4]


def test_a_run_without_characters_has_no_readings():
    assert probable_readings(model_of(["いろ"], 2), np.zeros((0, 3), int), np.zeros((0, 3)), 0.5).shape == (0, 3)
