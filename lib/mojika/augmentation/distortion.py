"""Images stretched by a grid, or as by a lens, before a black ground; both after Albumentations."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.places import centred, sample
from mojika.augmentation.randomness import chosen_rows
from mojika.parameters.declaration import BELOW_ONE, FRACTION, NOT_NEGATIVE, POSITIVE, Parameter


@dataclass(frozen=True, kw_only=True)
class GridDistortion(BatchOperation):
    """With probability `p`, columns and rows of an image are stretched and compressed, **in place**.

    `steps` strips of columns, and as many of rows, each take a piece of the source that is 1 ± `limit` times as wide,
    uniformly; they follow each other from the upper left corner. What comes in from outside is black.
    """

    summary = "stretch and compress strips of columns and rows"
    p: Annotated[float, Parameter("share of images with grid distortion", FRACTION)] = 0.5
    steps: Annotated[int, Parameter("number of strips along a side", POSITIVE, metavar="N")] = 5
    limit: Annotated[float, Parameter("a strip shows 1 ± this times its width of the image", BELOW_ONE)] = 0.3

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        rows = chosen_rows(len(images), self.p, generator)
        strips = 1 + self.limit * (2 * torch.rand(2, len(images), self.steps, generator=generator)[:, rows] - 1)
        height, width = images.shape[2:]
        x, y = (_through_strips(each, extent) for each, extent in zip(strips, (width, height), strict=True))
        rows, x, y = (each.to(images.device, non_blocking=True) for each in (rows, x, y))
        images[rows] = sample(images[rows], x[:, None], y[:, :, None], self.normalised(0.0, images))
        return images


def _through_strips(strips: Tensor, extent: int) -> Tensor:
    """`(N, extent)`: the source position of each pixel, from how wide the source of each strip is, `(N, steps)`."""
    steps = strips.shape[1]
    place = (torch.arange(extent) + 0.5) * (steps / extent)  # in strips
    strip = place.long().clamp(max=steps - 1)
    before = strips.cumsum(1) - strips
    return (before[:, strip] + (place - strip) * strips[:, strip]) * (extent / steps) - 0.5


@dataclass(frozen=True, kw_only=True)
class OpticalDistortion(BatchOperation):
    """With probability `p`, an image is seen through a lens, **in place**.

    Lines from the centre are longer by 1 + k r² + k r⁴ in the source, r in widths of the image and k uniform in
    ±`limit`: the radial distortion of OpenCV's camera, its focal length the width. What comes in from outside is black.
    """

    summary = "radial distortion, as by a lens"
    p: Annotated[float, Parameter("share of images with optical distortion", FRACTION)] = 0.5
    limit: Annotated[float, Parameter("largest distortion coefficient, of either sign", NOT_NEGATIVE)] = 0.05

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        rows = chosen_rows(len(images), self.p, generator)
        k = self.limit * (2 * torch.rand(len(images), generator=generator)[rows] - 1)
        rows, k = (each.to(images.device, non_blocking=True) for each in (rows, k))
        height, width = images.shape[2:]
        column, row = centred(images)
        square = (column**2 + row**2) / width**2
        longer = 1 + k[:, None, None] * (square + square**2)
        x, y = column * longer + (width - 1) / 2, row * longer + (height - 1) / 2
        images[rows] = sample(images[rows], x, y, self.normalised(0.0, images))
        return images
