"""Moved, turned and distorted images against OpenCV's matrices and maps, resampled by SciPy."""

import cv2
import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from mojika.augmentation.distortion import GridDistortion, OpticalDistortion
from mojika.augmentation.shift_scale_rotate import ShiftScaleRotate
from mojika.errors import UserError

HEIGHT, WIDTH = 41, 60
TURN = ShiftScaleRotate(p=1.0, shift=0.06, scale=0.25, rotate=45.0)
GRID = GridDistortion(p=1.0, steps=4, limit=0.2)
LENS = OpticalDistortion(p=1.0, limit=0.3)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def change(operation, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Source positions `(N, 2, H, W)` where whole pixels were inside, else NaN; and noise, changed as they are."""
    y, x = torch.meshgrid(torch.arange(float(HEIGHT)), torch.arange(float(WIDTH)), indexing="ij")
    noise = torch.rand(HEIGHT, WIDTH, generator=seeded(9))
    images = torch.stack([x, y, torch.ones_like(x), noise]).repeat(count, 1, 1, 1)
    of_four = {"mean": (0.0,) * 4, "std": (1.0,) * 4}
    out = type(operation)(**{**vars(operation), **of_four})(images, seeded(3)).numpy()
    places = np.where(out[:, 2:3] > 1 - 1e-4, out[:, :2], np.nan)
    return places, out[:, 3]


def taken(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    noise = torch.rand(HEIGHT, WIDTH, generator=seeded(9)).numpy()
    return ndimage.map_coordinates(noise, [y, x], order=1, mode="grid-constant")


def test_an_image_is_moved_scaled_and_turned_as_by_opencvs_matrix():
    places, noise = change(TURN, 300)
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    found = []
    for each, out in zip(places, noise, strict=True):
        inside = ~np.isnan(each[0])
        target = np.stack([columns, rows, np.ones_like(rows)], -1)[inside]
        backward = np.linalg.lstsq(target.astype(float), each[:, inside].T, rcond=None)[0].T  # (2, 3)
        forward = cv2.invertAffineTransform(backward)
        factor, angle = np.hypot(*forward[0, :2]), np.degrees(np.arctan2(forward[0, 1], forward[0, 0]))
        centre = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
        expected = cv2.getRotationMatrix2D(centre, angle, factor)
        shift = forward[:, 2] - expected[:, 2]
        np.testing.assert_allclose(forward[:, :2], expected[:, :2], atol=1e-3)
        x, y = backward @ np.stack([columns.ravel(), rows.ravel(), np.ones(rows.size)])
        np.testing.assert_allclose(out.ravel(), taken(x, y), atol=2e-3)
        found.append([factor, angle, shift[0] / WIDTH, shift[1] / HEIGHT])
    for values, limit, middle in zip(np.transpose(found), (0.25, 45, 0.06, 0.06), (1, 0, 0, 0), strict=True):
        assert stats.kstest(values, stats.uniform(middle - limit, 2 * limit).cdf).pvalue > 1e-3


def test_strips_of_columns_and_rows_are_stretched_one_after_the_other():
    places, noise = change(GRID, 100)
    widths = []
    for each, out in zip(places, noise, strict=True):
        x, y = np.fmax.reduce(each[0], 0), np.fmax.reduce(each[1], 1)  # of a whole column, of a whole row
        assert np.nanmax(np.abs(each[0] - x)) < 1e-3 and np.nanmax(np.abs(each[1] - y[:, None])) < 1e-3
        steps = np.diff(x)
        first = steps[3]  # the source step of the first strip of 15 columns
        widths.append(first)
        np.testing.assert_allclose(x[1:15], (np.arange(1, 15) + 0.5) * first - 0.5, atol=1e-3)
        edges = np.cumsum([0, *(15 * steps[at] for at in (3, 18, 33))])
        for strip in (1, 2):
            expected = np.interp(np.arange(15) + 0.5, [0, 15], edges[strip : strip + 2]) - 0.5
            np.testing.assert_allclose(x[15 * strip : 15 * strip + 15], expected, atol=2e-3)
        inside = ~np.isnan(each[0])
        np.testing.assert_allclose(out[inside], taken(*each)[inside], atol=2e-3)
    assert stats.kstest(widths, stats.uniform(0.8, 0.4).cdf).pvalue > 1e-3


def test_a_lens_is_that_of_opencvs_camera():
    places, noise = change(LENS, 200)
    found = []
    centre = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    camera = np.array([[WIDTH, 0, centre[0]], [0, WIDTH, centre[1]], [0, 0, 1.0]])
    for each, out in zip(places, noise, strict=True):
        x, y = (each[:, 30, 45] - centre) / WIDTH
        right, down = (45 - centre[0]) / WIDTH, (30 - centre[1]) / WIDTH
        square = right**2 + down**2
        k = (x / right - 1) / (square + square**2)
        assert y / down == pytest.approx(x / right, abs=1e-3)
        lens = np.array([k, k, 0, 0, 0])
        map_x, map_y = cv2.initUndistortRectifyMap(camera, lens, None, camera, (WIDTH, HEIGHT), cv2.CV_32FC1)
        np.testing.assert_allclose(out, taken(map_x, map_y), atol=5e-3)
        found.append(k)
    assert stats.kstest(found, stats.uniform(-0.3, 0.6).cdf).pvalue > 1e-3


@pytest.mark.parametrize("operation", [TURN, GRID, LENS])
def test_some_images_change_and_black_comes_in(operation):
    some = type(operation)(**{**vars(operation), "p": 0.3, "mean": (0.2,), "std": (0.5,)})
    images = torch.full((1000, 1, 8, 12), 1.6).contiguous(memory_format=torch.channels_last)  # white
    out = some(images.clone(memory_format=torch.preserve_format), seeded(1))
    assert out.is_contiguous(memory_format=torch.channels_last)
    assert out.min() >= -0.4 - 1e-5 and out.max() <= 1.6 + 1e-5
    changed = (out - images).abs().amax((1, 2, 3)) > 1e-4
    assert 0.1 < changed.float().mean() < 0.36  # a distortion that looks beyond no edge leaves white as it is
    assert torch.equal(out, some(images.clone(memory_format=torch.preserve_format), seeded(1)))
    assert some(images[:0], seeded()).shape == (0, 1, 8, 12)


@pytest.mark.parametrize(("make", "named"), [
    (lambda: ShiftScaleRotate(scale=1.0), "scale 1"),
    (lambda: ShiftScaleRotate(rotate=181), "rotate 181"),
    (lambda: GridDistortion(steps=0), "steps 0"),
    (lambda: OpticalDistortion(limit=-1), "limit -1"),
])  # fmt: skip
def test_numbers_without_meaning_are_refused(make, named):
    with pytest.raises(UserError, match=f"{named}.*: expected"):
        make()
