"""Noise of a camera or scanner."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.randomness import chosen_rows, device_generator
from mojika.parameters.declaration import FRACTION, NOT_NEGATIVE, Parameter


@dataclass(frozen=True, kw_only=True)
class GaussianNoise(BatchOperation):
    """With probability `p`, every pixel of an image gets a normal random number of its own, **in place**.

    Its variance is uniform up to `variance`, for pixels from 0 to 1, in which they stay.
    """

    summary = "normal noise, a variance for each image"
    p: Annotated[float, Parameter("share of images with noise", FRACTION)] = 0.5
    variance: Annotated[float, Parameter("largest variance, for pixels from 0 to 1", NOT_NEGATIVE)] = 0.01

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        rows = chosen_rows(len(images), self.p, generator)
        deviation = (self.variance * torch.rand(len(images), generator=generator)[rows]).sqrt()
        drawn = device_generator(generator, images.device)
        rows, deviation = (each.to(images.device, non_blocking=True) for each in (rows, deviation))
        chosen = images[rows]
        black, white = (self.normalised(level, images) for level in (0.0, 1.0))
        noise = torch.randn(chosen.shape, generator=drawn, device=images.device) * deviation.view(-1, 1, 1, 1)
        images[rows] = (chosen + noise * (white - black)).clamp(black, white)
        return images
