"""Mixing against the definitions: which pixels come from where, and how much of each target."""

import numpy as np
import pytest
import torch
from scipy import stats

from mojika.augmentation.mixing import Mixed, no_mixing
from mojika.augmentation.mixing.cutmix import CutMix, paste_on_device, paste_on_host
from mojika.augmentation.mixing.icap import Icap
from mojika.augmentation.mixing.mixup import MixUp
from mojika.augmentation.mixing.ricap import Ricap
from mojika.errors import UserError

COUNT, HEIGHT, WIDTH = 8, 12, 10
METHODS = {
    "mixup": MixUp(alpha=1.0),
    "cutmix": CutMix(beta=1.0),
    "cutmix per sample": CutMix(beta=1.0, per_sample=True),
    "icap": Icap(beta=1.0),
    "ricap": Ricap(beta=1.0),
    "ricap with line": Ricap(beta=1.0, with_line=True),
}
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


@pytest.fixture
def batch():
    """Images whose every value names the image, channel and place; targets of three heads that name the image."""
    images = torch.arange(COUNT * 3 * HEIGHT * WIDTH, dtype=torch.float32).view(COUNT, 3, HEIGHT, WIDTH)
    targets = torch.arange(COUNT)[:, None] + torch.tensor([0, 100, 200])
    return images.contiguous(memory_format=torch.channels_last), targets


