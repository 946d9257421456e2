"""Memory for large batches on the host."""

import numpy as np
import torch
from torch import Tensor


def empty_batch(count: int, channels: int, height: int, width: int) -> Tensor:
    """Uninitialised `(N, C, H, W) float32` on the CPU, channels-last.

    Allocated by NumPy, which asks the kernel for huge pages: touching a fresh batch of 256 images of 112×112 RGB took
    16 µs an image instead of 57, next to the 100 that augmenting one takes.
    """
    return torch.from_numpy(np.empty((count, height, width, channels), np.float32)).permute(0, 3, 1, 2)
