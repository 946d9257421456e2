import numpy as np
import pytest
import torch
from scipy import stats

from mojika.recognition.graphemes.probability_means import mean_log_probabilities

METHODS = ("arithmetic", "geometric", "harmonic")

ORACLES = {"arithmetic": stats.pmean, "geometric": stats.gmean, "harmonic": stats.hmean}


@pytest.fixture
def probabilities() -> np.ndarray:
    """Three models, 50 images, 7 classes; many probabilities are small."""
    return np.random.default_rng(0).dirichlet(np.full(7, 0.1), (3, 50)).clip(1e-30)


@pytest.mark.parametrize("weights", [None, (1.0, 1.0, 1.0), (5.0, 0.5, 1.5)])
@pytest.mark.parametrize("method", METHODS)
def test_means_are_those_of_scipy_scaled_to_1(probabilities, method, weights):
    exponent = {"p": 1} if method == "arithmetic" else {}
    expected = ORACLES[method](probabilities, axis=0, weights=weights and np.array(weights)[:, None, None], **exponent)
    expected /= expected.sum(axis=1, keepdims=True)
    found = mean_log_probabilities(torch.from_numpy(probabilities).log(), method, weights).exp().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_single_model_keeps_its_probabilities(probabilities, method):
    logs = torch.from_numpy(probabilities[:1]).log().log_softmax(2)
    torch.testing.assert_close(mean_log_probabilities(logs, method), logs[0])


@pytest.mark.parametrize("method", METHODS)
def test_small_probabilities_do_not_vanish(method):
    logs = torch.tensor([[[0.0, -400.0, -390.0]], [[0.0, -410.0, -380.0]]])
    assert mean_log_probabilities(logs, method).argsort(descending=True).tolist() == [[0, 2, 1]]


def test_probabilities_of_zero_still_have_a_mean():
    """Each model excludes the class that the other is sure of; both give a third class a little."""
    logs = torch.tensor([[[0.9, 0.0, 0.1, 0.0]], [[0.0, 0.8, 0.2, 0.0]]]).log()
    means = {method: mean_log_probabilities(logs, method).exp()[0].tolist() for method in METHODS}
    assert means["arithmetic"] == pytest.approx([0.45, 0.4, 0.15, 0])
    assert means["geometric"] == pytest.approx([0, 0, 1, 0]) == means["harmonic"]
    disjoint = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]]).log()
    for method in METHODS:
        assert mean_log_probabilities(disjoint, method).exp().tolist() == [[0.5, 0.5]]


def test_another_method_or_number_of_weights_is_a_defect():
    with pytest.raises(ValueError, match="median"):
        mean_log_probabilities(torch.zeros(2, 1, 3), "median")
    with pytest.raises(ValueError, match="expected 2 weights, found 1"):
        mean_log_probabilities(torch.zeros(2, 1, 3), "harmonic", [1.0])
