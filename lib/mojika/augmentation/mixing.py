"""Mixing images of a batch, and their targets with them.

Every method returns the same value, so the loss is one line whatever the method: `parts` pairs targets with weights
that sum to one for each image. All heads share the permutation.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.memory import empty_batch
from mojika.augmentation.randomness import numpy_generator
from mojika.augmentation.rectangles import clipped, inside
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
    share = _betas("mixup alpha", alpha, 1, generator).item()
    partners = torch.randperm(len(images), generator=generator).to(images.device, non_blocking=True)
    parts = [(targets, _weights(images, share)), (targets[partners], _weights(images, 1 - share))]
    return Mixed(_blend(images, partners, share), parts)


def cutmix(
    images: Tensor, targets: Tensor, beta: float, generator: torch.Generator, *, per_sample: bool = False
) -> Mixed:
    """CutMix (Yun et al., arXiv:1905.04899): a box of another image of the batch is pasted at its own place.

    The box has the image's aspect and 1 - λ of its area, λ from Beta(beta, beta); its centre is uniform over the image,
    so part of it may fall outside: weights are the areas that are seen. There is one box per batch, as in the paper, or
    with `per_sample` one per image; in both cases one permutation. `images` stay as they are.
    Raises `UserError` where beta is not positive.
    """
    count, (height, width) = len(images), images.shape[2:]
    draws = count if per_sample else 1
    size = np.rint(np.sqrt(1 - _betas("cutmix beta", beta, draws, generator))[:, None] * (height, width))
    centre = torch.rand(draws, 2, dtype=torch.float64, generator=generator).numpy() * (height, width)
    boxes = np.broadcast_to(clipped(np.rint(centre - size / 2), size, height, width), (count, 4)).copy()
    partners = torch.randperm(count, generator=generator)
    top, left, bottom, right = boxes.T
    area = ((bottom - top) * (right - left) / (height * width)).astype(np.float32)
    pasted = torch.from_numpy(area).to(images.device, non_blocking=True)
    others = targets[partners.to(targets.device, non_blocking=True)]
    paste = _paste_on_host if images.device.type == "cpu" else _paste_on_device
    return Mixed(paste(images, partners, boxes), [(targets, 1 - pasted), (others, pasted)])


def icap(images: Tensor, targets: Tensor, beta: float, generator: torch.Generator) -> Mixed:
    """ICAP: the canvas is divided into four rectangles, each filled from the same place of another image.

    One random point per batch, its coordinates drawn from Beta(beta, beta), divides the canvas; four permutations of
    the batch say whose pixels go where; weights are the areas. RICAP takes the patches from random places; here a
    stroke stays where it was written. `images` stay as they are. Raises `UserError` where beta is not positive.
    """
    point = _random_point("icap beta", images, beta, generator)
    return _four_patches(images, targets, point, generator, lambda patch, extent: patch)


def ricap(
    images: Tensor, targets: Tensor, beta: float, generator: torch.Generator, *, with_line: bool = False
) -> Mixed:
    """RICAP (Takahashi et al., arXiv:1811.09030): ICAP, but each patch is cropped at a random place of its images.

    There is one place per patch and batch, as in the paper's code. `with_line` draws the boundaries inside the canvas
    as lines of two pixels of zeros (of the normalised image), which belong to no target. `images` stay as they are.
    Raises `UserError` where beta is not positive.
    """
    x, y = _random_point("ricap beta", images, beta, generator)

    def anywhere(patch: slice, extent: int) -> slice:
        length = patch.stop - patch.start
        start = int(torch.randint(extent - length + 1, (), generator=generator))
        return slice(start, start + length)

    mixed = _four_patches(images, targets, (x, y), generator, anywhere)
    if with_line and 0 < y < images.shape[2]:
        mixed.images[:, :, y - 1 : y + 1] = 0
    if with_line and 0 < x < images.shape[3]:
        mixed.images[:, :, :, x - 1 : x + 1] = 0
    return mixed


def _four_patches(
    images: Tensor,
    targets: Tensor,
    point: tuple[int, int],
    generator: torch.Generator,
    source_of: Callable[[slice, int], slice],
) -> Mixed:
    """`source_of(patch, extent)`: along one axis, where a patch of the canvas is taken from."""
    (height, width), (x, y) = images.shape[2:], point
    canvas, parts = _empty_like(images), []
    for rows, columns in (
        (slice(0, y), slice(0, x)),
        (slice(0, y), slice(x, width)),
        (slice(y, height), slice(0, x)),
        (slice(y, height), slice(x, width)),
    ):
        sources = torch.randperm(len(images), generator=generator).to(images.device, non_blocking=True)
        patches = images[:, :, source_of(rows, height), source_of(columns, width)]
        torch.index_select(patches, 0, sources, out=canvas[:, :, rows, columns])
        area = (rows.stop - rows.start) * (columns.stop - columns.start)
        parts.append((targets[sources], _weights(images, area / (height * width))))
    return Mixed(canvas, parts)


def _random_point(name: str, images: Tensor, beta: float, generator: torch.Generator) -> tuple[int, int]:
    """`x, y`: a whole number of columns and rows, from none to all."""
    height, width = images.shape[2:]
    x, y = (round(extent * _betas(name, beta, 1, generator).item()) for extent in (width, height))
    return x, y


def _paste_on_host(images: Tensor, partners: Tensor, boxes: np.ndarray) -> Tensor:
    """One copy of the batch, and the boxes."""
    pasted = _empty_like(images)
    pixels, out = (tensor.permute(0, 2, 3, 1).numpy() for tensor in (images, pasted))
    for index, (partner, (top, left, bottom, right)) in enumerate(zip(partners.tolist(), boxes.tolist(), strict=True)):
        out[index] = pixels[index]
        out[index, top:bottom, left:right] = pixels[partner, top:bottom, left:right]
    return pasted


def _paste_on_device(images: Tensor, partners: Tensor, boxes: np.ndarray) -> Tensor:
    """Whole-batch operations, without a word from the device to the host."""
    others = images[partners.to(images.device, non_blocking=True)]
    return torch.where(inside(boxes, *images.shape[2:], images.device), others, images)


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


def _betas(name: str, parameter: float, count: int, generator: torch.Generator) -> np.ndarray:
    if not parameter > 0:
        raise UserError(f"{name} must be positive, found {parameter}; leave the flag out for its default")
    return numpy_generator(generator).beta(parameter, parameter, count)
