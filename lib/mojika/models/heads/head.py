"""What all heads share: features `(N, F)` to logits `(N, classes)`, and to the logits that the training loss sees."""

from collections.abc import ItemsView, Sequence, ValuesView
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Part = tuple[Tensor, Tensor]  # targets (N,) int64 and weights (N,) of one part of a mixed batch


class Head(nn.Module):
    """What every head offers: `forward` for inference and `training_logits` for the loss.

    `summary` describes a kind of head in one line. `neck` is what the features of the backbone go through first; it
    belongs to the head and is kept with it.
    """

    summary: ClassVar[str]
    neck: nn.Module

    def training_logits(self, logits: Tensor, parts: Sequence[Part]) -> list[Tensor]:
        """The logits `(N, classes)` that each part of a mixed batch is compared with; called once per training step.

        `logits` is what `forward` gave. A head without a margin shows the same logits to every part.
        """
        return [logits] * len(parts)


class Heads(nn.ModuleDict):
    """Heads by name."""

    if TYPE_CHECKING:

        def items(self) -> ItemsView[str, Head]: ...
        def values(self) -> ValuesView[Head]: ...


class CosineHead(Head):
    """Cosines of features and class vectors, the rows of `weight`; the base of all heads on the unit sphere.

    Both are normalised, so only the angle counts and rare classes cannot be out-shouted by the norms of frequent ones.
    Computed in float32 under autocast: bfloat16 has 8 bits for cosines that differ in the third digit.
    """

    def __init__(self, features: int, classes: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, features))
        nn.init.xavier_uniform_(self.weight)

    def cosine(self, features: Tensor) -> Tensor:
        """`(N, F)` to cosines `(N, classes)`, float32 or more."""
        precision = torch.promote_types(features.dtype, torch.float32)
        with torch.autocast(features.device.type, enabled=False):
            return F.linear(F.normalize(features.to(precision)), F.normalize(self.weight.to(precision)))
