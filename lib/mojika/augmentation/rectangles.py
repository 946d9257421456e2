"""Rectangles of pixels, one per image: top, left, bottom, right, the last two exclusive."""

import numpy as np
import torch
from torch import Tensor


def clipped(corner: np.ndarray, size: np.ndarray, height: int, width: int) -> np.ndarray:
    """The part inside the image of rectangles at `corner` (top, left) of `size` (height, width), both `(..., 2)`.

    Returns `(..., 4) int64`.
    """
    extent = (height, width)
    return np.concatenate([np.clip(corner, 0, extent), np.clip(corner + size, 0, extent)], -1).astype(np.int64)


def inside(rectangles: np.ndarray, height: int, width: int, device: torch.device) -> Tensor:
    """`(N, 1, H, W) bool` on the device: the pixels in each image's rectangle, from `(N, 4) int64`."""
    top, left, bottom, right = torch.from_numpy(rectangles).to(device, non_blocking=True).view(-1, 4, 1, 1).unbind(1)
    y, x = torch.arange(height, device=device)[:, None], torch.arange(width, device=device)
    return ((y >= top) & (y < bottom) & (x >= left) & (x < right))[:, None]
