import numpy as np
import pytest
from scipy.special import softmax

from mojika.recognition.book_distribution import likeliest_priors
from mojika.recognition.calibration import TEMPERATURES, fit_temperature

PRIORS = np.array([0.7, 0.2, 0.1])


def drawn(count: int, priors: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are calibrated where the classes have the shares PRIORS, and the truth, drawn by `priors`."""
    generator, means = np.random.default_rng(seed), np.array([0.0, 1.5, 3.0])
    targets = generator.choice(3, count, p=priors)
    feature = generator.normal(means[targets], 1)
    return np.log(PRIORS) - 0.5 * (feature[:, None] - means) ** 2, targets


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_the_temperature_that_spoilt_calibrated_logits_is_found(temperature):
    logits, targets = drawn(20_000, PRIORS, seed=0)
    assert fit_temperature(logits / temperature, targets) == pytest.approx(1 / temperature, rel=0.05)


def test_by_hand():
    """Right three times of four at one logit difference d: calibrated where d / T = ln 3."""
    logits = np.array([[2.0, 0.0]] * 4, np.float32)
    assert fit_temperature(logits, np.array([0, 0, 0, 1])) == pytest.approx(2 / np.log(3), rel=1e-4)


def test_a_classifier_without_a_mistake_has_a_finite_temperature():
    logits = np.eye(3)
    assert TEMPERATURES[0] <= fit_temperature(logits, np.arange(3)) < 0.06


def test_priors_that_modest_probabilities_exaggerate_are_right_after_calibration():
    pages = np.array([0.3, 0.3, 0.4])
    labelled, targets = drawn(20_000, PRIORS, seed=1)
    logits = drawn(20_000, pages, seed=2)[0] / 2.5
    off = np.abs(likeliest_priors(softmax(logits, axis=1), PRIORS) - pages).max()
    temperature = fit_temperature(labelled / 2.5, targets)
    np.testing.assert_allclose(likeliest_priors(softmax(logits / temperature, axis=1), PRIORS), pages, atol=0.03)
    assert off > 0.1
