"""What is done to a batch as a whole, before its images are mixed or after."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from mojika.parameters.declaration import Checked


@dataclass(frozen=True, kw_only=True)
class BatchOperation(Checked):
    """A change of `images (N, C, H, W) float32`, normalised by `mean` and `std`; it may overwrite them.

    `summary` describes it where a parameter of its own does not.
    """

    summary: ClassVar[str | None] = None
    mean: tuple[float, ...] = (0.0,)  # one number per channel, for pixels in [0, 1]
    std: tuple[float, ...] = (1.0,)

    def normalised(self, level: float, images: Tensor) -> Tensor:
        """`(1, C, 1, 1)` on the device of `images`: what a pixel of `level`, from 0 to 1, is in them."""
        levels = [(level - mean) / std for mean, std in zip(self.mean, self.std, strict=True)]
        return torch.tensor(levels, dtype=images.dtype).to(images.device, non_blocking=True).view(1, -1, 1, 1)

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        raise NotImplementedError
