"""Erased rectangles against torchvision's distribution, and the noise in them."""

import numpy as np
import pytest
import torch
from scipy import stats
from torchvision.transforms import RandomErasing

from mojika.augmentation import erasing
from mojika.augmentation.erasing import erasing_rectangles, random_erasing
from mojika.errors import UserError

AREA, ASPECT = (0.02, 0.4), (0.3, 1 / 0.3)
BOUNDS = {"sl": 0.02, "sh": 0.4, "r1": 0.3, "r2": 1 / 0.3}
NORMAL = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}


def test_rectangles_are_distributed_as_torchvisions(generator):
    height, width, count = 900, 700, 2500
    torch.manual_seed(0)
    image = torch.empty(1, height, width)
    expected = np.array([RandomErasing.get_params(image, AREA, ASPECT, [0.0])[:4] for _ in range(count)])
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


@pytest.mark.parametrize("fill", [erasing._fill_rectangles, erasing._fill_batch], ids=["host", "device"])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_only_the_rectangles_change_and_they_hold_noise(layout, fill, monkeypatch):
    monkeypatch.setattr(erasing, "_fill_rectangles", fill)  # what a GPU does, done on the CPU
    images = torch.full((64, 3, 40, 48), 7.0).contiguous(memory_format=layout)
    rectangles = erasing_rectangles(64, 40, 48, 0.5, AREA, ASPECT, torch.Generator().manual_seed(3))
    erased = random_erasing(images, 0.5, **BOUNDS, **NORMAL, generator=torch.Generator().manual_seed(3))
    assert erased is images
    values = []
    for image, (top, left, bottom, right) in zip(erased, rectangles, strict=True):
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
    random_erasing(images, 1.0, 0.3, 0.4, 0.5, 2.0, mean, std, generator)
    for channel in range(3):
        values = images[:, channel]
        noise = values[values != 99].numpy() * std[channel] + mean[channel]
        assert stats.kstest(noise, stats.uniform(0, 1).cdf).pvalue > 1e-3


def test_same_seed_same_erasing():
    batches = [torch.zeros(16, 1, 32, 32) for _ in range(3)]
    bounds = {"mean": (0.5,), "std": (0.2,), **BOUNDS}
    for images, seed in zip(batches, (1, 1, 2), strict=True):
        random_erasing(images, 0.5, **bounds, generator=torch.Generator().manual_seed(seed))
    assert torch.equal(batches[0], batches[1])
    assert not torch.equal(batches[0], batches[2])


@pytest.mark.parametrize("wrong", [{"p": 1.5}, {"sl": 0.5}, {"r1": 0.0}, {"sh": 1.2}], ids=str)
def test_bounds_without_meaning_are_refused(generator, wrong):
    with pytest.raises(UserError, match="random erasing: expected"):
        random_erasing(torch.zeros(2, 3, 8, 8), **{"p": 0.5} | BOUNDS | wrong, **NORMAL, generator=generator)


@pytest.mark.gpu
def test_gpu_erases_the_same_rectangles():
    here, there = torch.full((64, 3, 40, 48), 7.0), torch.full((64, 3, 40, 48), 7.0, device="cuda")
    for images in (here, there):
        random_erasing(images, 0.5, **BOUNDS, **NORMAL, generator=torch.Generator().manual_seed(3))
    assert torch.equal(here == 7, there.cpu() == 7)
    noise = there[there != 7].cpu().numpy()
    assert stats.kstest(noise, stats.uniform(0, 1).cdf).pvalue > 1e-3
