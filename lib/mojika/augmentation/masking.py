"""Pixels taken away from an image of a batch: the squares of cutout and the grid of GridMask.

The papers fill with zeros of the normalised image. Here a pixel that is taken away gets the mean colour of its own
image as it was before, as the 2019 training script had it: paper stays paper, and the image's mean does not move.
"""

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.geometry import between
from mojika.augmentation.rectangles import clipped, inside
from mojika.errors import UserError


def cutout(images: Tensor, holes: int, length: int, generator: torch.Generator, p: float = 1.0) -> Tensor:
    """Cutout (DeVries and Taylor, arXiv:1708.04552): cut squares out of `images (N, C, H, W) float32`, **in place**.

    With probability `p`, an image gets `holes` squares of its own with sides of `length` pixels, their centres uniform
    over its pixels; what falls outside is lost. Returns `images`. Raises `UserError` for numbers without meaning.
    """
    if not (holes >= 1 and length >= 1 and 0 <= p <= 1):
        raise UserError(
            "cutout: expected at least 1 hole of 1 pixel and 0 <= p <= 1, "
            f"found holes={holes}, length={length}, p={p}; change the --cutout-… flags"
        )
    height, width = images.shape[2:]
    uniform = torch.rand(len(images), holes, 2, dtype=torch.float64, generator=generator).numpy()
    chance = torch.rand(len(images), dtype=torch.float64, generator=generator).numpy()
    squares = clipped(np.floor(uniform * (height, width)) - length // 2, np.array([length, length]), height, width)
    squares = np.where(chance[:, None, None] < p, squares, 0)
    mean = images.mean((2, 3), keepdim=True)
    for square in squares.swapaxes(0, 1):  # one of each image
        torch.where(inside(square, height, width, images.device), mean, images, out=images)
    return images


def gridmask(
    images: Tensor,
    *,
    p: float,
    period: tuple[float, float],
    keep: float,
    rotate_degree: float,
    generator: torch.Generator,
) -> Tensor:
    """GridMask (Chen et al., arXiv:2001.04086): drop a grid of squares from `images (N, C, H, W)`, **in place**.

    With probability `p`, each image anew: the grid repeats every d pixels, d a whole number uniform in `period`
    (fractions of the shorter side); in each d×d cell a square of `round(d (1 - keep))` pixels a side is dropped, so
    that `keep` is the share of a cell's edge that stays; the grid is shifted by less than d along both axes and turned
    about the image's centre by an angle uniform in ±`rotate_degree`. Returns `images`.
    Raises `UserError` for numbers without meaning.
    """
    low, high = period
    if not (0 <= p <= 1 and 0 < low <= high and 0 <= keep <= 1 and rotate_degree >= 0):
        raise UserError(
            "gridmask: expected 0 <= p <= 1, 0 < low <= high period, 0 <= keep <= 1 and rotate >= 0, "
            f"found p={p}, period={low},{high}, keep={keep}, rotate={rotate_degree}; change the --gridmask-… flags"
        )
    shorter = min(images.shape[2:])
    chance, size, *shift, turn = torch.rand(5, len(images), dtype=torch.float64, generator=generator).numpy()
    smallest, largest = max(1, round(low * shorter)), max(1, round(high * shorter))
    cell = np.floor(between(smallest, largest + 1, size))
    side = np.where(chance < p, np.rint(cell * (1 - keep)), 0)
    angle = np.deg2rad(between(-rotate_degree, rotate_degree, turn))
    grid = np.stack([cell, side, *np.floor(shift * cell), np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    dropped = _grid_squares(torch.from_numpy(grid).to(images.device, non_blocking=True), *images.shape[2:])
    return torch.where(dropped, images.mean((2, 3), keepdim=True), images, out=images)


def _grid_squares(grid: Tensor, height: int, width: int) -> Tensor:
    """`(N, 1, H, W) bool` from `(N, 6)`: cell, side, shift along x and y, cosine and sine of the angle."""
    cell, side, shift_x, shift_y, cos, sin = grid.view(-1, 6, 1, 1, 1).unbind(1)
    centre_y, centre_x = (height - 1) / 2, (width - 1) / 2
    y = torch.arange(height, device=grid.device, dtype=torch.float32)[:, None] - centre_y
    x = torch.arange(width, device=grid.device, dtype=torch.float32) - centre_x
    along_x = cos * x - sin * y + (centre_x - shift_x)
    along_y = sin * x + cos * y + (centre_y - shift_y)
    return (along_x.remainder(cell) < side) & (along_y.remainder(cell) < side)
