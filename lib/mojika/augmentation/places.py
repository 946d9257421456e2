"""Where the pixels of a batch come from, and taking them from there."""

import torch
import torch.nn.functional as F
from torch import Tensor


def sample(images: Tensor, x: Tensor, y: Tensor, beyond: Tensor) -> Tensor:
    """`images (N, C, H, W)` at the source positions `x` and `y`, pixels with their centres at integers, bilinearly.

    Both may be anything that expands to `(N, H, W)`. What lies outside an image has the colour `beyond (1, C, 1, 1)`.
    """
    count, _, height, width = images.shape
    size = torch.tensor([width, height], device=images.device)
    places = torch.stack([each.expand(count, height, width) for each in (x, y)], -1)
    grid = (2 * places + 1) / size - 1  # grid_sample has the image from -1 to 1, edge to edge
    sampled = F.grid_sample(images - beyond, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return (sampled + beyond).contiguous(memory_format=layout_of(images))


def centred(images: Tensor) -> tuple[Tensor, Tensor]:
    """Columns `(W,)` and rows `(H, 1)` of a batch, counted from the image's centre."""
    height, width = images.shape[2:]
    columns, rows = (torch.arange(extent, device=images.device) - (extent - 1) / 2 for extent in (width, height))
    return columns, rows[:, None]


def layout_of(images: Tensor) -> torch.memory_format:
    channels_last = images.is_contiguous(memory_format=torch.channels_last) and not images.is_contiguous()
    return torch.channels_last if channels_last else torch.contiguous_format
