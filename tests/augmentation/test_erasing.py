"""Erased rectangles against torchvision's distribution, and the noise in them."""

import numpy as np
import pytest
import torch
from scipy import stats
from torchvision import transforms

from mojika.augmentation.erasing import RandomErasing, erasing_rectangles, fill_on_device, fill_on_host
from mojika.errors import UserError

AREA, ASPECT = (0.02, 0.4), (0.3, 1 / 0.3)
NORMAL = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}


def test_rectangles_are_distributed_as_torchvisions(generator):
    height, width, count = 900, 700, 2500
    torch.manual_seed(0)
    image = torch.empty(1, height, width)
    expected = np.array([transforms.RandomErasing.get_params(image, AREA, ASPECT, [0.0])[:4] for _ in range(count)])
    top, left, bottom, right = erasing_rectangles(count, height, width, 1.0, AREA, ASPECT, generator).T
    for found, column in zip((top, left, bottom - top, right - left), expected.T, strict=True):
        assert stats.ks_2samp(found, column).pvalue > 1e-3


def test_rectangles_keep_to_area_aspect_and_canvas(generator):
    top, left, bottom, right = erasing_rectangles(5000, 190, 150, 1.0, AREA, ASPECT, generator).T
    area, aspect = (bottom - top) * (right - left) / (190 * 150), (bottom - top) / (right - left)
    assert 0.02 * 0.95 < area.min() < 0.03  # sizes are rounded to pixels
    assert 0.38 < area.max() < 0.4 * 1.02
    assert 0.3 * 0.95 < aspect.min() < aspect.max() < 1 / 0.3 * 1.05
    assert min(top.min(), left.min()) == 0
    assert (bottom.max(), right.max()) == (190, 150)


def test_share_of_erased_images(generator):
    rectangles = erasing_rectangles(4000, 64, 64, 0.3, AREA, ASPECT, generator)
    erased = rectangles[:, 2] > 0
    assert erased.mean() == pytest.approx(0.3, abs=0.03)
    assert not rectangles[~erased].any()


def test_rectangle_that_fits_nowhere_is_left_out(generator):
    assert not erasing_rectangles(20, 64, 64, 1.0, (0.9, 0.9), (9.0, 10.0), generator).any()


def test_images_are_erased_in_place_in_the_rectangles_of_the_seed():
    images = torch.full((64, 3, 40, 48), 7.0)
    rectangles = erasing_rectangles(64, 40, 48, 0.5, AREA, ASPECT, torch.Generator().manual_seed(3))
    assert RandomErasing(p=0.5, **NORMAL)(images, torch.Generator().manual_seed(3)) is images
    top, left, bottom, right = rectangles.T
    assert (images[:, 0] != 7).sum((1, 2)).tolist() == ((bottom - top) * (right - left)).tolist()


@pytest.mark.parametrize("fill", [fill_on_host, fill_on_device])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_only_the_rectangles_change_and_they_hold_noise(layout, fill, generator):
    images = torch.full((64, 3, 40, 48), 7.0).contiguous(memory_format=layout)
    rectangles = erasing_rectangles(64, 40, 48, 0.5, AREA, ASPECT, generator)
    fill(images, rectangles, **NORMAL, generator=generator)
    values = []
    for image, (top, left, bottom, right) in zip(images, rectangles, strict=True):
        inside = torch.zeros(40, 48, dtype=torch.bool)
        inside[top:bottom, left:right] = True
        assert (image[:, ~inside] == 7).all()
        values.append(image[:, inside].flatten())
    noise = torch.cat(values).numpy()
    assert stats.kstest(noise, stats.uniform(0, 1).cdf).pvalue > 1e-3
    assert len(np.unique(noise)) > 0.9 * len(noise)  # each pixel and channel anew