def origin(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of each value: the image that it was in, and its channel, row and column there as one number."""
    return (images // (3 * HEIGHT * WIDTH)).long(), (images % (3 * HEIGHT * WIDTH)).long()


def corner_of(mixed: Mixed) -> tuple[int, int]:
    """The point `x, y` that divides the canvas, from the weights of four patches."""
    areas = [weights[0].item() * HEIGHT * WIDTH for _, weights in mixed.parts]
    x, y = round((areas[0] + areas[2]) / HEIGHT), round((areas[0] + areas[1]) / WIDTH)
    assert areas == pytest.approx([x * y, (WIDTH - x) * y, x * (HEIGHT - y), (WIDTH - x) * (HEIGHT - y)], abs=1e-3)
    return x, y


def quarters(values: torch.Tensor, x: int, y: int) -> list[torch.Tensor]:
    return [values[..., :y, :x], values[..., :y, x:], values[..., y:, :x], values[..., y:, x:]]


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
        mixed = MixUp(alpha=0.2)(images, targets, generator)
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
    shares = [MixUp(alpha=alpha)(*batch, generator).parts[0][1][0].item() for _ in range(1500)]
    assert stats.kstest(shares, stats.beta(alpha, alpha).cdf).pvalue > 1e-3


def test_icap_fills_four_rectangles_from_the_same_places_of_four_images(batch, generator):
    images, targets = batch
    original, seen = images.clone(), set()
    for _ in range(50):
        mixed = Icap(beta=1.0)(images, targets, generator)
        assert_sound(mixed, 4)
        sources, places = origin(mixed.images)
        assert torch.equal(places, original[:1].expand_as(places).long())  # where it is, it was
        seen.add(corner_of(mixed))
        for block, (part_targets, _) in zip(quarters(sources, *corner_of(mixed)), mixed.parts, strict=True):
            assert sorted(part_targets[:, 0].tolist()) == list(range(COUNT))
            assert torch.equal(block, part_targets[:, 0].view(-1, 1, 1, 1).expand_as(block))
    assert len(seen) > 20
    assert torch.equal(images, original)


def test_icap_permutations_differ(batch, generator):
    parts = Icap(beta=1.0)(*batch, generator).parts
    assert len({tuple(targets[:, 0].tolist()) for targets, _ in parts}) == 4


@pytest.mark.parametrize("method", [Icap, Ricap])
@pytest.mark.parametrize("beta", [0.3, 1.0])
def test_dividing_point_is_beta_distributed(generator, method, beta):
    side = 1000  # so many pixels that rounding to them does not show
    images, targets = torch.zeros(1, 1, side, side), torch.zeros(1, 1, dtype=torch.int64)
    points = []
    for _ in range(200):
        weights = [part[1].item() for part in method(beta=beta)(images, targets, generator).parts]
        points.append((weights[0] + weights[2], weights[0] + weights[1]))
    for coordinate in np.array(points).T:
        assert stats.kstest(coordinate, stats.beta(beta, beta).cdf).pvalue > 1e-3


def test_ricap_crops_each_patch_at_one_place_of_all_its_images(batch, generator):
    images, targets = batch
    original, shifts = images.clone(), set()
    for _ in range(50):
        mixed = Ricap(beta=1.0)(images, targets, generator)
        assert_sound(mixed, 4)
        sources, places = (quarters(values, *corner_of(mixed)) for values in origin(mixed.images))
        here = quarters(original[0].long(), *corner_of(mixed))
        for block, place, at, (part_targets, _) in zip(sources, places, here, mixed.parts, strict=True):
            assert sorted(part_targets[:, 0].tolist()) == list(range(COUNT))
            assert torch.equal(block, part_targets[:, 0].view(-1, 1, 1, 1).expand_as(block))
            if block.numel():
                shift = (place - at).unique()
                assert len(shift) == 1  # the whole patch, in every image and channel, was shifted alike
                shifts.add(shift.item())
                columns = place[0, 0, 0] % WIDTH
                assert columns[-1] - columns[0] == len(columns) - 1  # it did not wrap at an edge
    assert len(shifts) > 30
    assert torch.equal(images, original)


def test_ricap_place_is_uniform(generator):
    side = 1000
    images = torch.arange(float(side)).view(1, 1, side, 1).repeat(1, 1, 1, 2)  # every value names its row
    places = []
    for _ in range(300):
        mixed = Ricap(beta=1.0)(images, torch.zeros(1, 1, dtype=torch.int64), generator)
        rows = round((mixed.parts[0][1].item() + mixed.parts[1][1].item()) * side)  # of the upper patches
        if rows:
            places.append((mixed.images[0, 0, 0, 1].item() + 0.5) / (side - rows + 1))
    assert stats.kstest(places, stats.uniform(0, 1).cdf).pvalue > 1e-3


def test_ricap_line_is_two_pixels_of_zeros_along_the_boundary(batch, generator):
    seen = set()
    for seed in range(60):
        plain, lined = (
            Ricap(beta=0.5, with_line=line)(batch[0] + 1, batch[1], torch.Generator().manual_seed(seed))
            for line in (False, True)
        )
        x, y = corner_of(plain)
        expected = plain.images.clone()
        if 0 < x < WIDTH:
            expected[..., [x - 1, x]] = 0
        if 0 < y < HEIGHT:
            expected[..., [y - 1, y], :] = 0
        assert torch.equal(lined.images, expected)
        seen.add((0 < x < WIDTH, 0 < y < HEIGHT))
    assert len(seen) == 4  # also boundaries at the edge, where no line is drawn


@pytest.mark.parametrize("per_sample", [False, True])
def test_cutmix_pastes_a_box_of_one_partner_at_its_place(batch, generator, per_sample):
    images, targets = batch
    original = images.clone()
    for _ in range(50):
        mixed = CutMix(beta=1.0, per_sample=per_sample)(images, targets, generator)
        assert_sound(mixed, 2)
        (own, rest), (others, share) = mixed.parts
        assert torch.equal(own, targets)
        assert sorted(others[:, 0].tolist()) == list(range(COUNT))
        sources, places = origin(mixed.images)
        assert torch.equal(places, original[:1].expand_as(places).long())
        pasted = (sources[:, 0] != torch.arange(COUNT)[:, None, None]).numpy()  # (N, H, W)
        for mask, other, index in zip(pasted, others[:, 0].tolist(), range(COUNT), strict=True):
            if other == index:
                continue
            rows, columns = mask.any(1), mask.any(0)
            assert np.array_equal(mask, np.outer(rows, columns))
            assert np.abs(np.diff(np.pad(rows, 1).astype(int))).sum() <= 2  # one run of rows
            assert np.abs(np.diff(np.pad(columns, 1).astype(int))).sum() <= 2
            assert share[index].item() == pytest.approx(mask.mean())  # of the clipped area
            assert set(sources[index, :, mask].flatten().tolist()) <= {other}
        assert len(share.unique()) == 1 or per_sample
    assert torch.equal(images, original)


@pytest.mark.parametrize("per_sample", [False, True])
def test_boxes_are_pasted_alike_on_host_and_device(batch, generator, per_sample):
    for _ in range(50):
        boxes = CutMix(beta=1.0, per_sample=per_sample).draw_boxes(COUNT, HEIGHT, WIDTH, generator)
        partners = torch.randperm(COUNT, generator=generator)
        assert torch.equal(paste_on_host(batch[0], partners, boxes), paste_on_device(batch[0], partners, boxes))


def test_cutmix_boxes_of_a_batch_differ_only_if_drawn_per_sample(batch, generator):
    assert len(CutMix(beta=1.0, per_sample=True)(*batch, generator).parts[1][1].unique()) > 4
    assert len(CutMix(beta=1.0)(*batch, generator).parts[1][1].unique()) == 1


@pytest.mark.parametrize("beta", [0.3, 1.0])
def test_cutmix_clipped_shares_follow_beta_and_uniform_centres(generator, beta):
    height, width, count = 120, 80, 4000
    images, targets = torch.zeros(count, 1, height, width), torch.zeros(count, 1, dtype=torch.int64)
    found = CutMix(beta=beta, per_sample=True)(images, targets, generator).parts[1][1].numpy()
    rng = np.random.default_rng(5)  # the same in the unit square
    side, centre = np.sqrt(1 - rng.beta(beta, beta, (count, 1))), rng.random((count, 2))
    ends = np.clip(centre + side / 2, 0, 1) - np.clip(centre - side / 2, 0, 1)
    assert stats.ks_2samp(found, ends.prod(1)).pvalue > 1e-3


@pytest.mark.parametrize(("keep_half", "mean", "above_half"), [(True, 0.185, 0.0), (False, 0.321, 0.178)])
def test_cutmix_that_keeps_half_pastes_at_most_half_of_another_image(generator, keep_half, mean, above_half):
    """Means by integration in the unit square; 0.185 and never above half is what Bengali b's pipeline gave."""
    mixer = CutMix(beta=1.0, per_sample=True, keep_half=keep_half)
    boxes = mixer.draw_boxes(20_000, 192, 330, generator)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1) / (192 * 330)
    assert area.mean() == pytest.approx(mean, abs=0.005)
    assert (area > 0.501).mean() == pytest.approx(above_half, abs=0.01)  # a side is whole pixels


