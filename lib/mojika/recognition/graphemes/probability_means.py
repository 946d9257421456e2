"""What several classifiers say of the same images, made into one: weighted means of their probabilities."""

from collections.abc import Sequence

import torch
from torch import Tensor

_LOG_OF_ZERO = -1e4  # replaces -inf: far below the log of every number of 64 bits above 0


def mean_log_probabilities(logs: Tensor, method: str, weights: Sequence[float] | None = None) -> Tensor:
    """The mean over models of `logs (M, N, C)`, logarithms of probabilities: `(N, C)`, whose rows sum to 1 as such.

    Geometric and harmonic means of probabilities sum to less than 1 and are scaled to it; that changes nothing about
    which class is the most probable. Everything happens to logarithms, so that small probabilities do not vanish; a
    probability of 0 (-inf) is taken for one that is immeasurably small, so that models which exclude each other's
    classes still have a mean. `weights`, one above 0 for each model, need not sum to 1 (none: equal).

    Raises `ValueError` for another method or number of weights.
    """
    if weights is not None and len(weights) != len(logs):
        raise ValueError(f"expected {len(logs)} weights, found {len(weights)}")
    shares = torch.ones(len(logs)) if weights is None else torch.tensor(list(weights))
    shares = (shares / shares.sum()).to(logs)[:, None, None]
    logs = logs.clamp(min=_LOG_OF_ZERO)
    match method:
        case "arithmetic":
            mean = (logs + shares.log()).logsumexp(0)
        case "geometric":
            mean = (logs * shares).sum(0)
        case "harmonic":
            mean = -(shares.log() - logs).logsumexp(0)
        case _:
            raise ValueError(f"mean {method!r}: expected arithmetic, geometric or harmonic")
    return mean.log_softmax(1)
