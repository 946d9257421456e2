"""Cutout and GridMask: which pixels go, and what stands in their place."""

import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from mojika.augmentation.masking import Cutout, GridMask
from mojika.errors import UserError

HEIGHT, WIDTH = 40, 56
GRID = {"p": 1.0, "period": (0.2, 0.6), "keep": 0.6, "rotate_degree": 0.0}


def one_cutout(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return Cutout(holes=2, length=15)(images, generator)


def turned_gridmask(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return GridMask(**GRID | {"p": 0.7, "rotate_degree": 30.0})(images, generator)


every_mask = pytest.mark.parametrize("mask", [one_cutout, turned_gridmask], ids=["cutout", "gridmask"])


def noise(count: int, channels: int = 3) -> torch.Tensor:
    values = torch.rand(count, channels, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1))
    return values.contiguous(memory_format=torch.channels_last)


def masks_of_grid(count: int, height: int, width: int, generator: torch.Generator, **changes) -> np.ndarray:
    """`(N, H, W) bool`: what GridMask drops from images that name every pixel."""
    images = torch.arange(1.0, height * width + 1).reshape(1, 1, height, width).repeat(count, 1, 1, 1)
    before = images.clone()
    GridMask(**GRID | changes)(images, generator)
    return (images != before)[:, 0].numpy()


@every_mask
def test_masked_pixels_get_their_own_images_mean_colour_and_no_other_changes(mask, generator):
    before = noise(32)
    images = before.clone()
    assert mask(images, generator) is images
    mean = before.mean((2, 3), keepdim=True).expand_as(before)
    changed = (images != before).any(1, keepdim=True).expand_as(before)
    torch.testing.assert_close(images[changed], mean[changed])
    assert torch.equal(images[~changed], before[~changed])
    assert 0.05 < changed.float().mean() < 0.5


@every_mask
def test_same_seed_same_masks(mask):
    batches = [mask(noise(8), torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(batches[0], batches[1])
    assert not torch.equal(batches[0], batches[2])


@every_mask
def test_memory_layout_does_not_matter(mask):
    images = noise(8)
    by_layout = [mask(layout, torch.Generator().manual_seed(1)) for layout in (images.contiguous(), images.clone())]
    torch.testing.assert_close(*by_layout)
    assert by_layout[1].is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("length", [6, 7, 70])
def test_cutout_is_a_clipped_square_around_a_uniform_pixel(generator, length):
    before = noise(1500, 1)
    masks = (Cutout(length=length)(before.clone(), generator) != before)[:, 0].numpy()
    heights, widths = [], []
    for mask in masks:
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        assert mask.sum() == len(rows) * len(columns)
        assert np.ptp(rows) < len(rows) and np.ptp(columns) < len(columns)  # no gaps
        assert len(rows) == length or rows[0] == 0 or rows[-1] == HEIGHT - 1  # cut off by an edge
        heights.append(len(rows))
        widths.append(len(columns))
    for found, extent in ((heights, HEIGHT), (widths, WIDTH)):
        centre = np.arange(extent)  # every pixel once: what a uniform centre leaves of a square of this length
        lengths = np.minimum(centre - length // 2 + length, extent) - np.maximum(centre - length // 2, 0)
        expected = np.bincount(lengths, minlength=extent + 1) / extent
        seen, occurs = np.bincount(found, minlength=extent + 1), expected > 0
        assert not seen[~occurs].any()
        if occurs.sum() > 1:
            assert stats.chisquare(seen[occurs], expected[occurs] * len(found)).pvalue > 1e-3


def test_cutout_makes_as_many_holes_as_asked(generator):
    before = noise(50, 1)
    masks = (Cutout(holes=3, length=3)(before.clone(), generator) != before)[:, 0].numpy()
    holes = [ndimage.label(mask)[1] for mask in masks]
    assert max(holes) == 3
    assert all(mask.sum() <= 27 for mask in masks)


def test_cutout_spares_whole_images(generator):
    before = noise(3000, 1)
    hit = (Cutout(holes=2, length=3, p=0.2)(before.clone(), generator) != before).flatten(1).any(1)
    assert hit.float().mean() == pytest.approx(0.2, abs=0.03)
    assert torch.equal(Cutout(holes=2, length=3, p=0)(before.clone(), generator), before)


def test_grid_repeats_one_square_every_period(generator):
    cells = set()
    for mask in masks_of_grid(200, 60, 90, generator, period=(0.1, 0.3)):
        rows, columns = mask.any(1), mask.any(0)
        assert np.array_equal(mask, np.outer(rows, columns))
        edges = np.flatnonzero(np.diff(rows.astype(int)) == 1)  # a square begins after these
        cell = np.diff(edges)[0]
        cells.add(cell)
        assert 6 <= cell <= 18
        side = round(cell * 0.4)
        for axis in (rows, columns):
            starts = np.flatnonzero(np.diff(axis.astype(int)) == 1) + 1
            assert (np.diff(starts) == cell).all()
            assert np.array_equal(axis, (np.arange(len(axis)) - starts[0]) % cell < side)
    assert cells == set(range(6, 19))


def test_grid_shifts_are_uniform_over_a_cell(generator):
    masks = masks_of_grid(3000, 40, 40, generator, period=(0.5, 0.5), keep=0.5)  # cells of 20, squares of 10
    for axis in (1, 2):
        starts = np.array(
            [np.flatnonzero(np.diff(np.tile(mask.any(2 - axis), 2).astype(int)) == 1)[0] for mask in masks]
        )
        assert stats.chisquare(np.bincount((starts + 1) % 20, minlength=20)).pvalue > 1e-3


@pytest.mark.parametrize(("keep", "kept"), [(0.0, 0.0), (0.4, 0.64), (0.6, 0.84), (1.0, 1.0)])
def test_kept_share_is_the_papers(generator, keep, kept):
    masks = masks_of_grid(400, 100, 100, generator, period=(0.2, 0.2), keep=keep, rotate_degree=45)
    assert 1 - masks.mean() == pytest.approx(kept, abs=0.01)  # 1 - (1 - r)²


def test_gridmask_takes_the_share_p_of_images(generator):
    masks = masks_of_grid(2000, 20, 20, generator, p=0.3)
    assert masks.any((1, 2)).mean() == pytest.approx(0.3, abs=0.04)


def test_rotation_turns_the_whole_grid_about_the_centre():
    straight, turned = (
        masks_of_grid(100, 81, 81, torch.Generator().manual_seed(4), period=(0.3, 0.4), rotate_degree=degree)
        for degree in (0.0, 90.0)
    )
    angles = between_by_seed(4, 100)
    for mask, found, degrees in zip(straight, turned, angles, strict=True):
        expected = ndimage.rotate(mask.astype(float), degrees, reshape=False, order=0)
        inner = np.hypot(*np.meshgrid(np.arange(-40, 41), np.arange(-40, 41))) < 39  # what no corner turns into
        assert (expected[inner] > 0.5).mean() == pytest.approx(found[inner].mean(), abs=0.03)
        assert ((expected > 0.5) == found)[inner].mean() > 0.9


def between_by_seed(seed: int, count: int) -> np.ndarray:
    """The angles that the generator's fifth row of random numbers makes of ±90 degrees."""
    drawn = torch.rand(5, count, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return (180 * drawn[4] - 90).numpy()


@pytest.mark.parametrize("wrong", [{"holes": 0}, {"length": 0}, {"holes": -1}, {"p": 1.1}, {"p": -0.1}], ids=str)
def test_cutout_without_meaning_is_refused(wrong):
    with pytest.raises(UserError, match=f"{next(iter(wrong))} .*: expected"):
        Cutout(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"p": 1.5}, {"period": (0.0, 0.5)}, {"period": (0.5, 0.4)}, {"keep": 1.1}, {"rotate_degree": -1}], ids=str
)
def test_grid_without_meaning_is_refused(wrong):
    with pytest.raises(UserError, match=f"{next(iter(wrong))} .*: expected"):
        GridMask(**GRID | wrong)


@pytest.mark.gpu
@every_mask
def test_gpu_masks_the_same_pixels(mask):
    here, there = mask(noise(32), torch.Generator().manual_seed(3)), noise(32).cuda()
    mask(there, torch.Generator().manual_seed(3))
    differ = ((here - there.cpu()).abs() > 1e-5).float().mean()
    assert differ < 1e-4  # a pixel on the edge of a turned square may fall to the other side
