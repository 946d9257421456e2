"""Mixing images of a batch, and their targets with them.

Every method returns the same value, so the loss is one line whatever the method: `parts` pairs targets with weights
that sum to one for each image. All heads share the permutation.
"""

from typing import NamedTuple

import cv2
import torch
from torch import Tensor

from mojika.augmentation.memory import empty_batch
from mojika.augmentation.randomness import numpy_generator
from mojika.errors import UserError


class Mixed(NamedTuple):
    """`images (N, C, H, W)` and K parts: targets `(N, heads) int64` with weights `(N,) float32`."""

    images: Tensor
    parts: list[tuple[Tensor, Tensor]]


def no_mixing(images: Tensor, targets: Tensor) -> Mixed:
    return Mixed(images, [(targets, _weights(images, 1.0))])


def mixup(images: Tensor, targets: Tensor, alpha: float, generator: torch.Generator) -> Mixed:
    """mixup (Zhang et al., arXiv:1710.09412): each image is blended with another one of its batch.

    The share of the image itself is drawn from Beta(alpha, alpha), once per batch, as the paper's own code does.
    `images` stay as they are. Raises `UserError` where alpha is not positive.
    """
    share = _beta("mixup alpha", alpha, generator)
    partners = torch.randperm(len(images), generator=generator).to(images.device, non_blocking=True)
    parts = [(targets, _weights(images, share)), (targets[partners], _weights(images, 1 - share))]
    return Mixed(_blend(images, partners, share), parts)


def icap(images: Tensor, targets: Tensor, beta: float, generator: torch.Generator) -> Mixed:
    """ICAP: the canvas is divided into four rectangles, each filled from the same place of another image.

    One random point per batch, its coordinates drawn from Beta(beta, beta), divides the canvas; four permutations of
    the batch say whose pixels go where; weights are the areas. RICAP (Takahashi et al., arXiv:1811.09030) takes the
    patches from random places; here a stroke stays where it was written. `images` stay as they are.
    Raises `UserError` where beta is not positive.
    """
    height, width = images.shape[2:]
    x, y = (round(extent * _beta("icap beta", beta, generator)) for extent in (width, height))
    canvas, parts = _empty_like(images), []
    for rows, columns in (
        (slice(0, y), slice(0, x)),
        (slice(0, y), slice(x, width)),
        (slice(y, height), slice(0, x)),
        (slice(y, height), slice(x, width)),
    ):
        sources = torch.randperm(len(images), generator=generator).to(images.device, non_blocking=True)
        torch.index_select(images[:, :, rows, columns], 0, sources, out=canvas[:, :, rows, columns])
        area = (rows.stop - rows.start) * (columns.stop - columns.start)
        parts.append((targets[sources], _weights(images, area / (height * width))))
    return Mixed(canvas, parts)


def _blend(images: Tensor, partners: Tensor, share: float) -> Tensor:
    if images.device.type != "cpu":
        return torch.lerp(images[partners], images, share)
    blended = _empty_like(images)
    pixels, out = (tensor.permute(0, 2, 3, 1).numpy() for tensor in (images, blended))
    for index, partner in enumerate(partners.tolist()):  # image by image they meet in the cache
        cv2.addWeighted(pixels[index], share, pixels[partner], 1 - share, 0, out[index])
    return blended


def _empty_like(images: Tensor) -> Tensor:
    return empty_batch(*images.shape) if images.device.type == "cpu" else torch.empty_like(images)


def _weights(images: Tensor, weight: float) -> Tensor:
    return torch.full((len(images),), weight, device=images.device)


def _beta(name: str, parameter: float, generator: torch.Generator) -> float:
    if not parameter > 0:
        raise UserError(f"{name} must be positive, found {parameter}; leave the flag out for its default")
    return float(numpy_generator(generator).beta(parameter, parameter))
