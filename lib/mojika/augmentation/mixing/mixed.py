"""What every way of mixing takes and returns, and what several of them need."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.memory import empty_batch
from mojika.augmentation.randomness import numpy_generator
from mojika.parameters.declaration import Checked


class Mixed(NamedTuple):
    """`images (N, C, H, W)` and K parts: targets `(N, heads) int64` with weights `(N,) float32`."""

    images: Tensor
    parts: list[tuple[Tensor, Tensor]]


BatchAugmentation = Callable[[Tensor, Tensor, torch.Generator], Mixed]  # of images, targets and the step's generator


@dataclass(frozen=True, kw_only=True)
class Mixer(Checked):
    """A way of mixing, called once per batch; `images (N, C, H, W) float32` stay as they are."""

    summary: ClassVar[str]

    def __call__(self, images: Tensor, targets: Tensor, generator: torch.Generator) -> Mixed:
        raise NotImplementedError


def no_mixing(images: Tensor, targets: Tensor) -> Mixed:
    return Mixed(images, [(targets, same_weight(images, 1.0))])


def same_weight(images: Tensor, weight: float) -> Tensor:
    """`(N,) float32` on the device."""
    return torch.full((len(images),), weight, device=images.device)


def empty_like(images: Tensor) -> Tensor:
    return empty_batch(*images.shape) if images.device.type == "cpu" else torch.empty_like(images)


def betas(parameter: float, count: int, generator: torch.Generator) -> np.ndarray:
    """`count` numbers from Beta(parameter, parameter)."""
    return numpy_generator(generator).beta(parameter, parameter, count)
