"""Images out of focus: a mean of neighbours, or one weighted by a bell curve."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import cv2
import torch
import torch.nn.functional as F
from torch import Tensor

from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.randomness import chosen_rows
from mojika.parameters.declaration import FRACTION, Parameter, Range

_ODD = Range("an odd number from 3 on", lambda value: value >= 3 and value % 2 == 1)


@dataclass(frozen=True, kw_only=True)
class Blur(BatchOperation):
    """With probability `p`, each pixel of an image becomes the mean of a square around it, **in place**.

    The square's side is odd, from 3 to `kernel`, each as often. Beyond its edge an image is reflected.
    """

    summary = "mean of a square around each pixel"
    p: Annotated[float, Parameter("share of images with this blur", FRACTION)] = 0.5
    kernel: Annotated[int, Parameter("largest side of the square, in pixels", _ODD, metavar="PX")] = 7

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        return _blurred(images, self.p, self.kernel, generator, lambda side: torch.full((side,), 1 / side))


@dataclass(frozen=True, kw_only=True)
class GaussianBlur(BatchOperation):
    """`Blur` weighted by a bell curve, which is as wide as OpenCV makes it for a square of this side."""

    summary = "mean of a square around each pixel, by a bell curve"
    p: Annotated[float, Parameter("share of images with Gaussian blur", FRACTION)] = 0.5
    kernel: Annotated[int, Parameter("largest side of the square, in pixels", _ODD, metavar="PX")] = 3

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        return _blurred(images, self.p, self.kernel, generator, _bell)


def _bell(side: int) -> Tensor:
    return torch.from_numpy(cv2.getGaussianKernel(side, 0, cv2.CV_32F))[:, 0]


def _blurred(
    images: Tensor, p: float, largest: int, generator: torch.Generator, weights_of: Callable[[int], Tensor]
) -> Tensor:
    """`weights_of(side)`: the weights of a row of the square, `(side,)`."""
    rows = chosen_rows(len(images), p, generator)
    sides = 3 + 2 * torch.randint((largest - 1) // 2, (len(images),), generator=generator)[rows]
    channels = images.shape[1]
    for side in sides.unique().tolist():
        own = rows[sides == side].to(images.device, non_blocking=True)
        line = weights_of(side).to(images.device, non_blocking=True)
        across = F.pad(images[own], (side // 2,) * 4, mode="reflect")
        for shape in ((1, 1, side, 1), (1, 1, 1, side)):
            across = F.conv2d(across, line.view(shape).repeat(channels, 1, 1, 1), groups=channels)
        images[own] = across
    return images
