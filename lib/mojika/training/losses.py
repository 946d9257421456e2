"""Losses against mixed targets."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

Parts = Sequence[tuple[Tensor, Tensor]]


def mixed_cross_entropy(logits: Sequence[Tensor], parts: Parts, sample_weights: Tensor) -> Tensor:
    """Cross-entropy of each sample against all its targets, `(N,)`, summed over heads.

    `logits` holds `(N, classes)` per head; `parts` holds `(targets (N, heads) int64, weights (N,))`, the weights
    summing to one over the parts; `sample_weights` `(N,)` scales a sample's loss. The mean is the batch's loss.
    """
    total = torch.zeros_like(sample_weights)
    for head, scores in enumerate(logits):
        log_probabilities = F.log_softmax(scores.float(), dim=1)
        for targets, weights in parts:
            total = total + weights * F.nll_loss(log_probabilities, targets[:, head], reduction="none")
    return total * sample_weights


def mixed_hits(logits: Sequence[Tensor], parts: Parts) -> Tensor:
    """How much of each sample's target weight the top class collects, `(N,)`, averaged over heads; 0 to 1."""
    hits = [
        sum(weights * (scores.argmax(1) == targets[:, head]) for targets, weights in parts)
        for head, scores in enumerate(logits)
    ]
    return torch.stack(hits).mean(0)
