"""Images moved, scaled and turned about their centre, in and out, before a black ground."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.places import centred, sample
from mojika.augmentation.randomness import chosen_rows
from mojika.parameters.declaration import BELOW_ONE, FRACTION, Parameter, Range

_ROTATION = Range("0 to 180 degrees", lambda value: 0 <= value <= 180)


@dataclass(frozen=True, kw_only=True)
class ShiftScaleRotate(BatchOperation):
    """Albumentations' transform of this name: with probability `p`, an image is moved, scaled and turned, **in place**.

    A shift is uniform in ±`shift` times the width and the height, a factor in 1 ± `scale`, an angle in ±`rotate`
    degrees, counter-clockwise; each image has its own. What comes in from outside is black. Other than a random crop,
    this also makes an image smaller; it resamples once more.
    """

    summary = "shift, scale and rotate about the centre, black outside"
    p: Annotated[float, Parameter("share of images that are shifted, scaled and rotated", FRACTION)] = 0.5
    shift: Annotated[float, Parameter("largest shift, as a share of width and height", FRACTION)] = 0.0625
    scale: Annotated[float, Parameter("scale by a factor in 1 ± this", BELOW_ONE)] = 0.1
    rotate: Annotated[float, Parameter("rotate by up to ±D degrees", _ROTATION, metavar="D")] = 45.0

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        rows = chosen_rows(len(images), self.p, generator)
        right, down, larger, turn = 2 * torch.rand(4, len(images), generator=generator)[:, rows] - 1
        factor, angle = 1 + self.scale * larger, torch.deg2rad(self.rotate * turn)
        height, width = images.shape[2:]
        numbers = torch.stack(
            [angle.cos() / factor, angle.sin() / factor, self.shift * width * right, self.shift * height * down]
        )
        cos, sin, right, down = numbers.to(images.device, non_blocking=True)[..., None, None]
        column, row = centred(images)
        x, y = column - right, row - down
        source_x, source_y = cos * x - sin * y + (width - 1) / 2, sin * x + cos * y + (height - 1) / 2
        rows = rows.to(images.device, non_blocking=True)
        images[rows] = sample(images[rows], source_x, source_y, self.normalised(0.0, images))
        return images
