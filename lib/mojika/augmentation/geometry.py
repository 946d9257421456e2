"""Rotation, crop and flips of a batch composed into one matrix per image.

Positions are first thought of in the unit square of an image (0 is its left or upper edge, 1 its right or lower edge),
where scaling to another size changes nothing; `sampling_matrices` then puts pixel centres at integers, as OpenCV's
`WARP_INVERSE_MAP` has it, so that output pixel `(x, y)` takes its value from source position `M @ (x, y, 1)`.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

CROP_ATTEMPTS = 10


class Crops(NamedTuple):
    """Crop rectangles in the unit square, each `(N,) float64`."""

    left: Tensor
    top: Tensor
    width: Tensor
    height: Tensor


def random_resized_crops(
    uniform: Tensor, position: Tensor, scale: tuple[float, float], ratio: tuple[float, float]
) -> Crops:
    """The Inception-style crop of arXiv:1409.4842, as `torchvision.transforms.RandomResizedCrop` draws it.

    The area is uniform in `scale`, the logarithm of width / height uniform in that of `ratio`; the first of ten
    attempts that fits is taken, and if none does, the largest centred crop whose ratio is within bounds. Positions and
    sizes are continuous, where torchvision rounds them to pixels. Takes `uniform (N, 10, 2)` and `position (N, 2)`,
    random numbers in [0, 1).
    """
    area = scale[0] + (scale[1] - scale[0]) * uniform[..., 0]
    root_ratio = torch.exp((math.log(ratio[0]) + math.log(ratio[1] / ratio[0]) * uniform[..., 1]) / 2)
    widths, heights = area.sqrt() * root_ratio, area.sqrt() / root_ratio
    chosen, found = first_fit((widths <= 1) & (heights <= 1))
    nearest_ratio = min(max(1.0, ratio[0]), ratio[1])  # the image itself has ratio 1
    width = torch.where(found, widths.gather(1, chosen[:, None])[:, 0], min(1.0, nearest_ratio))
    height = torch.where(found, heights.gather(1, chosen[:, None])[:, 0], min(1.0, 1 / nearest_ratio))
    place = torch.where(found[:, None], position, 0.5)
    return Crops(place[:, 0] * (1 - width), place[:, 1] * (1 - height), width, height)


def first_fit(fits: Tensor) -> tuple[Tensor, Tensor]:
    """From `(N, attempts) bool`: the first attempt that fits, `(N,) int64`, and whether any does, `(N,) bool`."""
    return fits.to(torch.uint8).argmax(1), fits.any(1)


def sampling_matrices(
    degrees: Tensor, crops: Crops, mirrored: Tensor, upside_down: Tensor, input_size: int, source_size: int
) -> Tensor:
    """`(N, 2, 3) float32` from output pixel to source pixel: the image is rotated, then cropped, then flipped.

    `degrees (N,)` turn the picture counter-clockwise about its centre, as in torchvision; `mirrored` and `upside_down`
    are `(N,) bool`.
    """
    radians = torch.deg2rad(degrees.double())
    cos, sin = source_size * radians.cos(), source_size * radians.sin()
    x_step, x_start = _along(crops.left, crops.width, mirrored, input_size)
    y_step, y_start = _along(crops.top, crops.height, upside_down, input_size)
    x_row = cos * x_step, -sin * y_step, cos * x_start - sin * y_start + (source_size - 1) / 2
    y_row = sin * x_step, cos * y_step, sin * x_start + cos * y_start + (source_size - 1) / 2
    return torch.stack([*x_row, *y_row], 1).view(-1, 2, 3).float()


def centre_crop_matrix(input_size: int, scale_size: int, source_size: int) -> Tensor:
    """`(2, 3) float32`: scale to `scale_size`, then take the central `input_size` pixels where torchvision does."""
    factor = source_size / scale_size
    offset = (round((scale_size - input_size) / 2) + 0.5) * factor - 0.5
    return torch.tensor([[factor, 0.0, offset], [0.0, factor, offset]], dtype=torch.float64).float()


def _along(start: Tensor, extent: Tensor, reversed_: Tensor, input_size: int) -> tuple[Tensor, Tensor]:
    """One axis of crop and flip: the step per output pixel, and where pixel 0 lies from the image's centre."""
    step = torch.where(reversed_, -extent, extent) / input_size
    return step, torch.where(reversed_, start + extent, start) + step / 2 - 0.5