@every_method
def test_same_seed_same_batch(batch, method):
    first, again, other = (method(*batch, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)


@every_method
def test_large_batches_in_other_memory_layouts_mix_alike(method):
    images, targets = torch.rand(50, 3, 9, 7), torch.arange(50)[:, None]
    layouts = images, images.contiguous(memory_format=torch.channels_last), images.flip(3).flip(3)
    results = [method(layout, targets, torch.Generator().manual_seed(5)).images for layout in layouts]
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])


@pytest.mark.parametrize("method", [MixUp, CutMix, Icap, Ricap])
@pytest.mark.parametrize("parameter", [0.0, -1.0])
def test_beta_distribution_without_a_positive_parameter_is_refused(method, parameter):
    name = "alpha" if method is MixUp else "beta"
    with pytest.raises(UserError, match=f"{name} {parameter}: expected a positive number"):
        method(**{name: parameter})


@pytest.mark.gpu
@every_method
def test_gpu_mixes_as_the_cpu_does(batch, method):
    images, targets = batch
    here = method(images, targets, torch.Generator().manual_seed(5))
    there = method(images.cuda(), targets.cuda(), torch.Generator().manual_seed(5))
    torch.testing.assert_close(there.images.cpu(), here.images)
    for (one, weight), (two, other) in zip(here.parts, there.parts, strict=True):
        assert torch.equal(one, two.cpu())
        assert torch.equal(weight, other.cpu())
