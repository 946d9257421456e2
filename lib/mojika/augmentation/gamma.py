"""Darker or brighter middle levels, with black and white where they are."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.randomness import chosen_rows
from mojika.parameters.declaration import FRACTION, Parameter, low_high


@dataclass(frozen=True, kw_only=True)
class Gamma(BatchOperation):
    """With probability `p`, the pixels of an image, from 0 to 1, are raised to one power, uniform in `range`.

    **In place.**
    """

    summary = "raise pixels to a random power"
    p: Annotated[float, Parameter("share of images whose gamma changes", FRACTION)] = 0.5
    range: Annotated[tuple[float, float], Parameter("range of the power", low_high())] = (0.8, 1.2)

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        rows = chosen_rows(len(images), self.p, generator)
        low, high = self.range
        power = low + (high - low) * torch.rand(len(images), generator=generator)[rows]
        rows, power = (each.to(images.device, non_blocking=True) for each in (rows, power))
        black, white = (self.normalised(level, images) for level in (0.0, 1.0))
        pixels = ((images[rows] - black) / (white - black)).clamp(0, 1)
        images[rows] = pixels ** power.view(-1, 1, 1, 1) * (white - black) + black
        return images