def test_noise_is_normalised_like_pixels(generator):
    mean, std = (0.5, 0.2, 0.0), (0.25, 0.5, 1.0)
    images = torch.full((200, 3, 32, 32), 99.0)
    RandomErasing(p=1.0, sl=0.3, sh=0.4, r1=0.5, r2=2.0, mean=mean, std=std)(images, generator)
    for channel in range(3):
        values = images[:, channel]
        noise = values[values != 99].numpy() * std[channel] + mean[channel]
        assert stats.kstest(noise, stats.uniform(0, 1).cdf).pvalue > 1e-3


def test_height_to_width_may_be_uniform_itself(generator):
    """As in 2019: 76 of 100 rectangles are taller than wide."""
    rectangles = erasing_rectangles(4000, 900, 900, 1.0, (0.02, 0.1), ASPECT, generator, evenly=True)
    top, left, bottom, right = rectangles.T
    aspect = (bottom - top) / (right - left)
    assert stats.kstest(aspect, stats.uniform(ASPECT[0], ASPECT[1] - ASPECT[0]).cdf).pvalue > 1e-3
    assert (aspect > 1).mean() == pytest.approx((ASPECT[1] - 1) / (ASPECT[1] - ASPECT[0]), abs=0.03)


@pytest.mark.parametrize("flags", [{"aspect": "uniform"}, {"aspect": "log-uniform"}])
def test_the_operation_draws_the_aspect_it_is_told(flags):
    images = torch.full((400, 3, 64, 64), 7.0)
    RandomErasing(p=1.0, sh=0.1, **flags, **NORMAL)(images, torch.Generator().manual_seed(3))
    erased = images[:, 0] != 7
    upright = erased.any(2).sum(1) > erased.any(1).sum(1)
    assert upright.float().mean().item() == pytest.approx(0.76 if flags["aspect"] == "uniform" else 0.5, abs=0.06)


def test_noise_may_be_uniform_after_normalisation(generator):
    """Over pixels of mean 0.589 and deviation 0.364 it reaches from 0.589 to 0.953 then, as for 2019's first model."""
    images = torch.full((200, 1, 32, 32), 99.0)
    RandomErasing(p=1.0, sl=0.3, noise="normalised", mean=(0.589,), std=(0.364,))(images, generator)
    noise = images[images != 99].numpy()
    assert stats.kstest(noise, stats.uniform(0, 1).cdf).pvalue > 1e-3


def test_smallest_area_may_be_nothing(generator):
    images = torch.full((400, 3, 32, 32), 7.0)
    RandomErasing(p=1.0, sl=0.0, sh=0.01, **NORMAL)(images, generator)
    assert 0 < (images != 7).float().mean().item() < 0.01


def test_same_seed_same_erasing():
    batches = [torch.zeros(16, 1, 32, 32) for _ in range(3)]
    erasing = RandomErasing(p=0.5, mean=(0.5,), std=(0.2,))
    for images, seed in zip(batches, (1, 1, 2), strict=True):
        erasing(images, torch.Generator().manual_seed(seed))
    assert torch.equal(batches[0], batches[1])
    assert not torch.equal(batches[0], batches[2])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"p": 1.5}, "p 1.5: expected a fraction from 0 to 1"),
        ({"sl": 0.5}, "sl is larger than sh"),
        ({"r1": 0.0}, "r1 0.0: expected a positive number"),
        ({"r1": 4.0}, "r1 is larger than r2"),
        ({"sh": 1.2}, "sh 1.2: expected a fraction above 0"),
    ],
)
def test_bounds_without_meaning_are_refused(wrong, message):
    with pytest.raises(UserError, match=message):
        RandomErasing(**wrong)


@pytest.mark.gpu
def test_gpu_erases_the_same_rectangles():
    here, there = torch.full((64, 3, 40, 48), 7.0), torch.full((64, 3, 40, 48), 7.0, device="cuda")
    for images in (here, there):
        RandomErasing(p=0.5, **NORMAL)(images, torch.Generator().manual_seed(3))
    assert torch.equal(here == 7, there.cpu() == 7)
    noise = there[there != 7].cpu().numpy()
    assert stats.kstest(noise, stats.uniform(0, 1).cdf).pvalue > 1e-3
