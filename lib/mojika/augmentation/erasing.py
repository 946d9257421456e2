"""Random erasing (Zhong et al., arXiv:1708.04896): a rectangle of noise over part of an image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.geometry import between, first_fit
from mojika.augmentation.randomness import device_generator, numpy_generator
from mojika.augmentation.rectangles import inside
from mojika.errors import ParameterError
from mojika.parameters.declaration import FRACTION, POSITIVE, Parameter, Range

ASPECTS = ("log-uniform", "uniform")
NOISES = ("pixels", "normalised")
_ATTEMPTS = 10
_AREA = Range("a fraction above 0, at most 1", lambda value: 0 < value <= 1)


@dataclass(frozen=True, kw_only=True)
class RandomErasing(BatchOperation):
    """Overwrite a rectangle of each image, **in place**, with probability `p`.

    The rectangle's share of the area is uniform in `[sl, sh]`; its height / width is uniform in `[r1, r2]`, or its
    logarithm is. Each value becomes noise, uniform over pixel values [0, 1] and normalised like them, or uniform over
    normalised values [0, 1]. The same rectangles are drawn on every device.
    """

    summary = "noise in a rectangle, arXiv:1708.04896"
    p: Annotated[float, Parameter("share of images with an erased rectangle", FRACTION)] = 0.5
    sl: Annotated[float, Parameter("smallest area of the rectangle, as a fraction of the image's", FRACTION)] = 0.02
    sh: Annotated[float, Parameter("largest area of the rectangle, as a fraction of the image's", _AREA)] = 0.4
    r1: Annotated[float, Parameter("smallest height / width of the rectangle", POSITIVE)] = 0.3
    r2: Annotated[float, Parameter("largest height / width of the rectangle (default: 3.33)", POSITIVE)] = 1 / 0.3
    aspect: Annotated[
        str,
        Parameter(
            "distribution of height / width; with uniform, as in 2019, three rectangles of four are upright",
            choices=ASPECTS,
        ),
    ] = "log-uniform"
    noise: Annotated[
        str,
        Parameter(
            "what the noise is uniform over: pixels from black to white, or 0 to 1 after normalisation as in 2019",
            choices=NOISES,
        ),
    ] = "pixels"

    def __post_init__(self) -> None:
        super().__post_init__()
        for low, high in (("sl", "sh"), ("r1", "r2")):
            if getattr(self, low) > getattr(self, high):
                raise ParameterError(f"{{{low}}} is larger than {{{high}}}")

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        area, aspect = (self.sl, self.sh), (self.r1, self.r2)
        count, channels, height, width = images.shape
        evenly = self.aspect == "uniform"
        rectangles = erasing_rectangles(count, height, width, self.p, area, aspect, generator, evenly=evenly)
        mean, std = (self.mean, self.std) if self.noise == "pixels" else ((0.0,) * channels, (1.0,) * channels)
        fill = fill_on_host if images.device.type == "cpu" else fill_on_device
        fill(images, rectangles, mean, std, generator)
        return images


def erasing_rectangles(
    count: int,
    height: int,
    width: int,
    p: float,
    area: tuple[float, float],
    aspect: tuple[float, float],
    generator: torch.Generator,
    *,
    evenly: bool = False,
) -> np.ndarray:
    """`(N, 4) int64`: top, left, bottom, right (exclusive) in pixels; all zero where nothing is erased.

    `evenly` draws height / width uniformly, not its logarithm.
    Up to ten attempts are made to find a rectangle smaller than the image, as torchvision's `RandomErasing` does.
    """
    attempts = torch.rand(count, _ATTEMPTS, 2, dtype=torch.float64, generator=generator).numpy()
    place = torch.rand(count, 2, dtype=torch.float64, generator=generator).numpy()
    chance = torch.rand(count, dtype=torch.float64, generator=generator).numpy()
    areas = height * width * between(*area, attempts[..., 0])
    flattest, steepest = aspect if evenly else np.log(aspect)
    aspects = between(flattest, steepest, attempts[..., 1])
    aspects = aspects if evenly else np.exp(aspects)
    sizes = np.stack([np.sqrt(areas * aspects), np.sqrt(areas / aspects)], 2).round()  # (N, attempts, 2)
    chosen, found = first_fit(np.all(sizes < (height, width), 2))
    size = sizes[chosen]
    corner = np.floor(place * ((height, width) - size + 1))
    erased = found & (chance < p)
    return np.where(erased[:, None], np.concatenate([corner, corner + size], 1), 0).astype(np.int64)


def fill_on_host(
    images: Tensor, rectangles: np.ndarray, mean: Sequence[float], std: Sequence[float], generator: torch.Generator
) -> None:
    """Noise in the rectangles, touching nothing else."""
    pixels, noise = images.permute(0, 2, 3, 1).numpy(), numpy_generator(generator)
    channels = len(std)
    scale, shift = (np.tile(values, images.shape[3]) for values in _normalisation(mean, std))  # of a row of pixels
    for image, (top, left, bottom, right) in zip(pixels, rectangles.tolist(), strict=True):
        height, width = bottom - top, right - left
        if height and width:
            values = noise.random((height, width * channels), dtype=np.float32)
            values *= scale[: width * channels]
            values += shift[: width * channels]
            image[top:bottom, left:right] = values.reshape(height, width, channels)


def fill_on_device(
    images: Tensor, rectangles: np.ndarray, mean: Sequence[float], std: Sequence[float], generator: torch.Generator
) -> None:
    """The same by whole-batch operations, without device-to-host synchronisation."""
    device = images.device
    height, width = images.shape[2:]
    erased = inside(rectangles, height, width, device)
    scale, shift = (torch.from_numpy(a).to(device, non_blocking=True) for a in _normalisation(mean, std))
    noise = torch.empty_like(images).uniform_(generator=device_generator(generator, device))
    noise.mul_(scale[:, None, None]).add_(shift[:, None, None])
    torch.where(erased, noise, images, out=images)


def _normalisation(mean: Sequence[float], std: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shift of pixels in [0, 1], each `(C,) float32`."""
    scale = 1 / np.array(std, np.float32)
    return scale, -np.array(mean, np.float32) * scale
