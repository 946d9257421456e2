"""AugMix: what is drawn, and the blend against its formula."""

import numpy as np
import pytest
import torch
from scipy import stats

from mojika.augmentation.augmix import END, AugMix, Chains, blend_chains
from mojika.augmentation.augmix_operations import OPERATIONS, apply_operation
from mojika.errors import UserError

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
AUGMIX = AugMix(mean=MEAN, std=STD, severity=3.0, width=3, depth=3, alpha=1.0)


@pytest.fixture
def levels(pictures) -> torch.Tensor:
    return torch.from_numpy(pictures(12, 40, 3)[:, :, :32]).permute(0, 3, 1, 2)


def normalised(levels: torch.Tensor) -> torch.Tensor:
    return ((levels / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)).contiguous(
        memory_format=torch.channels_last
    )


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_two_chains_by_hand():
    posterize, translate, solarize = map(OPERATIONS.index, ("posterize", "translate_x", "solarize"))
    chains = Chains(
        operations=np.array([[[posterize, END], [translate, solarize]]]),
        strengths=np.array([[[0.1, 0.0], [0.8, 0.5]]]),  # 4 bits; a third of 4 pixels · 0.8, inverted from 128 on
        weights=np.array([[0.75, 0.25]], np.float32),
        share=np.array([0.4], np.float32),
    )
    levels = torch.tensor([10.0, 100.0, 200.0, 250.0])
    four_bits = torch.tensor([0.0, 96.0, 192.0, 240.0])
    moved_and_inverted = torch.tensor([100.0, 55.0, 5.0, 5.0])
    mixed = blend_chains((levels.view(1, 1, 1, 4) / 255 - 0.5) / 0.25, (0.5,), (0.25,), chains)
    expected = 0.6 * levels + 0.4 * (0.75 * four_bits + 0.25 * moved_and_inverted)
    torch.testing.assert_close((mixed * 0.25 + 0.5).flatten() * 255, expected)


def test_blend_is_what_image_by_image_gives(levels, generator):
    images = normalised(levels)
    before = images.clone()
    chains = AugMix(severity=8.0, width=4, depth=5, alpha=1.0).draw_chains(12, generator)
    mixed = blend_chains(images, MEAN, STD, chains)
    for index in range(12):
        blend = torch.zeros(1, 3, 40, 32)
        for chain in range(4):
            result = levels[index : index + 1].contiguous()
            for operation, strength in zip(
                chains.operations[index, chain], chains.strengths[index, chain], strict=True
            ):
                if operation != END:
                    result = apply_operation(OPERATIONS[operation], result, np.array([strength]))
            blend += float(chains.weights[index, chain]) * normalised(result)
        share = float(chains.share[index])
        expected = (1 - share) * images[index] + share * blend[0]
        torch.testing.assert_close(mixed[index], expected, atol=1e-4, rtol=0)
    assert torch.equal(images, before)


def test_chains_are_as_long_and_hold_each_operation_as_often_as_uniform_draws(generator):
    operations = AugMix(severity=3.0, width=3, depth=4, alpha=1.0).draw_chains(3000, generator).operations
    going = operations != END
    assert (going[..., :-1] >= going[..., 1:]).all()  # nothing after the end
    assert stats.chisquare(np.bincount(going.sum(2).ravel(), minlength=5)[1:]).pvalue > 1e-3
    assert stats.chisquare(np.bincount(operations[going], minlength=len(OPERATIONS))).pvalue > 1e-3


@pytest.mark.parametrize("severity", [3.0, 10.0])
def test_strengths_are_uniform_up_to_severity_in_both_directions(generator, severity):
    strengths = AugMix(severity=severity, width=1, depth=1, alpha=1.0).draw_chains(3000, generator).strengths.ravel()
    low, high = 0.01, severity / 10
    assert stats.kstest(np.abs(strengths), stats.uniform(low, high - low).cdf).pvalue > 1e-3
    assert (strengths > 0).mean() == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.0])
def test_shares_are_beta_and_weights_dirichlet_distributed(generator, alpha):
    chains = AugMix(severity=3.0, width=3, depth=1, alpha=alpha).draw_chains(3000, generator)
    assert stats.kstest(chains.share, stats.beta(alpha, alpha).cdf).pvalue > 1e-3
    np.testing.assert_allclose(chains.weights.sum(1), 1, rtol=1e-5)
    for weights in chains.weights.T:
        assert stats.kstest(weights, stats.beta(alpha, 2 * alpha).cdf).pvalue > 1e-3


def test_severity_zero_moves_and_bends_nothing(generator):
    assert not AugMix(severity=0.0, width=3, depth=3, alpha=1.0).draw_chains(50, generator).strengths.any()


def test_same_seed_same_batch(levels):
    images = normalised(levels)
    first, again, other = (AUGMIX(images, seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_some_images_are_spared_and_the_rest_blended_like_a_whole_batch():
    images = torch.rand(2000, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    before = images.clone()
    mixed = AugMix(mean=MEAN, std=STD, p=0.2)(images, seeded())
    changed = (mixed != images).flatten(1).any(1)
    assert changed.float().mean() == pytest.approx(0.2, abs=0.03)
    assert mixed.is_contiguous(memory_format=torch.channels_last) and torch.equal(images, before)
    assert torch.equal(AugMix(mean=MEAN, std=STD, p=0)(images, seeded()), images)


def test_memory_layout_of_the_batch_stays_and_does_not_matter(levels):
    images = normalised(levels)
    layouts = images, images.contiguous(), images.flip(3).flip(3)
    results = [AUGMIX(layout, seeded()) for layout in layouts]
    assert results[0].is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(results[1], results[0])
    torch.testing.assert_close(results[2], results[0])


def test_gray_batches_of_any_size(pictures, generator):
    for count in (0, 1, 5):
        images = torch.from_numpy(pictures(5, 20, 1)[:count, :, :13]).permute(0, 3, 1, 2) / 255
        mixed = AugMix()(images, generator)
        assert mixed.shape == images.shape
        assert mixed.dtype == torch.float32
        assert count == 0 or (mixed.min() >= 0 and mixed.max() <= 1)


@pytest.mark.parametrize(
    "wrong", [{"severity": -1.0}, {"severity": 11.0}, {"width": 0}, {"depth": 0}, {"alpha": 0.0}, {"p": 1.5}], ids=str
)
def test_numbers_without_meaning_are_refused(wrong):
    with pytest.raises(UserError, match=f"{next(iter(wrong))} .*: expected"):
        AugMix(**wrong)


@pytest.mark.gpu
def test_gpu_blends_as_the_cpu_does(levels):
    images = normalised(levels)
    here = AUGMIX(images, seeded())
    there = AUGMIX(images.cuda(), seeded())
    assert there.is_contiguous(memory_format=torch.channels_last)
    difference = (here - there.cpu()).abs() * min(STD) * 255
    assert difference.mean() < 0.05  # levels of 255: rounding may fall the other way, and equalize makes more of it
    assert (difference > 3).float().mean() < 0.01
