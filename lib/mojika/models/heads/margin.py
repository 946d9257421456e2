"""Heads from face recognition with a margin on the angle of the target.

They are scale·cosine at inference. In training they make the target's logit smaller, so that a sample is content only
when it is nearer to its class than to others by a margin. A mixed sample has several targets; each part of it gets the
margin at its own target.
"""

import math
from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor

from mojika.models.heads.head import CosineHead, Part
from mojika.parameters.declaration import NOT_NEGATIVE, POSITIVE, Parameter

SINE_FLOOR = 1e-7  # of sin²θ: the rounding error of 1 − cos² in float32; below it the slope of the root is noise
Scale = Annotated[float, Parameter("factor by which cosines are scaled", POSITIVE, name="s", metavar="S")]


class MarginHead(CosineHead):
    """Scale·cosine, with a margin at the target in training."""

    def __init__(self, features: int, classes: int, scale: float, margin: float):
        super().__init__(features, classes)
        self.scale = scale
        self.margin = margin

    def forward(self, features: Tensor) -> Tensor:
        return self.scale * self.cosine(features)

    def training_logits(self, logits: Tensor, parts: Sequence[Part]) -> list[Tensor]:
        """The logits with the margin at each part's own targets."""
        return [self._with_margin(logits, targets.unsqueeze(1)) for targets, _ in parts]

    def _with_margin(self, logits: Tensor, index: Tensor) -> Tensor:
        cosine = logits.gather(1, index) / self.scale
        return logits.scatter(1, index, self.scale * self.target_cosine(cosine))

    def target_cosine(self, cosine: Tensor) -> Tensor:
        """The value that replaces cos θ at the target."""
        raise NotImplementedError


class ArcFaceHead(MarginHead):
    """Additive angular margin: cos(θ + m) in place of cos θ at the target.

    Where θ + m would pass π and cos(θ + m) rise again, the target gets cos θ − m·sin m, which keeps falling, as in
    the authors' code. Deng, Guo, Xue and Zafeiriou, "ArcFace: additive angular margin loss for deep face recognition",
    arXiv:1801.07698.
    """

    summary = "additive angular margin, arXiv:1801.07698"

    def __init__(
        self,
        features: int,
        classes: int,
        scale: Scale = 30.0,
        margin: Annotated[float, Parameter("angular margin in radians", NOT_NEGATIVE, name="m", metavar="M")] = 0.5,
    ):
        super().__init__(features, classes, scale, margin)

    def target_cosine(self, cosine: Tensor) -> Tensor:
        sine = (1 - cosine.square()).clamp(min=SINE_FLOOR).sqrt()
        added = cosine * math.cos(self.margin) - sine * math.sin(self.margin)
        beyond_pi = cosine < -math.cos(self.margin)
        return torch.where(beyond_pi, cosine - self.margin * math.sin(self.margin), added)


class CosFaceHead(MarginHead):
    """Additive cosine margin: cos θ − m in place of cos θ at the target.

    Wang et al., "CosFace: large margin cosine loss for deep face recognition", arXiv:1801.09414.
    """

    summary = "large margin cosine, arXiv:1801.09414"

    def __init__(
        self,
        features: int,
        classes: int,
        scale: Scale = 30.0,
        margin: Annotated[
            float, Parameter("margin subtracted from the cosine", NOT_NEGATIVE, name="m", metavar="M")
        ] = 0.4,
    ):
        super().__init__(features, classes, scale, margin)

    def target_cosine(self, cosine: Tensor) -> Tensor:
        return cosine - self.margin
