"""Random erasing (Zhong et al., arXiv:1708.04896): a rectangle of noise over part of an image."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.geometry import between, first_fit
from mojika.augmentation.randomness import device_generator, numpy_generator
from mojika.augmentation.rectangles import inside
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
    scale = 1 / np.array(std, np.float32)
    shift = -np.array(mean, np.float32) * scale
    fill = _fill_rectangles if images.device.type == "cpu" else _fill_batch
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
) -> np.ndarray:
    """`(N, 4) int64`: top, left, bottom, right (exclusive) in pixels; all zero where nothing is erased.

    Up to ten attempts are made to find a rectangle smaller than the image, as torchvision's `RandomErasing` does.
    """
    attempts = torch.rand(count, _ATTEMPTS, 2, dtype=torch.float64, generator=generator).numpy()
    place = torch.rand(count, 2, dtype=torch.float64, generator=generator).numpy()
    chance = torch.rand(count, dtype=torch.float64, generator=generator).numpy()
    areas = height * width * between(*area, attempts[..., 0])
    aspects = np.exp(between(*np.log(aspect), attempts[..., 1]))
    sizes = np.stack([np.sqrt(areas * aspects), np.sqrt(areas / aspects)], 2).round()  # (N, attempts, 2)
    chosen, found = first_fit((sizes < (height, width)).all(2))
    size = sizes[chosen]
    corner = np.floor(place * ((height, width) - size + 1))
    erased = found & (chance < p)
    return np.where(erased[:, None], np.concatenate([corner, corner + size], 1), 0).astype(np.int64)


def _fill_rectangles(
    images: Tensor, rectangles: np.ndarray, scale: np.ndarray, shift: np.ndarray, generator: torch.Generator
) -> None:
    """Touches the rectangles only."""
    pixels, noise = images.permute(0, 2, 3, 1).numpy(), numpy_generator(generator)
    channels = len(scale)
    scale, shift = np.tile(scale, images.shape[3]), np.tile(shift, images.shape[3])  # of a row of pixels
    for image, (top, left, bottom, right) in zip(pixels, rectangles.tolist(), strict=True):
        height, width = bottom - top, right - left
        if height and width:
            values = noise.random((height, width * channels), dtype=np.float32)
            values *= scale[: width * channels]
            values += shift[: width * channels]
            image[top:bottom, left:right] = values.reshape(height, width, channels)


def _fill_batch(
    images: Tensor, rectangles: np.ndarray, scale: np.ndarray, shift: np.ndarray, generator: torch.Generator
) -> None:
    """Whole-batch operations, without a word from the device to the host."""
    device = images.device
    erased = inside(rectangles, *images.shape[2:], device)
    scale, shift = (torch.from_numpy(array).to(device, non_blocking=True) for array in (scale, shift))
    noise = torch.empty_like(images).uniform_(generator=device_generator(generator, device))
    noise.mul_(scale[:, None, None]).add_(shift[:, None, None])
    torch.where(erased, noise, images, out=images)
