"""Pixels taken away from an image of a batch: the squares of cutout and the grid of GridMask.

The papers fill with zeros of the normalised image. Here a pixel that is taken away gets the mean colour of its own
image as it was before, as the 2019 training script had it: paper stays paper, and the image's mean does not move.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.geometry import between
from mojika.augmentation.rectangles import clipped, inside
from mojika.parameters.declaration import FRACTION, NOT_NEGATIVE, POSITIVE, Parameter, low_high


@dataclass(frozen=True, kw_only=True)
class Cutout(BatchOperation):
    """Cutout (DeVries and Taylor, arXiv:1708.04552): cut squares out of images, **in place**.

    With probability `p`, an image gets `holes` squares of its own with sides of `length` pixels, their centres uniform
    over its pixels; what falls outside is lost.
    """

    summary = "squares of the image's mean, arXiv:1708.04552"
    p: Annotated[float, Parameter("share of images with cutout", FRACTION)] = 1.0
    holes: Annotated[int, Parameter("number of squares per image", POSITIVE)] = 1
    length: Annotated[int, Parameter("side of a square in pixels", POSITIVE, metavar="PX")] = 64

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        height, width = images.shape[2:]
        uniform = torch.rand(len(images), self.holes, 2, dtype=torch.float64, generator=generator).numpy()
        chance = torch.rand(len(images), dtype=torch.float64, generator=generator).numpy()
        corner = np.floor(uniform * (height, width)) - self.length // 2
        squares = clipped(corner, np.array([self.length, self.length]), height, width)
        squares = np.where(chance[:, None, None] < self.p, squares, 0)
        mean = images.mean((2, 3), keepdim=True)
        for square in squares.swapaxes(0, 1):  # one of each image
            torch.where(inside(square, height, width, images.device), mean, images, out=images)
        return images


@dataclass(frozen=True, kw_only=True)
class GridMask(BatchOperation):
    """GridMask (Chen et al., arXiv:2001.04086): drop a grid of squares from images, **in place**.

    With probability `p`, each image with a grid of its own: it repeats every d pixels, d a whole number uniform in
    `period` (fractions of the shorter side); in each d×d cell a square of `round(d (1 - keep))` pixels a side is
    dropped, so that `keep` is the share of a cell's edge that stays; the grid is shifted by less than d along both axes
    and turned about the image's centre by an angle uniform in ±`rotate_degree`.
    """

    summary = "a grid of squares is dropped, arXiv:2001.04086"
    p: Annotated[float, Parameter("share of images with GridMask", FRACTION)] = 0.7
    period: Annotated[
        tuple[float, float],
        Parameter("period of the grid, as a range of fractions of the shorter side", low_high(1.0)),
    ] = (0.4, 1.0)
    keep: Annotated[
        float, Parameter("share of the period that is kept; the rest is the side of a square", FRACTION)
    ] = 0.6
    rotate_degree: Annotated[
        float,
        Parameter("rotate the grid by up to ±D degrees", NOT_NEGATIVE, name="rotate", metavar="D"),
    ] = 0.0

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        shorter = min(images.shape[2:])
        chance, size, *shift, turn = torch.rand(5, len(images), dtype=torch.float64, generator=generator).numpy()
        smallest, largest = (max(1, round(share * shorter)) for share in self.period)
        cell = np.floor(between(smallest, largest + 1, size))
        side = np.where(chance < self.p, np.rint(cell * (1 - self.keep)), 0)
        angle = np.deg2rad(between(-self.rotate_degree, self.rotate_degree, turn))
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
