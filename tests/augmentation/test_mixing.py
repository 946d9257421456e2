"""Mixing against the definitions: which pixels come from where, and how much of each target."""

import numpy as np
import pytest
import torch
from scipy import stats

from mojika.augmentation.mixing import icap, mixup, no_mixing
from mojika.errors import UserError

COUNT, HEIGHT, WIDTH = 8, 12, 10


@pytest.fixture
def batch():
    """Images whose every value names the image, channel and place; targets of three heads that name the image."""
    images = torch.arange(COUNT * 3 * HEIGHT * WIDTH, dtype=torch.float32).view(COUNT, 3, HEIGHT, WIDTH)
    targets = torch.arange(COUNT)[:, None] + torch.tensor([0, 100, 200])
    return images.contiguous(memory_format=torch.channels_last), targets


def assert_sound(mixed, parts: int) -> None:
    assert len(mixed.parts) == parts
    assert all(weights.shape == (COUNT,) and weights.dtype == torch.float32 for _, weights in mixed.parts)
    torch.testing.assert_close(sum(weights for _, weights in mixed.parts), torch.ones(COUNT))
    for targets, _ in mixed.parts:
        assert torch.equal(targets - targets[:, :1], torch.tensor([[0, 100, 200]]).expand(COUNT, -1))  # heads together
    assert mixed.images.is_contiguous(memory_format=torch.channels_last)


def test_no_mixing_keeps_images_and_targets(batch):
    mixed = no_mixing(*batch)
    assert_sound(mixed, 1)
    assert mixed.images is batch[0]
    assert torch.equal(mixed.parts[0][0], batch[1])


def test_mixup_blends_pixels_as_it_blends_targets(batch, generator):
    images, targets = batch
    original = images.clone()
    for _ in range(20):
        mixed = mixup(images, targets, 0.2, generator)
        assert_sound(mixed, 2)
        (own, share), (others, rest) = mixed.parts
        assert torch.equal(own, targets)
        assert sorted(others[:, 0].tolist()) == list(range(COUNT))
        assert len(share.unique()) == 1  # one λ per batch
        blend = share.view(-1, 1, 1, 1) * images[own[:, 0]] + rest.view(-1, 1, 1, 1) * images[others[:, 0]]
        torch.testing.assert_close(mixed.images, blend, atol=1e-3, rtol=0)  # of values up to 2880
    assert torch.equal(images, original)


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_mixup_share_is_beta_distributed(batch, generator, alpha):
    shares = [mixup(*batch, alpha, generator).parts[0][1][0].item() for _ in range(1500)]
    assert stats.kstest(shares, stats.beta(alpha, alpha).cdf).pvalue > 1e-3


def test_icap_fills_four_rectangles_from_the_same_places_of_four_images(batch, generator):
    images, targets = batch
    original, seen = images.clone(), set()
    for _ in range(50):
        mixed = icap(images, targets, 1.0, generator)
        assert_sound(mixed, 4)
        # every value names its image and its place: where it is, it was
        sources = (mixed.images // (3 * HEIGHT * WIDTH)).long()
        assert torch.equal(mixed.images % (3 * HEIGHT * WIDTH), original[:1].expand_as(mixed.images))
        areas = [weights[0].item() * HEIGHT * WIDTH for _, weights in mixed.parts]
        x = round((areas[0] + areas[2]) / HEIGHT)
        y = round((areas[0] + areas[1]) / WIDTH)
        assert areas == pytest.approx([x * y, (WIDTH - x) * y, x * (HEIGHT - y), (WIDTH - x) * (HEIGHT - y)], abs=1e-3)
        seen.add((x, y))
        blocks = sources[..., :y, :x], sources[..., :y, x:], sources[..., y:, :x], sources[..., y:, x:]
        for block, (part_targets, _) in zip(blocks, mixed.parts, strict=True):
            assert sorted(part_targets[:, 0].tolist()) == list(range(COUNT))
            assert torch.equal(block, part_targets[:, 0].view(-1, 1, 1, 1).expand_as(block))
    assert len(seen) > 20
    assert torch.equal(images, original)


def test_icap_permutations_differ(batch, generator):
    parts = icap(*batch, 1.0, generator).parts
    assert len({tuple(targets[:, 0].tolist()) for targets, _ in parts}) == 4


@pytest.mark.parametrize("beta", [0.3, 1.0])
def test_icap_point_is_beta_distributed(generator, beta):
    side = 1000  # so many pixels that rounding to them does not show
    images, targets = torch.zeros(1, 1, side, side), torch.zeros(1, 1, dtype=torch.int64)
    points = []
    for _ in range(200):
        weights = [part[1].item() for part in icap(images, targets, beta, generator).parts]
        points.append((weights[0] + weights[2], weights[0] + weights[1]))
    for coordinate in np.array(points).T:
        assert stats.kstest(coordinate, stats.beta(beta, beta).cdf).pvalue > 1e-3


@pytest.mark.parametrize("method", [mixup, icap])
def test_same_seed_same_batch(batch, method):
    first, again, other = (method(*batch, 1.0, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)


@pytest.mark.parametrize("method", [mixup, icap])
def test_large_batches_in_other_memory_layouts_mix_alike(method):
    images, targets = torch.rand(50, 3, 9, 7), torch.arange(50)[:, None]
    layouts = images, images.contiguous(memory_format=torch.channels_last), images.flip(3).flip(3)
    results = [method(layout, targets, 1.0, torch.Generator().manual_seed(5)).images for layout in layouts]
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])


@pytest.mark.parametrize("method", [mixup, icap])
@pytest.mark.parametrize("parameter", [0.0, -1.0])
def test_beta_distribution_without_a_positive_parameter_is_refused(batch, generator, method, parameter):
    with pytest.raises(UserError, match="must be positive, found"):
        method(*batch, parameter, generator)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("method", [mixup, icap])
def test_gpu_mixes_as_the_cpu_does(batch, method):
    images, targets = batch
    here = method(images, targets, 1.0, torch.Generator().manual_seed(5))
    there = method(images.cuda(), targets.cuda(), 1.0, torch.Generator().manual_seed(5))
    torch.testing.assert_close(there.images.cpu(), here.images)
    for (one, weight), (two, other) in zip(here.parts, there.parts, strict=True):
        assert torch.equal(one, two.cpu())
        assert torch.equal(weight, other.cpu())
