"""Pixels moved to where matrices say."""

import torch
from torch import Tensor
from torch.nn import functional as F


def resample(
    images: Tensor, matrices: Tensor, height: int, width: int, interpolation: str, border: str = "edge"
) -> Tensor:
    """`(N, C, height, width) float32` from `images (N, C, H, W)` with levels of 0 to 255; the result has whole levels.

    `matrices (N, 2, 3)` map an output pixel to a source position, pixel centres at integers; positions outside the
    image take the colour of its nearest edge, or become 0 where `border` is "black".
    """
    source_height, source_width = images.shape[2:]
    size = torch.tensor([source_width, source_height]).view(2, 1)
    steps = matrices * (2 / size)  # grid_sample has the image from -1 to 1, edge to edge
    steps[..., 2:] += 1 / size - 1
    steps = steps.to(images.device, non_blocking=True)[..., None, None]  # (N, 2, 3, 1, 1)
    column = torch.arange(width, device=images.device, dtype=torch.float32)
    row = torch.arange(height, device=images.device, dtype=torch.float32)[:, None]
    grid = torch.empty(len(images), height, width, 2, device=images.device)
    for axis in (0, 1):  # sums of products, not a matrix product: TF32 would blur the positions
        torch.add(steps[:, axis, 0] * column, steps[:, axis, 1] * row + steps[:, axis, 2], out=grid[..., axis])
    sampled = F.grid_sample(images.float(), grid, mode=interpolation, padding_mode="border", align_corners=False)
    if border == "black":
        sampled *= (grid.abs() <= 1).all(-1)[:, None]
    return sampled.round_().clamp_(0, 255)
