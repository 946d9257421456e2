"""Random erasing (Zhong et al., arXiv:1708.04896): a rectangle of noise over part of an image."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.geometry import first_fit
from mojika.augmentation.randomness import device_generator, numpy_generator
from mojika.errors import UserError

_ATTEMPTS = 10


def random_erasing(
    images: Tensor,
    p: float,
    sl: float,
    sh: float,
    r1: float,
    r2: float,
    mean: Sequence[float],
    std: Sequence[float],
    generator: torch.Generator,
) -> Tensor:
    """Overwrite a rectangle of each image `(N, C, H, W) float32`, **in place**, with probability `p`; return `images`.

    The rectangle's share of the area is uniform in `[sl, sh]`, the logarithm of its height / width uniform in that of
    `[r1, r2]`. Each value becomes noise, uniform over pixel values [0, 1] and normalised like them by `mean` and `std`.
    The same rectangles are drawn on every device. Meant to be called once per batch, after mixing.
    Raises `UserError` for bounds that have no meaning.
    """
    if not (0 <= p <= 1 and 0 <= sl <= sh <= 1 and 0 < r1 <= r2):
        raise UserError(
            "random erasing: expected 0 <= p <= 1, 0 <= sl <= sh <= 1 and 0 < r1 <= r2, "
            f"found p={p}, sl={sl}, sh={sh}, r1={r1}, r2={r2}; change the --random-erasing-… flags"
        )
    rectangles = erasing_rectangles(len(images), *images.shape[2:], p, (sl, sh), (r1, r2), generator)
    scale = torch.tensor([1 / deviation for deviation in std])
    shift = torch.tensor([-centre / deviation for centre, deviation in zip(mean, std, strict=True)])
    fill = _fill_batch if images.is_cuda else _fill_rectangles
    fill(images, rectangles, scale, shift, generator)
    return images


def erasing_rectangles(
    count: int,
    height: int,
    width: int,
    p: float,
    area: tuple[float, float],
    aspect: tuple[float, float],
    generator: torch.Generator,
) -> Tensor:
    """`(N, 4) int64`: top, left, bottom, right (exclusive) in pixels; all zero where nothing is erased.

    Up to ten attempts are made to find a rectangle smaller than the image, as torchvision's `RandomErasing` does.
    """
    uniform = torch.rand(count, 2 * _ATTEMPTS + 3, dtype=torch.float64, generator=generator)
    attempts, place, chance = uniform.split([2 * _ATTEMPTS, 2, 1], 1)
    area_draw, aspect_draw = attempts.reshape(count, _ATTEMPTS, 2).unbind(2)
    areas = height * width * (area[0] + (area[1] - area[0]) * area_draw)
    aspects = torch.exp(math.log(aspect[0]) + math.log(aspect[1] / aspect[0]) * aspect_draw)
    sizes = torch.stack([(areas * aspects).sqrt(), (areas / aspects).sqrt()], 2).round()  # (N, attempts, 2)
    canvas = torch.tensor([height, width])
    chosen, found = first_fit((sizes < canvas).all(2))
    size = sizes.gather(1, chosen[:, None, None].expand(-1, 1, 2))[:, 0]
    corner = (place * (canvas - size + 1)).floor()
    erased = found & (chance[:, 0] < p)
    return torch.where(erased[:, None], torch.cat([corner, corner + size], 1), 0).long()


def _fill_rectangles(
    images: Tensor, rectangles: Tensor, scale: Tensor, shift: Tensor, generator: torch.Generator
) -> None:
    """Touches the rectangles only."""
    pixels, noise = images.permute(0, 2, 3, 1).numpy(), numpy_generator(generator)
    scale, shift = scale.numpy(), shift.numpy()
    for image, (top, left, bottom, right) in zip(pixels, rectangles.tolist(), strict=True):
        if bottom > top and right > left:
            values = noise.random((bottom - top, right - left, len(scale)), dtype=np.float32)
            values *= scale
            values += shift
            image[top:bottom, left:right] = values


def _fill_batch(images: Tensor, rectangles: Tensor, scale: Tensor, shift: Tensor, generator: torch.Generator) -> None:
    """Whole-batch operations, without a word from the device to the host."""
    device = images.device
    top, left, bottom, right = rectangles.to(device, non_blocking=True).view(-1, 4, 1, 1).unbind(1)
    y, x = (torch.arange(extent, device=device) for extent in images.shape[2:])
    inside = (y[:, None] >= top) & (y[:, None] < bottom) & (x >= left) & (x < right)  # (N, H, W)
    noise = torch.empty_like(images).uniform_(generator=device_generator(generator, device))
    scale, shift = (values.to(device, non_blocking=True)[:, None, None] for values in (scale, shift))
    torch.where(inside[:, None], noise.mul_(scale).add_(shift), images, out=images)
