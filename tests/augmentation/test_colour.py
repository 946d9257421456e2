"""Colour operations of both backends against torchvision and PIL, in levels of 0 to 255."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import functional as PF
from torchvision.transforms.v2 import functional as TF

from mojika.augmentation.parameters import COLOUR_OPERATIONS, centre_parameters, draw_parameters
from mojika.augmentation.tensor_backend import augment_tensor

REFERENCE = {
    "brightness": TF.adjust_brightness,
    "contrast": TF.adjust_contrast,
    "saturation": TF.adjust_saturation,
    "hue": TF.adjust_hue,
}
STRENGTHS = [("brightness", 0.6), ("brightness", 1.7), ("contrast", 0.4), ("contrast", 1.8), ("saturation", 0.0)]
STRENGTHS += [("saturation", 2.0), ("hue", -0.5), ("hue", -0.1), ("hue", 0.05), ("hue", 0.5)]
SIZE = 32


def coloured(recipe, count: int, channels: int, **strengths: float):
    """Parameters that leave the geometry alone and apply `strengths` in the order given."""
    tensors = {name: torch.full((count,), strength) for name, strength in strengths.items()}
    return replace(centre_parameters(recipe, count, SIZE, channels), colour_order=tuple(strengths), **tensors)


def unit_pixels(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images).permute(0, 3, 1, 2) / 255


def by_torchvision(images: np.ndarray, **strengths: float) -> torch.Tensor:
    results = []
    for pixels in unit_pixels(images):
        for name, strength in strengths.items():
            pixels = REFERENCE[name](pixels, strength)
        results.append(255 * pixels)
    return torch.stack(results)


@pytest.mark.parametrize(("operation", "strength"), STRENGTHS)
def test_one_operation_as_torchvision(augment, pictures, plain, operation, strength):
    images, recipe = pictures(3, SIZE, 3), plain(SIZE, SIZE, 3)
    result = augment(images, coloured(recipe, 3, 3, **{operation: strength}), recipe)
    difference = (result - by_torchvision(images, **{operation: strength})).abs()
    assert difference.max() < 1.2  # OpenCV rounds to 8 bits, and its coefficients to 1/1024
    assert difference.mean() < 0.4


@pytest.mark.parametrize("order", list(permutations(COLOUR_OPERATIONS)), ids="-".join)
def test_all_four_in_any_order_as_torchvision(augment, pictures, plain, order):
    strengths = {"brightness": 1.2, "contrast": 0.8, "saturation": 1.25, "hue": -0.1}
    strengths = {name: strengths[name] for name in order}
    images, recipe = pictures(2, SIZE, 3), plain(SIZE, SIZE, 3)
    result = augment(images, coloured(recipe, 2, 3, **strengths), recipe)
    difference = (result - by_torchvision(images, **strengths)).abs()
    assert difference.max() < 6  # OpenCV rounds four times, and hue enlarges the error of a rounded dark colour
    assert difference.mean() < 0.8


def test_tensor_operations_are_torchvisions_to_float_precision(pictures, plain):
    strengths = {"hue": 0.1, "contrast": 1.3, "saturation": 0.7, "brightness": 1.1}
    images, recipe = pictures(3, SIZE, 3), plain(SIZE, SIZE, 3)
    result = augment_tensor(torch.from_numpy(images), coloured(recipe, 3, 3, **strengths), recipe)
    torch.testing.assert_close(result, by_torchvision(images, **strengths), atol=2e-3, rtol=0)


def test_each_image_has_its_own_strength(augment, pictures, plain):
    images, recipe = np.repeat(pictures(1, SIZE, 3), 2, axis=0), plain(SIZE, SIZE, 3)
    parameters = replace(coloured(recipe, 2, 3, contrast=1.0), contrast=torch.tensor([1.0, 0.0]))
    same, flat = augment(images, parameters, recipe)
    torch.testing.assert_close(same, 255 * unit_pixels(images)[0], atol=1e-3, rtol=0)
    assert flat.max() - flat.min() < 1e-3


def test_gray_image_as_pil(augment, pictures, plain):
    images, recipe = pictures(2, SIZE, 1), plain(SIZE, SIZE)
    result = augment(images, coloured(recipe, 2, 1, brightness=1.3, contrast=0.7), recipe)
    for image, found in zip(images, result, strict=True):
        expected = PF.adjust_contrast(PF.adjust_brightness(Image.fromarray(image[..., 0]), 1.3), 0.7)
        assert (found[0] - torch.from_numpy(np.array(expected)).float()).abs().max() <= 2  # PIL cuts off decimals


def test_grayscale_only_where_drawn(augment, pictures, plain):
    images, recipe = pictures(3, SIZE, 3), plain(SIZE, SIZE, 3)
    parameters = replace(centre_parameters(recipe, 3, SIZE, 3), grayscale=torch.tensor([True, False, True]))
    expected = 255 * unit_pixels(images)
    expected[[0, 2]] = TF.rgb_to_grayscale(expected[[0, 2]], num_output_channels=3)
    torch.testing.assert_close(augment(images, parameters, recipe), expected, atol=0.05, rtol=0)


def test_normalised_as_totensor_pca_noise_and_normalize(augment, pictures, plain):
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    images, recipe = pictures(2, SIZE, 3), plain(SIZE, SIZE, 3, mean=mean, std=std)
    offsets = torch.tensor([[0.05, -0.02, 0.3], [0.0, 0.0, -0.4]])
    parameters = replace(centre_parameters(recipe, 2, SIZE, 3), pca_offsets=offsets)
    expected = TF.normalize(unit_pixels(images) + offsets[..., None, None], mean, std)  # no clamping in between
    torch.testing.assert_close(augment(images, parameters, recipe), expected, atol=1e-5, rtol=0)


def test_exchanged_channels_are_augmented_as_images_with_red_and_blue_exchanged(pictures, plain, generator, augment):
    """Before all colour operations: they, the mean and the std see the exchanged image."""
    images, steps = pictures(6, 24, 3), {"hue": 0.1, "saturation": 0.3, "mean": (0.1, 0.5, 0.9), "rotate_degree": 9}
    recipe, exchanging = plain(20, 24, 3, **steps), plain(20, 24, 3, **steps, exchange_channels=True)
    parameters = draw_parameters(recipe, 6, 24, 3, generator)
    expected = augment(np.ascontiguousarray(images[..., ::-1]), parameters, recipe)
    assert torch.equal(augment(images, parameters, exchanging), expected)


def test_one_channel_has_nothing_to_exchange(pictures, plain, augment):
    images, parameters = pictures(3, 24, 1), centre_parameters(plain(20, 24), 3, 24, 1)
    both = [augment(images, parameters, plain(20, 24, exchange_channels=exchange)) for exchange in (True, False)]
    assert torch.equal(*both)
