"""What differs from one hand to the next, drawn for each image of a batch: the run of the strokes and their width."""

from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from torch import Tensor

from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.places import layout_of
from mojika.parameters.declaration import FRACTION, NOT_NEGATIVE, Parameter, Range

_SEVERAL = Range("a whole number from 2 on", lambda value: value >= 2)


@dataclass(frozen=True, kw_only=True)
class Elastic(BatchOperation):
    """A new batch of images, each bent smoothly by a field of its own.

    A grid of `points` × `points` control points spans the image, corners included. Each is moved along both axes by
    normal random numbers whose standard deviation is `strength` times the side; between them the field is bicubic and
    pixels are taken bilinearly, the edge's from beyond it. After Simard et al., "Best Practices for Convolutional
    Neural Networks Applied to Visual Document Analysis" (ICDAR 2003), with control points in place of a blurred field.
    """

    strength: Annotated[
        float,
        Parameter(
            "bend images smoothly: standard deviation of control points, as a share of the side",
            NOT_NEGATIVE,
            name="",
            metavar="S",
        ),
    ] = 0.0
    points: Annotated[int, Parameter("number of control points along a side", _SEVERAL, metavar="N")] = 5

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        shifts = torch.randn(len(images), 2, self.points, self.points, generator=generator)
        shifts = (shifts * (2 * self.strength)).to(images.device, non_blocking=True)  # the image is 2 wide
        field = F.interpolate(shifts, images.shape[2:], mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
        places = _own_places(images) + field
        bent = F.grid_sample(images, places, mode="bilinear", padding_mode="border", align_corners=False)
        return bent.contiguous(memory_format=layout_of(images))


@dataclass(frozen=True, kw_only=True)
class StrokeWidth(BatchOperation):
    """A new batch of images, with the bright strokes of each made wider or narrower.

    An image is blended with its dilation or its erosion by 3 × 3 pixels, either as often, whose share is uniform up to
    `strength`.
    """

    strength: Annotated[
        float,
        Parameter("strength of widening or narrowing bright strokes, 0 to 1", FRACTION, name="", metavar="S"),
    ] = 0.0

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        share = (2 * torch.rand(len(images), generator=generator) - 1) * self.strength  # below 0: narrower
        share = share.to(images.device, non_blocking=True).view(-1, 1, 1, 1)
        wide, narrow = F.max_pool2d(images, 3, 1, 1), -F.max_pool2d(-images, 3, 1, 1)
        return images + share.clamp(min=0) * (wide - images) - share.clamp(max=0) * (narrow - images)


def _own_places(images: Tensor) -> Tensor:
    """`(1, H, W, 2)`: where each pixel lies, in `grid_sample`'s coordinates from -1 to 1."""
    height, width = images.shape[2:]
    y, x = ((2 * torch.arange(extent, device=images.device) + 1) / extent - 1 for extent in (height, width))
    return torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1)[None]
