"""A temperature against a plain search over scikit-learn's log-loss, and by hand."""

import numpy as np
import pytest
import torch
from scipy.special import softmax
from sklearn.metrics import log_loss

from mojika.training.temperature import LIMITS, SomeLogits, crossed_probabilities, fit_temperature


@pytest.fixture(scope="module")
def samples() -> tuple[np.ndarray, np.ndarray]:
    """Truths that are drawn from the softmax of half the logits: the temperature to find is about 2."""
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 4, (1500, 5)).astype(np.float32)
    chosen = softmax(logits / 2, axis=1).cumsum(1) > generator.random((1500, 1))
    return logits, chosen.argmax(1)


def test_it_is_the_best_of_all_that_are_tried(samples):
    logits, truth = samples
    found = fit_temperature(logits, truth)
    assert found == pytest.approx(2, rel=0.1)
    tried = np.geomspace(1, 4, 150)
    losses = [log_loss(truth, softmax(logits.astype(np.float64) / each, axis=1), labels=range(5)) for each in tried]
    assert found == pytest.approx(tried[np.argmin(losses)], rel=0.01)


def test_two_samples_by_hand():
    """Logits (a, 0) right three times of four: softmax(a / T) = 3/4 where T = a / ln 3."""
    logits = np.array([[5.0, 0.0]] * 4)
    assert fit_temperature(logits, np.array([0, 0, 0, 1])) == pytest.approx(5 / np.log(3), rel=1e-3)


def test_without_a_mistake_and_without_samples_it_stays_finite():
    assert fit_temperature(np.eye(3), np.arange(3)) == pytest.approx(LIMITS[0], rel=0.01)
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, np.int64)) == 1


def test_probabilities_are_calibrated_on_the_other_half(samples):
    logits, truth = samples[0][:500], samples[1][:500]
    found = crossed_probabilities(logits, truth)
    own = fit_temperature(logits[1::2], truth[1::2])
    np.testing.assert_allclose(found[::2], softmax(logits[::2] / own, axis=1).max(1))
    assert abs(found.mean() - (logits.argmax(1) == truth).mean()) < 0.05


@pytest.mark.parametrize("batch", [1, 4, 10])
def test_logits_are_kept_evenly_spaced(batch):
    logits = torch.arange(20.0).reshape(10, 2)
    some = SomeLogits(10, at_most=4)
    passed = torch.cat([scores for (scores,) in some.passing([part] for part in logits.split(batch))])
    assert torch.equal(passed, logits) and some.rows.tolist() == [0, 3, 6, 9]
    np.testing.assert_array_equal(some.of_heads()[0], logits[some.rows].numpy())
