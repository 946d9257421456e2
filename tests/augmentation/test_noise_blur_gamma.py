"""Noise, blur and gamma against OpenCV, SciPy and the formulas, on normalised images."""

import cv2
import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from mojika.augmentation.blur import Blur, GaussianBlur
from mojika.augmentation.gamma import Gamma
from mojika.augmentation.noise import GaussianNoise
from mojika.errors import UserError

MEAN, STD = (0.2, 0.5, 0.1), (0.5, 0.25, 2.0)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pixels(count: int, height: int = 20, width: int = 31) -> torch.Tensor:
    return torch.rand(count, 3, height, width, generator=seeded(9))


def applied(operation, images: torch.Tensor, seed: int = 1) -> torch.Tensor:
    """To pixels from 0 to 1, by way of normalised ones."""
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in (MEAN, STD))
    normalised = ((images - mean) / std).contiguous(memory_format=torch.channels_last)
    out = type(operation)(**{**vars(operation), "mean": MEAN, "std": STD})(normalised, seeded(seed))
    assert out.is_contiguous(memory_format=torch.channels_last)
    return out * std + mean


def test_gamma_raises_the_pixels_of_an_image_to_one_power():
    images = pixels(400)
    out = applied(Gamma(p=1.0, range=(0.5, 1.5)), images)
    powers = (out.clamp(1e-6)[:, 0, 3, 4].log() / images[:, 0, 3, 4].log()).numpy()
    torch.testing.assert_close(out, images ** torch.tensor(powers).view(-1, 1, 1, 1), atol=1e-3, rtol=0)
    assert stats.kstest(powers, stats.uniform(0.5, 1).cdf).pvalue > 1e-3


def test_noise_has_a_variance_of_its_own_for_each_image():
    images = torch.full((600, 3, 24, 24), 0.5)
    noise = applied(GaussianNoise(p=1.0, variance=0.004), images) - images
    assert stats.kstest(noise.var((1, 2, 3)).numpy(), stats.uniform(0, 0.004).cdf).pvalue > 1e-3
    scaled = (noise / noise.std((1, 2, 3), keepdim=True))[noise.var((1, 2, 3)) > 1e-3]
    assert stats.kstest(scaled[:20].flatten().numpy(), stats.norm.cdf).pvalue > 1e-3
    first = noise[0].flatten(1)
    assert abs(np.corrcoef(first.numpy())[0, 1]) < 0.2  # channels differ
    extreme = applied(GaussianNoise(p=1.0, variance=0.5), pixels(20))
    assert extreme.min() > -1e-5 and extreme.max() < 1 + 1e-5


@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_blur_is_opencvs_box_of_one_of_the_sides(kernel):
    images = pixels(60)
    sides = []
    for before, after in zip(images, applied(Blur(p=1.0, kernel=kernel), images), strict=True):
        picture, found = (each.permute(1, 2, 0).numpy() for each in (before, after))
        by_side = {side: np.abs(cv2.blur(picture, (side, side)) - found).max() for side in (3, 5, 7)}
        side = min(by_side, key=by_side.__getitem__)
        assert by_side[side] < 1e-5
        sides.append(side)
    assert set(sides) == set(range(3, kernel + 1, 2))
    share = 1 / len(set(sides))
    assert all(stats.binomtest(sides.count(side), 60, share).pvalue > 1e-3 for side in set(sides))


def test_gaussian_blur_has_opencvs_weights():
    images = pixels(4)
    out = applied(GaussianBlur(p=1.0, kernel=3), images).numpy()
    expected = images.numpy()
    for axis in (2, 3):
        expected = ndimage.correlate1d(expected, [0.25, 0.5, 0.25], axis, mode="mirror")
    np.testing.assert_allclose(out, expected, atol=1e-5)
    wide = applied(GaussianBlur(p=1.0, kernel=9), pixels(40))
    picture = images[0].permute(1, 2, 0).numpy()
    blurred = [cv2.GaussianBlur(picture, (side, side), 0) for side in (3, 5, 7, 9)]
    assert min(np.abs(wide[0].permute(1, 2, 0).numpy() - each).max() for each in blurred) < 1e-5


@pytest.mark.parametrize("operation", [Gamma, GaussianNoise, Blur, GaussianBlur])
def test_a_share_of_the_images_changes_and_the_seed_decides(operation):
    images = pixels(1000, 8, 8)
    out = applied(operation(p=0.25), images)
    changed = (out - images).abs().amax((1, 2, 3)) > 1e-4
    assert 0.2 < changed.float().mean() < 0.3
    assert torch.equal(out, applied(operation(p=0.25), images))
    assert not torch.equal(out, applied(operation(p=0.25), images, seed=2))
    assert applied(operation(p=1.0), images[:0]).shape == (0, 3, 8, 8)


@pytest.mark.parametrize(
    "make",
    [lambda: Gamma(range=(0.0, 1.0)), lambda: GaussianNoise(variance=-1), lambda: Blur(kernel=4), lambda: Blur(p=2)],
)
def test_numbers_without_meaning_are_refused(make):
    with pytest.raises(UserError, match="(range|variance|kernel|p) .*: expected"):
        make()
