"""The operations of AugMix on batches of 8-bit levels, each image with its own strength.

They are the nine of the paper's code that do not resemble the corruptions of its benchmark, with its magnitudes and
PIL's geometry: shears leave the upper left corner where it is. But what comes from outside an image repeats its border;
black wedges would be foreign to paper.
"""

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.resampling import resample

OPERATIONS = (
    "autocontrast", "equalize", "posterize", "solarize", "rotate", "shear_x", "shear_y", "translate_x", "translate_y",
)  # fmt: skip


def apply_operation(name: str, levels: Tensor, strengths: np.ndarray) -> Tensor:
    """One of OPERATIONS on `levels (N, C, H, W) uint8` with `strengths (N,)` in (-1, 1); returns as many levels.

    The sign is a direction: of a turn, a shear or a shift. Towards strength 1, posterize keeps 1 bit, solarize inverts
    all levels, rotate turns by 30 degrees, a shear moves pixels by 0.3 of their distance, translations by a third of
    the image. Channels are treated alike but, by autocontrast and equalize, each with its own histogram.
    """
    if name in ("autocontrast", "equalize"):
        from torchvision.transforms.v2 import functional  # takes as long to import as torch, and only this needs it

        return getattr(functional, name)(levels)
    if name in ("posterize", "solarize"):
        whole = np.floor(np.abs(strengths) * {"posterize": 4, "solarize": 256}[name]).astype(np.uint8)
        strength = torch.from_numpy(whole).to(levels.device, non_blocking=True).view(-1, 1, 1, 1)
        return _posterize(levels, 4 - strength) if name == "posterize" else _solarize(levels, strength)
    height, width = levels.shape[2:]
    matrices = torch.from_numpy(affine_matrices(name, strengths, height, width))
    return resample(levels, matrices, height, width, "bilinear").to(torch.uint8)


def affine_matrices(name: str, strengths: np.ndarray, height: int, width: int) -> np.ndarray:
    """`(N, 2, 3) float32` from output to source pixel, pixel centres at integers, of the five geometric operations."""
    matrices = np.zeros((len(strengths), 2, 3), np.float32)
    matrices[:] = np.eye(2, 3)
    if name == "rotate":
        angle = np.deg2rad(np.trunc(30 * strengths))
        x, y = (width - 1) / 2, (height - 1) / 2
        cos, sin = np.cos(angle), np.sin(angle)
        matrices[:, 0] = np.stack([cos, -sin, x - cos * x + sin * y], 1)
        matrices[:, 1] = np.stack([sin, cos, y - sin * x - cos * y], 1)
        return matrices
    row = "xy".index(name[-1])
    if name.startswith("shear"):
        matrices[:, row, 1 - row] = 0.3 * strengths
        matrices[:, row, 2] = 0.3 * strengths / 2  # PIL's corner lies half a pixel before the first centre
    else:
        matrices[:, row, 2] = np.trunc((width, height)[row] / 3 * strengths)
    return matrices


def _posterize(levels: Tensor, bits: Tensor) -> Tensor:
    """Keep the upper `bits` (1 to 4) of 8."""
    return levels & (255 << (8 - bits))


def _solarize(levels: Tensor, count: Tensor) -> Tensor:
    """Invert the `count` brightest of the 256 levels."""
    inverted = 255 - levels
    return torch.where(inverted < count, inverted, levels)
