"""The loss of a batch: per target, over the parts that mixing made, over heads and samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mojika.models.heads import Head
from mojika.training.distillation import soft_target_losses
from mojika.training.losses import (
    HardestOf,
    TargetLoss,
    cross_entropy,
    hardest,
    mean_of_hardest,
    part_losses,
    part_weights,
)

Parts = Sequence[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Criterion:
    """`target_loss(logits, targets) -> (N,)` says what one target costs; the rest is the same for all.

    `hardest` is OHEM's share of samples by epoch (None: all of them count), `hardest_of` what they are chosen of.
    `summed` leaves the loss of a batch a sum, as the 2019 scripts could; otherwise it is a mean. `head_weights` says
    how much the loss of each head counts (None: all of them as they are). Where a teacher's logits are given, a sample
    costs `(1 − teacher_weight) · hard + teacher_weight · soft`, the soft targets at `temperature`.
    """

    target_loss: TargetLoss = cross_entropy
    hardest: Callable[[int], float] | None = None
    summed: bool = False
    head_weights: tuple[float, ...] | None = None
    teacher_weight: float = 0.0
    temperature: float = 1.0
    hardest_of: HardestOf = HardestOf()

    def __call__(
        self,
        heads: Sequence[Head],
        logits: Sequence[Tensor],
        parts: Parts,
        sample_weights: Tensor,
        epoch: int,
        taught: Sequence[Tensor] | None = None,
    ) -> Tensor:
        """Loss of the samples together (a mean times their number), summed over heads by their weights.

        `logits` holds `(N, classes)` per head; `parts` holds `(targets (N, heads) int64, weights (N,))`, the weights
        summing to one over the parts; `sample_weights` `(N,)` scales what a sample costs. A margin head moves the
        logits of each part by that part's own targets. `taught` holds the teacher's logits, as `logits`.
        """
        total = sample_weights.new_zeros(())
        for number, (head, scores) in enumerate(zip(heads, logits, strict=True)):
            own = [(targets[:, number], weights) for targets, weights in parts]
            losses = part_losses(head.training_logits(scores, own), own, self.target_loss)
            if taught:
                soft = soft_target_losses(scores, taught[number], self.temperature)
                losses = (1 - self.teacher_weight) * losses + self.teacher_weight * soft
            loss = self._together(losses * sample_weights, part_weights(own), epoch)
            total = total + (self.head_weights[number] * loss if self.head_weights else loss)
        return total

    def _together(self, losses: Tensor, weights: Tensor, epoch: int) -> Tensor:
        """The loss of one head's samples, `()`, from that of their targets and the weights of these, `(parts, N)`."""
        whole = (losses * weights).sum(0)
        if not self.hardest or (self.hardest_of.mixed_only and len(losses) == 1):
            return whole.sum()
        rate = self.hardest(epoch)
        if not self.hardest_of.per_target:
            return mean_of_hardest(whole, rate) * len(whole)
        chosen = [hardest(of_part, rate) for of_part in losses]
        means = [(part * weight)[places].mean() for part, weight, places in zip(losses, weights, chosen, strict=True)]
        return torch.stack(means).sum() * len(whole)
