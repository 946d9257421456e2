"""AugMix's operations against those of the paper's code: PIL's, and its rules for magnitudes."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from mojika.augmentation.augmix_operations import OPERATIONS, apply_operation

HEIGHT, WIDTH = 48, 36
GEOMETRIC = OPERATIONS[4:]


def by_pil(name: str, image: Image.Image, strength: float) -> Image.Image:
    """`strength` is the level divided by 10; directions are those of the sign."""

    def affine(*matrix: float) -> Image.Image:
        return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)

    whole = {"posterize": 4, "solarize": 256, "rotate": 30, "translate_x": WIDTH / 3, "translate_y": HEIGHT / 3}
    level = int(strength * whole.get(name, 0))  # towards zero
    return {
        "autocontrast": lambda: ImageOps.autocontrast(image),
        "equalize": lambda: ImageOps.equalize(image),
        "posterize": lambda: ImageOps.posterize(image, 4 - abs(level)),
        "solarize": lambda: ImageOps.solarize(image, 256 - abs(level)),
        "rotate": lambda: image.rotate(level, Image.Resampling.BILINEAR),
        "shear_x": lambda: affine(1, 0.3 * strength, 0, 0, 1, 0),
        "shear_y": lambda: affine(1, 0, 0, 0.3 * strength, 1, 0),
        "translate_x": lambda: affine(1, 0, level, 0, 1, 0),
        "translate_y": lambda: affine(1, 0, 0, 0, 1, level),
    }[name]()


def as_image(levels: torch.Tensor) -> Image.Image:
    return Image.fromarray(levels.permute(1, 2, 0).squeeze(2).numpy())


def as_levels(image: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.atleast_3d(np.array(image))).permute(2, 0, 1)


@pytest.fixture(params=[1, 3], ids=["gray", "rgb"])
def levels(pictures, request) -> torch.Tensor:
    """`(4, C, 48, 36) uint8` with some bright, some dark, some dull pictures, one of a single level."""
    images = pictures(4, HEIGHT, request.param)[:, :, :WIDTH].astype(np.float32)
    images = images * np.array([1, 0.5, 0.7, 0]).reshape(-1, 1, 1, 1) + np.array([0, 0, 60, 99]).reshape(-1, 1, 1, 1)
    return torch.from_numpy(images.astype(np.uint8)).permute(0, 3, 1, 2).contiguous()


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("strengths", [(0.05, 0.3, -0.3, 0.5), (-0.77, 0.99, -0.99, 0.0)], ids=str)
def test_operation_as_pil(levels, name, strengths):
    before = levels.clone()
    results = apply_operation(name, levels, np.array(strengths))
    assert results.dtype == torch.uint8
    assert torch.equal(levels, before)
    for image, result, strength in zip(levels, results, strengths, strict=True):
        difference = (result - as_levels(by_pil(name, as_image(image), strength)).int()).abs()
        if name in GEOMETRIC:
            seen = as_levels(by_pil(name, as_image(torch.full_like(image, 255)), strength)) == 255
            assert seen.float().mean() > 0.5
            assert (difference * seen).max() <= 1  # PIL cuts off decimals
        elif name == "autocontrast":
            assert difference.max() <= 1  # a product in doubles that torchvision calculates in floats
            assert difference.float().mean() < 0.05
        else:
            assert not difference.any()


@pytest.mark.parametrize("name", GEOMETRIC)
def test_strength_zero_moves_nothing(levels, name):
    assert torch.equal(apply_operation(name, levels, np.zeros(4)), levels)


@pytest.mark.parametrize(("name", "axis"), [("translate_x", 3), ("translate_y", 2)])
def test_outside_the_image_its_border_continues(levels, name, axis):
    extent = levels.shape[axis]
    for strength, shift in ((0.5, int(extent / 6)), (-0.5, -int(extent / 6))):
        source = (torch.arange(extent) + shift).clamp(0, extent - 1)
        found = apply_operation(name, levels, np.full(4, strength))
        assert torch.equal(found, levels.index_select(axis, source))


@pytest.mark.parametrize("name", GEOMETRIC)
def test_no_operation_brings_black_to_bright_paper(name):
    paper = torch.full((2, 1, 20, 30), 240, dtype=torch.uint8)
    assert torch.equal(apply_operation(name, paper, np.array([0.99, -0.99])), paper)
