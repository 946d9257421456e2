"""Which of several readings each character of a run has: what its picture says and what the language says, together."""

import numpy as np
from numpy.typing import NDArray

from mojika.language.model import START, LanguageModel, Numbers

WIDTH = 16  # contexts that are followed at a time
Floats = NDArray[np.float64]


def probable_readings(model: LanguageModel, tokens: Numbers, seen: Floats, weight: float, width: int = WIDTH) -> Floats:
    """The probability `(N, K)` of each of the K readings `tokens (N, K)` of every one of the N characters of a run,
    whatever the others are read as.

    `seen (N, K)` is the logarithm of what the picture says, −inf where there is no such reading; what `model` says is
    raised to the power `weight`. This is the forward-backward algorithm, whose states are the contexts that the model
    knows; after each character the `width` likeliest of them are followed.
    """
    nodes, ahead = np.array([START]), np.zeros(1)
    steps: list[
        tuple[Floats, Floats, Numbers]
    ] = []  # logarithms before each character, of its readings, and their states
    for wanted, own in zip(tokens, seen, strict=True):
        said, after = model.step(nodes[:, None], wanted[None, :])
        readings = own + weight * said
        nodes, state = np.unique(after, return_inverse=True)
        state = state.reshape(after.shape)
        arrived = _summed(ahead[:, None] + readings, state, len(nodes))
        likeliest = np.argsort(-arrived, kind="stable")[:width]
        place = np.full(len(nodes), len(likeliest))  # of the states that are left, one beyond the others
        place[likeliest] = np.arange(len(likeliest))
        steps.append((ahead, readings, place[state]))
        nodes, ahead = nodes[likeliest], arrived[likeliest] - arrived[likeliest[0]]
    found = np.zeros(tokens.shape)
    behind = np.zeros(len(nodes))
    for row in range(len(steps) - 1, -1, -1):
        ahead, readings, state = steps[row]
        ways = readings + np.append(behind, -np.inf)[state]
        shares = np.exp(ahead[:, None] + ways - (ahead[:, None] + ways).max())
        found[row] = shares.sum(0) / shares.sum()
        behind = _log_sum(ways)
        behind -= behind.max()
    return found


def _summed(logarithms: Floats, state: Numbers, states: int) -> Floats:
    """The logarithm, for each state, of the sum of what leads to it."""
    largest = logarithms.max()
    with np.errstate(divide="ignore"):
        summed: Floats = np.log(np.bincount(state.ravel(), np.exp(logarithms - largest).ravel(), states)) + largest
    return summed


def _log_sum(logarithms: Floats) -> Floats:
    largest = logarithms.max(1, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0)
    with np.errstate(divide="ignore"):
        summed: Floats = (np.log(np.exp(logarithms - largest).sum(1, keepdims=True)) + largest)[:, 0]
    return summed
