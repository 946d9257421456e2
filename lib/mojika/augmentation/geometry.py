"""Rotation, shear, crop and flips of a batch composed into one matrix per image.

Positions are first thought of in the unit square of an image (0 is its left or upper edge, 1 its right or lower edge),
where scaling to another size changes nothing; `sampling_matrices` then puts pixel centres at integers, as OpenCV's
`WARP_INVERSE_MAP` has it, so that output pixel `(x, y)` takes its value from source position `M @ (x, y, 1)`.
"""

import math
from typing import NamedTuple

import numpy as np

from mojika.sizes import Size, height_width

CROP_ATTEMPTS = 10


class Crops(NamedTuple):
    """Crop rectangles in the unit square, each `(N,) float64`."""

    left: np.ndarray
    top: np.ndarray
    width: np.ndarray
    height: np.ndarray


def random_resized_crops(
    uniform: np.ndarray, position: np.ndarray, scale: tuple[float, float], ratio: tuple[float, float]
) -> Crops:
    """The Inception-style crop of arXiv:1409.4842, as `torchvision.transforms.RandomResizedCrop` draws it.

    The area is uniform in `scale`, the logarithm of width / height uniform in that of `ratio`, both in units of the
    image's own width and height: ratio 1 keeps the aspect of a rectangle, too. The first of ten
    attempts that fits is taken, and if none does, the largest centred crop whose ratio is within bounds. Positions and
    sizes are continuous, where torchvision rounds them to pixels. Takes `uniform (N, 10, 2)` and `position (N, 2)`,
    random numbers in [0, 1).
    """
    side = np.sqrt(between(*scale, uniform[..., 0]))
    root_ratio = np.exp(between(math.log(ratio[0]), math.log(ratio[1]), uniform[..., 1]) / 2)
    chosen, found = first_fit((side * root_ratio <= 1) & (side / root_ratio <= 1))
    nearest_ratio = min(max(1.0, ratio[0]), ratio[1])  # the image itself has ratio 1
    width = np.where(found, (side * root_ratio)[chosen], min(1.0, nearest_ratio))
    height = np.where(found, (side / root_ratio)[chosen], min(1.0, 1 / nearest_ratio))
    place = np.where(found[:, None], position, 0.5)
    return Crops(place[:, 0] * (1 - width), place[:, 1] * (1 - height), width, height)


def first_fit(fits: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """From `(N, attempts) bool`: an index of each row's first attempt that fits, and whether any does, `(N,)`."""
    return (np.arange(len(fits)), fits.argmax(1)), np.any(fits, 1)


def between(low: float, high: float, uniform: np.ndarray) -> np.ndarray:
    """Random numbers in [0, 1) spread over [low, high)."""
    return low + (high - low) * uniform


def sampling_matrices(
    degrees: np.ndarray,
    shears: np.ndarray,
    crops: Crops,
    mirrored: np.ndarray,
    upside_down: np.ndarray,
    input_size: Size,
    source_size: Size,
) -> np.ndarray:
    """`(N, 2, 3) float32` from output pixel to source pixel: the image is rotated, sheared, cropped and flipped.

    `degrees (N,)` turn the picture counter-clockwise about its centre, as in torchvision, by angles between source
    pixels, so that a rectangle is not sheared; then `shears (N,)`, degrees, lean its uprights to the right, about the
    centre again; `mirrored` and `upside_down` are `(N,) bool`.
    """
    (height, width), (source_height, source_width) = height_width(input_size), height_width(source_size)
    cos, sin, slant = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees)), np.tan(np.deg2rad(shears))
    x_step, x_start = _along(crops.left, crops.width, mirrored, width)
    y_step, y_start = _along(crops.top, crops.height, upside_down, height)
    right, down = source_width * cos, source_height * (sin - slant * cos)  # what a width and a height add to x
    x = right * x_start - down * y_start + (source_width - 1) / 2
    matrices = np.empty((len(degrees), 2, 3), np.float32)
    matrices[:, 0] = np.stack([right * x_step, -down * y_step, x], 1)
    right, down = source_width * sin, source_height * (cos + slant * sin)  # and to y
    y = right * x_start + down * y_start + (source_height - 1) / 2
    matrices[:, 1] = np.stack([right * x_step, down * y_step, y], 1)
    return matrices


def centre_crop_matrix(input_size: Size, scale_size: Size, source_size: Size) -> np.ndarray:
    """`(2, 3) float32`: scale to `scale_size`, then take the central `input_size` pixels where torchvision does."""
    matrix = np.zeros((2, 3), np.float32)
    for axis, lengths in enumerate(zip(*map(height_width, (input_size, scale_size, source_size)), strict=True)):
        input_length, scale_length, source_length = lengths
        factor = source_length / scale_length
        row = 1 - axis  # height first in a size, x first in a matrix
        matrix[row, row] = factor
        matrix[row, 2] = (round((scale_length - input_length) / 2) + 0.5) * factor - 0.5
    return matrix


def _along(
    start: np.ndarray, extent: np.ndarray, backwards: np.ndarray, input_length: int
) -> tuple[np.ndarray, np.ndarray]:
    """One axis of crop and flip: the step per output pixel, and where pixel 0 lies from the image's centre."""
    step = np.where(backwards, -extent, extent) / input_length
    return step, np.where(backwards, start + extent, start) + step / 2 - 0.5
