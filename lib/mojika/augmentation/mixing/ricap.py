from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from mojika.augmentation.mixing.mixed import Mixed, Mixer
from mojika.augmentation.mixing.patches import four_patches, random_point
from mojika.parameters.declaration import POSITIVE, Parameter


@dataclass(frozen=True, kw_only=True)
class Ricap(Mixer):
    """RICAP (Takahashi et al., arXiv:1811.09030): ICAP, but each patch is cropped at a random place of its images.

    There is one place per patch and batch, as in the paper's code. `with_line` draws the boundaries inside the canvas
    as lines of two pixels of zeros (of the normalised image), which belong to no target.
    """

    summary = "four patches from random places, arXiv:1811.09030"
    beta: Annotated[float, Parameter("parameter of the Beta distribution of the dividing point", POSITIVE)] = 0.3
    with_line: Annotated[bool, Parameter("draw the boundary between the patches")] = False

    def __call__(self, images: Tensor, targets: Tensor, generator: torch.Generator) -> Mixed:
        x, y = random_point(images, self.beta, generator)

        def anywhere(patch: slice, extent: int) -> slice:
            length = patch.stop - patch.start
            start = int(torch.randint(extent - length + 1, (), generator=generator))
            return slice(start, start + length)

        mixed = four_patches(images, targets, (x, y), generator, anywhere)
        if self.with_line and 0 < y < images.shape[2]:
            mixed.images[:, :, y - 1 : y + 1] = 0
        if self.with_line and 0 < x < images.shape[3]:
            mixed.images[:, :, :, x - 1 : x + 1] = 0
        return mixed
