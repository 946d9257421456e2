"""Rotation, crops, flips and scaling of both backends against torchvision and PIL, in levels of 0 to 255."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as TF

from mojika.augmentation.geometry import Crops, sampling_matrices
from mojika.augmentation.parameters import centre_parameters
from mojika.sizes import height_width

ROUNDING = 0.51  # to 8 bits, and a little float error


def geometric(recipe, count, source_size, channels, degrees=0.0, box=(0, 0, 1, 1), mirrored=False, upside_down=False):
    """Parameters that rotate, crop `box` = left, top, width, height (fractions), and flip."""
    full = np.full(count, 1.0)
    crops = Crops(*(full * value for value in box))
    flips = full * mirrored > 0, full * upside_down > 0
    matrices = sampling_matrices(full * degrees, full * 0, crops, *flips, recipe.input_size, source_size)
    return replace(centre_parameters(recipe, count, source_size, channels), matrices=torch.from_numpy(matrices))


def channels_first(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images).permute(0, 3, 1, 2).float()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
def test_identity_returns_the_image_exactly(augment, pictures, plain, channels, interpolation):
    images = pictures(3, 33, channels)
    recipe = plain(33, 33, channels, interpolation=interpolation)
    result = augment(images, geometric(recipe, 3, 33, channels), recipe)
    torch.testing.assert_close(result, channels_first(images), atol=1e-4, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_rectangle_is_flipped_and_turned_about_its_own_centre(augment, pictures, plain, channels):
    images, recipe = pictures(2, (12, 20), channels), plain((12, 20), (12, 20), channels)
    source = channels_first(images)
    for moved, expected in (
        ({"mirrored": True}, source.flip(3)),
        ({"upside_down": True}, source.flip(2)),
        ({"degrees": 180}, source.flip(2, 3)),
    ):
        result = augment(images, geometric(recipe, 2, (12, 20), channels, **moved), recipe)
        torch.testing.assert_close(result, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_flips_and_quarter_turns_move_pixels_exactly(augment, pictures, plain, channels):
    images, recipe = pictures(2, 20, channels), plain(20, 20, channels)
    source = channels_first(images)
    for moved, expected in (
        ({"mirrored": True}, source.flip(3)),
        ({"upside_down": True}, source.flip(2)),
        ({"mirrored": True, "upside_down": True}, source.flip(2, 3)),
        ({"degrees": 90}, source.rot90(1, (2, 3))),
        ({"degrees": 90, "mirrored": True}, source.rot90(1, (2, 3)).flip(3)),
    ):
        result = augment(images, geometric(recipe, 2, 20, channels, **moved), recipe)
        torch.testing.assert_close(result, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("degrees", [-17.0, 3.0, 45.0])
def test_rotation_as_torchvision(augment, pictures, plain, channels, degrees):
    images, recipe = pictures(2, 64, channels), plain(64, 64, channels)
    result = augment(images, geometric(recipe, 2, 64, channels, degrees=degrees), recipe)
    expected = TF.rotate(channels_first(images), degrees, InterpolationMode.BILINEAR)
    inside = slice(16, 48)  # torchvision leaves the corners black
    assert (result - expected)[..., inside, inside].abs().max() < ROUNDING


def test_rotation_of_a_rectangle_as_torchvision(augment, pictures, plain):
    images, recipe = pictures(2, (48, 90), 1), plain((48, 90), (48, 90))
    result = augment(images, geometric(recipe, 2, (48, 90), 1, degrees=17.0), recipe)
    expected = TF.rotate(channels_first(images), 17.0, InterpolationMode.BILINEAR)
    assert (result - expected)[..., 16:-16, 12:-12].abs().max() < ROUNDING


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("top", "left", "height", "width"), [(10, 4, 100, 92), (0, 0, 124, 124), (3, 60, 50, 64)])
def test_resized_crop_as_torchvision(augment, pictures, plain, channels, top, left, height, width):
    images, recipe = pictures(2, 124, channels), plain(112, 124, channels)
    box = (left / 124, top / 124, width / 124, height / 124)
    result = augment(images, geometric(recipe, 2, 124, channels, box=box), recipe)
    crop = channels_first(images)[..., top : top + height, left : left + width]
    expected = TF.resize(crop, [112, 112], InterpolationMode.BILINEAR, antialias=False)
    inside = slice(2, -2)  # torchvision repeats the crop's edge; here the picture beyond it is seen
    assert (result - expected)[..., inside, inside].abs().max() < ROUNDING


def test_resized_crop_of_a_rectangle_as_torchvision(augment, pictures, plain):
    """137×236, as the Bengali competition has them, to a rectangle of another shape."""
    images, recipe = pictures(2, (137, 236), 1), plain((96, 190), (137, 236))
    box = (20 / 236, 10 / 137, 200 / 236, 100 / 137)
    result = augment(images, geometric(recipe, 2, (137, 236), 1, box=box), recipe)
    crop = channels_first(images)[..., 10:110, 20:220]
    expected = TF.resize(crop, [96, 190], InterpolationMode.BILINEAR, antialias=False)
    assert (result - expected)[..., 2:-2, 2:-2].abs().max() < ROUNDING


def test_bicubic_resized_crop_as_torchvision(augment, pictures, plain):
    images, recipe = pictures(2, 124, 1), plain(112, 124, interpolation="bicubic")
    result = augment(images, geometric(recipe, 2, 124, 1, box=(8 / 124, 8 / 124, 100 / 124, 100 / 124)), recipe)
    crop = channels_first(images)[..., 8:108, 8:108]
    expected = TF.resize(crop, [112, 112], InterpolationMode.BICUBIC, antialias=False).clamp(0, 255)
    difference = (result - expected)[..., 4:-4, 4:-4].abs()
    assert difference.max() < 2  # OpenCV places cubic samples on a grid of 1/32 pixel
    assert difference.mean() < 0.5


def test_rotate_then_crop_is_what_two_steps_of_torchvision_give(augment, pictures, plain):
    images, recipe = pictures(2, 124, 1), plain(112, 124)
    result = augment(images, geometric(recipe, 2, 124, 1, 5.0, (12 / 124, 20 / 124, 80 / 124, 90 / 124), True), recipe)
    rotated = TF.rotate(channels_first(images), 5.0, InterpolationMode.BILINEAR)
    cropped = TF.resized_crop(rotated, 20, 12, 90, 80, [112, 112], InterpolationMode.BILINEAR, antialias=False)
    difference = (result - cropped.flip(3))[..., 2:-2, 2:-2].abs()
    assert difference.max() < 3  # the second resampling blurs a little
    assert difference.mean() < 0.6


def test_outside_the_image_its_border_continues(augment, plain):
    image = np.zeros((1, 8, 8, 1), np.uint8)
    image[0, :, -1] = 200
    recipe = plain(8, 8)
    result = augment(image, geometric(recipe, 1, 8, 1, box=(0.5, 0, 1, 1)), recipe)
    assert (result[0, 0, :, 4:] == 200).all()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("scale_size", "input_size"), [(124, 112), (127, 112), (210, 190), ((137, 236), (128, 224))])
def test_validation_is_torchvisions_centre_crop(augment, pictures, plain, channels, scale_size, input_size):
    images, recipe = pictures(2, scale_size, channels), plain(input_size, scale_size, channels)
    result = augment(images, centre_parameters(recipe, 2, scale_size, channels), recipe)
    expected = TF.center_crop(channels_first(images), list(height_width(input_size)))
    torch.testing.assert_close(result, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_validation_of_a_smaller_pack_is_pils_resize_and_centre_crop(augment, pictures, plain, channels):
    images, recipe = pictures(2, 100, channels), plain(112, 124, channels)
    result = augment(images, centre_parameters(recipe, 2, 100, channels), recipe)
    for image, found in zip(images, result, strict=True):
        scaled = Image.fromarray(image.squeeze()).resize((124, 124), Image.Resampling.BILINEAR)
        expected = TF.center_crop(TF.pil_to_tensor(scaled), [112, 112]).float()
        assert (found - expected).abs().max() <= 1.01  # PIL rounds twice
