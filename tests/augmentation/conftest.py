"""Pictures to augment: smooth, colourful, the same every time."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch

from mojika.augmentation.image import ImageAugmentation
from mojika.augmentation.opencv_backend import augment_opencv
from mojika.augmentation.parameters import Parameters
from mojika.augmentation.tensor_backend import augment_tensor
from mojika.sizes import Size, height_width


@pytest.fixture
def pictures() -> Callable[..., np.ndarray]:
    """`pictures(count, size, channels)`: `(N, H, W, C) uint8`, smooth, with all levels from dark to bright."""

    def make(count: int, size: Size, channels: int, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        noise = rng.random((count, *height_width(size), channels), dtype=np.float32)
        for picture in noise:
            picture[:] = cv2.GaussianBlur(picture, (0, 0), min(height_width(size)) / 16).reshape(picture.shape)
            picture -= picture.min((0, 1))
            picture /= picture.max((0, 1))
        return np.rint(255 * noise).astype(np.uint8)

    return make


@pytest.fixture
def plain() -> Callable[..., ImageAugmentation]:
    """`plain(input_size, scale_size, channels, **steps)`: a recipe whose output is the pixels, 0 to 255."""

    def make(input_size: Size, scale_size: Size, channels: int = 1, **steps) -> ImageAugmentation:
        unit = (1 / 255,) * channels
        return ImageAugmentation(
            input_size=input_size, scale_size=scale_size, **{"mean": (0.0,) * channels, "std": unit} | steps
        )

    return make


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(2019)


def _by_opencv(images: np.ndarray, parameters: Parameters, recipe: ImageAugmentation) -> torch.Tensor:
    return augment_opencv(images, np.arange(len(images)), parameters, recipe)


def _by_tensors(images: np.ndarray, parameters: Parameters, recipe: ImageAugmentation) -> torch.Tensor:
    return augment_tensor(torch.from_numpy(images), parameters, recipe)


@pytest.fixture(params=[_by_opencv, _by_tensors], ids=["opencv", "tensor"])
def augment(request) -> Callable:
    """`augment(images, parameters, recipe)` by either backend, `(N, C, S, S)`."""
    return request.param
