import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression

from mojika.recognition.books.book_distribution import likeliest_priors
from mojika.recognition.books.calibration import fit_calibration, no_calibration

PRIORS = np.array([0.7, 0.2, 0.1])
OFFSETS = np.array([0.8, 0.0, -0.8])


def drawn(count: int, priors: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are calibrated where the classes have the shares PRIORS, and the truth, drawn by `priors`."""
    generator, means = np.random.default_rng(seed), np.array([0.0, 1.5, 3.0])
    targets = generator.choice(3, count, p=priors)
    feature = generator.normal(means[targets], 1)
    return np.log(PRIORS) - 0.5 * (feature[:, None] - means) ** 2, targets


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_what_spoilt_calibrated_logits_is_undone(temperature):
    logits, targets = drawn(20_000, PRIORS, seed=0)
    found = fit_calibration((logits - OFFSETS) * temperature, targets)
    assert found.temperature == pytest.approx(temperature, rel=0.05)
    np.testing.assert_allclose(found.offsets - found.offsets.mean(), OFFSETS, atol=0.15)
    np.testing.assert_allclose(
        softmax(found.calibrated((logits - OFFSETS) * temperature), axis=1), softmax(logits, axis=1), atol=0.05
    )


def test_two_classes_are_a_logistic_regression():
    generator = np.random.default_rng(0)
    difference = generator.normal(0, 3, 20_000)
    targets = (generator.random(20_000) < 1 / (1 + np.exp(0.5 - 0.7 * difference))).astype(np.int64)
    found = fit_calibration(np.stack([np.zeros_like(difference), difference], 1), targets)
    oracle = LogisticRegression(C=1e9).fit(difference[:, None], targets)
    assert 1 / found.temperature == pytest.approx(oracle.coef_[0, 0], rel=1e-2)
    assert found.offsets[1] - found.offsets[0] == pytest.approx(oracle.intercept_[0], rel=1e-2)


def test_few_samples_stay_near_no_calibration_as_the_prior_says():
    logits, targets = np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 3.0]]), np.array([0, 1])

    def negative_log_posterior(parameters: np.ndarray) -> float:
        scores = log_softmax(logits * np.exp(parameters[0]) + np.append(parameters[1:], 0), axis=1)
        return -scores[[0, 1], targets].sum() + 0.5 * (parameters**2).sum()

    best = minimize(negative_log_posterior, np.zeros(3), tol=1e-10).x
    assert np.abs(approx_fprime(best, negative_log_posterior)).max() < 1e-4
    found = fit_calibration(logits, targets)
    assert found.temperature == pytest.approx(np.exp(-best[0]), rel=1e-3)
    np.testing.assert_allclose(found.offsets, [*best[1:], 0], atol=1e-3)  # the third class has no sample


def test_a_classifier_without_a_mistake_becomes_surer_but_not_certain():
    found = fit_calibration(np.repeat(np.eye(3), 5, axis=0), np.repeat(np.arange(3), 5))
    assert 0.01 < found.temperature < 0.7
    np.testing.assert_allclose(found.offsets, 0, atol=1e-3)


def test_no_calibration_changes_nothing():
    logits = np.random.default_rng(0).normal(0, 1, (4, 3))
    np.testing.assert_array_equal(no_calibration(3).calibrated(logits), logits)


def test_priors_that_spoilt_probabilities_distort_are_right_after_calibration():
    pages = np.array([0.3, 0.3, 0.4])
    labelled, targets = drawn(20_000, PRIORS, seed=1)
    spoilt, spoilt_pages = ((logits - OFFSETS) / 2.5 for logits in (labelled, drawn(20_000, pages, seed=2)[0]))
    assert np.abs(likeliest_priors(softmax(spoilt_pages, axis=1), PRIORS) - pages).max() > 0.1
    calibrated = fit_calibration(spoilt, targets).calibrated(spoilt_pages)
    np.testing.assert_allclose(likeliest_priors(softmax(calibrated, axis=1), PRIORS), pages, atol=0.05)
