from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from mojika.augmentation.mixing.mixed import Mixed, Mixer
from mojika.augmentation.mixing.patches import four_patches, random_point
from mojika.parameters.declaration import FRACTION, POSITIVE, Parameter


@dataclass(frozen=True, kw_only=True)
class Icap(Mixer):
    """ICAP: the canvas is divided into four rectangles, each filled from the same place of another image.

    One random point per batch, its coordinates drawn from Beta(beta, beta), divides the canvas; four permutations of
    the batch say whose pixels go where; weights are the areas. RICAP takes the patches from random places; here a
    stroke stays where it was written.
    """

    summary = "four images, each at its own place of the canvas"
    beta: Annotated[float, Parameter("parameter of the Beta distribution of the dividing point", POSITIVE)] = 0.3
    prob: Annotated[float, Parameter("share of batches to which ICAP is applied", FRACTION)] = 1.0

    def __call__(self, images: Tensor, targets: Tensor, generator: torch.Generator) -> Mixed:
        point = random_point(images, self.beta, generator)
        return four_patches(images, targets, point, generator, lambda patch, extent: patch)
