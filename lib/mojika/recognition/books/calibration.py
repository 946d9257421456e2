"""Probabilities that are as sure as they are right, for every class, found on samples that were not trained on."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax


@dataclass(frozen=True)
class Calibration:
    """Logits are divided by `temperature`, below 1 where the classifier was too modest, and raised by `offsets`
    `(classes,)`, above 0 for a class that it named too seldom."""

    temperature: float
    offsets: np.ndarray

    def calibrated(self, logits: np.ndarray) -> np.ndarray:
        """Logits `(N, classes)` of calibrated probabilities."""
        return logits / self.temperature + self.offsets


def no_calibration(classes: int) -> Calibration:
    return Calibration(1.0, np.zeros(classes))


def fit_calibration(logits: np.ndarray, targets: np.ndarray) -> Calibration:
    """What makes the targets most likely, `logits` `(N, classes)` and `targets` `(N,) int64`.

    Bias-corrected temperature scaling: Alexandari, Kundaje and Shrikumar, "Maximum Likelihood with Bias-Corrected
    Calibration is Hard-To-Beat at Label Shift Adaptation", arXiv:1901.06852. A standard normal prior on the offsets and
    on the temperature's logarithm keeps them finite where a class has few samples or no mistake is made; a class
    without samples has no offset.
    """
    logits = logits.astype(np.float64)
    truth = np.zeros_like(logits)
    truth[np.arange(len(targets)), targets] = 1
    present = truth.any(0)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """The negative logarithm of the posterior and its gradient, by −ln(temperature) and the offsets."""
        scaled = logits * np.exp(parameters[0])
        logarithms = log_softmax(scaled + parameters[1:], axis=1)
        excess = np.exp(logarithms) - truth
        value = -(logarithms * truth).sum() + 0.5 * (parameters**2).sum()
        return value, np.concatenate([[(excess * scaled).sum()], excess.sum(0) * present]) + parameters

    found = minimize(loss, np.zeros(1 + logits.shape[1]), jac=True, method="L-BFGS-B").x
    return Calibration(float(np.exp(-found[0])), found[1:])
