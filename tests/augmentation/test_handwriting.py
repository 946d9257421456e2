"""Bent and thickened strokes against SciPy's resampling and morphology."""

import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from mojika.augmentation.handwriting import Elastic, StrokeWidth
from mojika.errors import UserError


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(count: int, channels: int = 1, height: int = 33, width: int = 45) -> torch.Tensor:
    return torch.rand(count, channels, height, width, generator=seeded(9))


def ramps(count: int, height: int, width: int) -> torch.Tensor:
    """Two channels that hold x and y, so that a bent image says where its pixels come from."""
    y, x = torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    return torch.stack([x, y])[None].repeat(count, 1, 1, 1)


def test_without_strength_nothing_moves():
    images = noise(3)
    torch.testing.assert_close(Elastic(strength=0.0, points=5)(images, seeded()), images)
    torch.testing.assert_close(StrokeWidth(strength=0.0)(images, seeded()), images)


def test_pixels_are_those_of_their_places():
    images = noise(4, channels=3)
    x, y = Elastic(strength=0.05, points=4)(ramps(4, 33, 45), seeded(3)).numpy().swapaxes(0, 1)
    bent = Elastic(strength=0.05, points=4)(images, seeded(3)).numpy()
    for index in range(4):
        for channel in range(3):
            expected = ndimage.map_coordinates(images[index, channel].numpy(), [y[index], x[index]], order=1)
            np.testing.assert_allclose(bent[index, channel], expected, atol=1e-4)


def test_control_points_move_by_their_share_of_the_side_and_independently():
    x, y = Elastic(strength=0.02, points=3)(ramps(3000, 41, 61), seeded()).unbind(1)
    right, down = (x[:, 20, 30] - 30) / 61, (y[:, 20, 30] - 20) / 41  # the middle point
    for shift in (right, down):
        assert stats.kstest(shift.numpy(), stats.norm(0, 0.02).cdf).pvalue > 1e-3
    corner = (x[:, 0, 0]).numpy() / 61  # cut off at the edge on one side
    assert stats.kstest(corner[corner > 0.001], stats.truncnorm(0.05, np.inf, 0, 0.02).cdf).pvalue > 1e-3
    for one, other in ((right, down), (right, x[:, 20, 0])):
        assert abs(stats.pearsonr(one.numpy(), other.numpy()).statistic) < 0.08


def test_between_the_points_the_field_is_smooth():
    x = Elastic(strength=0.03, points=5)(ramps(50, 65, 65), seeded())[:, 0, 8:-8, 8:-8]
    steps = x.diff(dim=2)
    assert steps.min() > 0  # no fold
    assert x.diff(n=2, dim=2).abs().max() < 0.3  # straight between points, it would bend by up to 0.7 at them


def test_strokes_are_blended_with_dilation_or_erosion():
    images = noise(64)
    blended = StrokeWidth(strength=0.7)(images, seeded(5)).numpy()
    shares = []
    for before, after in zip(images[:, 0].numpy(), blended[:, 0], strict=True):
        wide, narrow = (
            filter_(before, size=3, mode="nearest") for filter_ in (ndimage.grey_dilation, ndimage.grey_erosion)
        )
        target = wide if after.mean() > before.mean() else narrow
        at = np.unravel_index(np.abs(target - before).argmax(), before.shape)
        share = (after[at] - before[at]) / (target[at] - before[at])
        np.testing.assert_allclose(after, before + share * (target - before), atol=1e-5)
        shares.append(share if target is wide else -share)
    assert stats.kstest(shares, stats.uniform(-0.7, 1.4).cdf).pvalue > 1e-3


@pytest.mark.parametrize("change", [Elastic(strength=0.04), StrokeWidth(strength=0.8)])
def test_seed_layout_and_the_batch_itself(change):
    images = noise(6, channels=3)
    lasting = images.contiguous(memory_format=torch.channels_last)
    before = lasting.clone()
    first, again, other = (change(lasting, seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.is_contiguous(memory_format=torch.channels_last) and torch.equal(lasting, before)
    torch.testing.assert_close(change(images, seeded(1)), first)
    assert change(images[:0], seeded()).shape == (0, 3, 33, 45)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Elastic(strength=-0.1),
        lambda: Elastic(points=1),
        lambda: StrokeWidth(strength=1.1),
        lambda: StrokeWidth(strength=-0.1),
    ],
)
def test_numbers_without_meaning_are_refused(change):
    with pytest.raises(UserError, match="(strength|points) .*: expected"):
        change()


@pytest.mark.gpu
def test_gpu_draws_and_bends_as_the_cpu_does():
    images = noise(8)
    for here, there in (
        (Elastic(strength=0.04, points=5)(images, seeded()), Elastic(strength=0.04, points=5)(images.cuda(), seeded())),
        (StrokeWidth(strength=0.8)(images, seeded()), StrokeWidth(strength=0.8)(images.cuda(), seeded())),
    ):
        torch.testing.assert_close(there.cpu(), here, atol=1e-4, rtol=0)
