"""One number that makes a classifier as sure as it is right: its logits are divided by it.

Temperature scaling: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", arXiv:1706.04599. What
is read stays the same; only probabilities change.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from torch import Tensor

LIMITS = (1 / 20, 20.0)
_AT_MOST = 20_000  # samples whose logits are kept; one number needs no more


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature at which the truths `(N,) int64` are most likely, `logits` being `(N, classes)`; within `LIMITS`,
    which it would leave where no mistake is made. Without samples it is 1."""
    if not len(truth):
        return 1.0
    wide, rows = logits.astype(np.float64), np.arange(len(truth))

    def loss(logarithm: float) -> float:
        return -float(log_softmax(wide * math.exp(-logarithm), axis=1)[rows, truth].mean())

    found = minimize_scalar(loss, bounds=tuple(map(math.log, LIMITS)), method="bounded", options={"xatol": 1e-4})
    return round(math.exp(found.x), 4)


def crossed_probabilities(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The probability of each sample's likeliest class, `(N,)`, after calibration on the other half of the samples:
    those of even place by those of odd place, and the other way round."""
    odd = np.arange(len(truth)) % 2 == 1
    found = np.zeros(len(truth))
    for half in (odd, ~odd):
        found[half] = softmax(logits[half] / fit_temperature(logits[~half], truth[~half]), axis=1).max(1, initial=0)
    return found


@dataclass(eq=False)
class SomeLogits:
    """Keeps the logits of every so many of `count` samples, evenly spaced, while they pass, batch by batch."""

    count: int
    at_most: int = _AT_MOST
    _kept: list[list[Tensor]] = field(default_factory=list)

    @property
    def rows(self) -> np.ndarray:
        """Which samples are kept, `(n,) int64`."""
        return np.arange(0, self.count, max(1, -(-self.count // self.at_most)))

    def passing(self, batches: Iterable[list[Tensor]]) -> Iterator[list[Tensor]]:
        start, wanted = 0, self.rows
        for logits in batches:
            stop = start + len(logits[0])
            own = torch.from_numpy(wanted[(wanted >= start) & (wanted < stop)] - start)
            self._kept.append([scores[own.to(scores.device)].cpu() for scores in logits])
            start = stop
            yield logits

    def of_heads(self) -> list[np.ndarray]:
        """Logits `(n, classes) float32` of each head."""
        return [torch.cat(scores).numpy() for scores in zip(*self._kept, strict=True)]
