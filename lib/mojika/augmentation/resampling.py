"""Pixels moved to where matrices say."""

import torch
from torch import Tensor
from torch.nn import functional as F


def resample(images: Tensor, matrices: Tensor, height: int, width: int, interpolation: str) -> Tensor:
    """`(N, C, height, width) float32` from `images (N, C, H, W)` with levels of 0 to 255; the result has whole levels.

    `matrices (N, 2, 3)` map an output pixel to a source position, pixel centres at integers; positions outside the
    image take the border's colour.
    """
    rows = matrices.to(images.device, non_blocking=True)[..., None, None]  # (N, 2, 3, 1, 1)
    column = torch.arange(width, device=images.device, dtype=torch.float32)
    row = torch.arange(height, device=images.device, dtype=torch.float32)[:, None]
    # sums of products, not a matrix product: TF32 would blur the positions
    x, y = (rows[:, axis, 0] * column + (rows[:, axis, 1] * row + rows[:, axis, 2]) for axis in (0, 1))
    source_height, source_width = images.shape[2:]
    grid = torch.stack([(2 * x + 1) / source_width - 1, (2 * y + 1) / source_height - 1], -1)
    sampled = F.grid_sample(images.float(), grid, mode=interpolation, padding_mode="border", align_corners=False)
    return sampled.round_().clamp_(0, 255)
