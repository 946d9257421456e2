"""What a target costs, what mixed targets cost together, and which samples of a batch count."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from mojika.parameters.declaration import BELOW_ONE, FRACTION, NOT_NEGATIVE, POSITIVE, Parameter

Parts = Sequence[tuple[Tensor, Tensor]]
TargetLoss = Callable[[Tensor, Tensor], Tensor]
"""`(logits (N, classes) float32, targets (N,) int64) -> losses (N,)`"""


def cross_entropy(logits: Tensor, targets: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """−log p of each sample's target class, `(N,)`; `label_smoothing` ε spreads that share over all classes.

    Szegedy et al., "Rethinking the Inception architecture", arXiv:1512.00567.
    """
    return F.cross_entropy(logits, targets, reduction="none", label_smoothing=label_smoothing)


def focal(
    logits: Tensor,
    targets: Tensor,
    gamma: Annotated[
        float, Parameter("focusing parameter of the focal loss, arXiv:1708.02002", NOT_NEGATIVE, metavar="G")
    ] = 2.0,
    label_smoothing: float = 0.0,
) -> Tensor:
    """−(1 − p)^γ log p of each sample's target class, `(N,)`: what is easy counts little. γ = 0 is cross-entropy.

    The softmax version without class weights of Lin et al., "Focal loss for dense object detection", arXiv:1708.02002.
    """
    log_probabilities = F.log_softmax(logits, dim=1)
    # p can be 1 in float32, where a power below 1 has no finite slope
    doubt = (-torch.expm1(log_probabilities)).clamp(min=torch.finfo(logits.dtype).eps)
    of_every_class = -(doubt**gamma) * log_probabilities
    of_target = of_every_class.gather(1, targets[:, None])[:, 0]
    return torch.lerp(of_target, of_every_class.mean(1), label_smoothing)


def part_losses(logits_per_part: Sequence[Tensor], parts: Parts, target_loss: TargetLoss) -> Tensor:
    """What each sample's target costs in each part, `(parts, N)`, for one head, in float32 also under autocast.

    `parts` holds `(targets (N,) int64, weights (N,))`; `logits_per_part` holds as many `(N, classes)`, which differ
    where a head looks at the target.
    """
    return torch.stack(
        [target_loss(logits.float(), targets) for logits, (targets, _) in zip(logits_per_part, parts, strict=True)]
    )


def mixed_losses(logits_per_part: Sequence[Tensor], parts: Parts, target_loss: TargetLoss) -> Tensor:
    """Σ weight · loss over the parts of each sample, `(N,)`: `part_losses`, whose weights sum to one over the parts."""
    return (part_losses(logits_per_part, parts, target_loss) * part_weights(parts)).sum(0)


def part_weights(parts: Parts) -> Tensor:
    """`(parts, N)`."""
    return torch.stack([weights for _, weights in parts])


def mixed_cross_entropy(
    logits: Sequence[Tensor], parts: Parts, sample_weights: Tensor, head_weights: Sequence[float] | None = None
) -> Tensor:
    """Cross-entropy of each sample against all its targets, `(N,)`, scaled by `sample_weights`.

    The sum over heads, each times its weight where there are `head_weights`.

    `logits` holds `(N, classes)` per head; `parts` holds `(targets (N, heads) int64, weights (N,))`.
    """
    losses = [
        mixed_losses([scores] * len(parts), [(targets[:, head], weights) for targets, weights in parts], cross_entropy)
        for head, scores in enumerate(logits)
    ]
    if head_weights:
        losses = [weight * loss for weight, loss in zip(head_weights, losses, strict=True)]
    return torch.stack(losses).sum(0) * sample_weights


def mixed_hits(logits: Sequence[Tensor], parts: Parts) -> Tensor:
    """How much of each sample's target weight the top class collects, `(N,)`, averaged over heads; 0 to 1.

    `logits` holds `(N, classes)` per head; `parts` holds `(targets (N, heads) int64, weights (N,))`.
    """
    hits = [
        sum((weights * (scores.argmax(1) == targets[:, head]) for targets, weights in parts), scores.new_zeros(()))
        for head, scores in enumerate(logits)
    ]
    return torch.stack(hits).mean(0)


def ohem_rate(
    epoch: int,
    start: Annotated[
        int, Parameter("OHEM: epoch until which all samples are used", NOT_NEGATIVE, metavar="EPOCH")
    ] = 30,
    scale: Annotated[
        float,
        Parameter("OHEM: epochs in which the kept share falls by a factor of e", POSITIVE, metavar="EPOCHS"),
    ] = 60.0,
    floor: Annotated[float, Parameter("OHEM: lower limit of the kept share", FRACTION, metavar="RATE")] = 0.65,
) -> float:
    """Share of a batch that counts in epoch `epoch` (from 0): all for `start` epochs, then a decay down to `floor`."""
    return max(floor, math.exp(-max(0, epoch - start) / scale))


def mean_of_hardest(losses: Tensor, rate: float) -> Tensor:
    """Mean of the `rate · N` largest of `losses` `(N,)`, rounded down, at least one; `()`.

    Shrivastava et al., "Training region-based object detectors with online hard example mining", arXiv:1604.03540.
    """
    return losses[hardest(losses, rate)].mean()


def hardest(losses: Tensor, rate: float) -> Tensor | slice:
    """Where the `rate · N` largest of `losses` `(N,)` are, rounded down, at least one; all of them: a slice."""
    count = max(1, math.floor(rate * len(losses) + 1e-9))  # 0.29 · 100 is 28.999… in binary
    return slice(None) if count == len(losses) else losses.topk(count, sorted=False).indices


@dataclass(frozen=True, kw_only=True)
class HardestOf:
    """Of what the hardest samples are chosen: of all batches by their whole loss, unless said otherwise."""

    per_target: Annotated[
        bool, Parameter("OHEM: choose the hardest samples for each target of a mixed batch by itself")
    ] = False
    mixed_only: Annotated[bool, Parameter("OHEM: choose in mixed batches only; in others all samples count")] = False


class Loss(NamedTuple):
    """What one target costs, with its parameters; of the hardest samples their share by epoch, and of what."""

    target_loss: Callable[..., Tensor]
    hardest: Callable[[int], float] | None = None
    hardest_of: type[HardestOf] | None = None


LOSSES = {"ce": Loss(cross_entropy), "focal": Loss(focal), "ohem": Loss(cross_entropy, ohem_rate, HardestOf)}


@dataclass(frozen=True, kw_only=True)
class LossSettings:
    """Which of `LOSSES`, and what all of them take."""

    loss: Annotated[
        str,
        Parameter(
            "cross-entropy, focal loss, or cross-entropy of a batch's hardest samples (OHEM)", choices=tuple(LOSSES)
        ),
    ] = "ce"
    label_smoothing: Annotated[float, Parameter("label smoothing, arXiv:1512.00567", BELOW_ONE, metavar="E")] = 0.0
