"""What is drawn: reproducible, independent of what is switched on, and as ColorJitter would draw it."""

import dataclasses

import pytest
import torch
from scipy import stats

from mojika.augmentation.parameters import COLOUR_OPERATIONS, centre_parameters, draw_parameters

JITTER = {"brightness": 0.25, "contrast": 0.25, "saturation": 0.25, "hue": 0.125}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_same_seed_same_parameters(plain):
    recipe = plain(112, 124, 3, rotate_degree=5, pca_noise=0.1, grayscale_prob=0.2, crop_scale=(0.8, 0.9), **JITTER)
    first, again, other = (draw_parameters(recipe, 16, 124, 3, seeded(seed)) for seed in (1, 1, 2))
    for field in dataclasses.fields(first):
        one, two = getattr(first, field.name), getattr(again, field.name)
        assert one == two if isinstance(one, tuple) else torch.equal(one, two)
    assert not torch.equal(first.matrices, other.matrices)


def test_switching_one_step_off_leaves_the_others_as_they_were(plain):
    steps = {"rotate_degree": 5, "crop_scale": (0.8, 0.9), **JITTER}
    with_hue = draw_parameters(plain(112, 124, 3, **steps), 16, 124, 3, seeded())
    without = draw_parameters(plain(112, 124, 3, **steps | {"hue": 0.0}), 16, 124, 3, seeded())
    assert torch.equal(with_hue.matrices, without.matrices)
    assert torch.equal(with_hue.contrast, without.contrast)
    assert [name for name in with_hue.colour_order if name != "hue"] == list(without.colour_order)


def test_strengths_are_uniform_between_colorjitters_bounds(plain):
    drawn = draw_parameters(plain(8, 8, 3, brightness=0.2, contrast=1.5, hue=0.1), 4000, 8, 3, seeded())
    for values, low, high in (
        (drawn.brightness, 0.8, 1.2),
        (drawn.contrast, 0.0, 2.5),
        (drawn.saturation, 1.0, 1.0),
        (drawn.hue, -0.1, 0.1),
    ):
        assert values.min() >= low - 1e-6
        assert values.max() <= high + 1e-6
        if high > low:
            assert stats.kstest(values.numpy(), stats.uniform(low, high - low).cdf).pvalue > 1e-3


def test_every_order_of_the_colour_operations_occurs(plain):
    recipe = plain(8, 8, 3, **JITTER)
    generator = seeded()
    orders = {draw_parameters(recipe, 1, 8, 3, generator).colour_order for _ in range(300)}
    assert len(orders) == 24
    assert all(set(order) == set(COLOUR_OPERATIONS) for order in orders)


def test_one_channel_has_no_saturation_hue_grayscale_or_pca_noise(plain):
    drawn = draw_parameters(plain(8, 8, 1, grayscale_prob=1.0, pca_noise=1.0, **JITTER), 8, 8, 1, seeded())
    assert set(drawn.colour_order) == {"brightness", "contrast"}
    assert not drawn.grayscale.any()
    assert not drawn.pca_offsets.any()


def test_grayscale_and_flips_happen_as_often_as_asked(plain):
    recipe = plain(8, 8, 3, grayscale_prob=0.2, horizontal_flip=0.3, vertical_flip=1.0)
    drawn = draw_parameters(recipe, 4000, 8, 3, seeded())
    assert drawn.grayscale.float().mean().item() == pytest.approx(0.2, abs=0.03)
    assert (drawn.matrices[:, 0, 0] < 0).float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert (drawn.matrices[:, 1, 1] < 0).all()


def test_angles_are_uniform(plain):
    drawn = draw_parameters(plain(8, 8, rotate_degree=5), 4000, 8, 1, seeded())
    degrees = torch.rad2deg(torch.atan2(drawn.matrices[:, 1, 0], drawn.matrices[:, 0, 0])).numpy()
    assert stats.kstest(degrees, stats.uniform(-5, 10).cdf).pvalue > 1e-3


def test_shears_are_uniform_and_independent_of_angles(plain):
    drawn = draw_parameters(plain(8, 8, shear_degree=12), 4000, 8, 1, seeded())
    degrees = torch.rad2deg(torch.atan(drawn.matrices[:, 0, 1])).numpy()
    assert stats.kstest(degrees, stats.uniform(-12, 24).cdf).pvalue > 1e-3
    both = draw_parameters(plain(8, 8, shear_degree=12, rotate_degree=5), 4000, 8, 1, seeded())
    angles = torch.atan2(both.matrices[:, 1, 0], both.matrices[:, 0, 0]).numpy()
    assert abs(stats.pearsonr(angles, degrees).statistic) < 0.05


def test_pca_noise_varies_as_imagenets_principal_components(plain):
    drawn = draw_parameters(plain(8, 8, 3, pca_noise=0.1), 20000, 8, 3, seeded())
    values = torch.tensor([0.2175, 0.0188, 0.0045])
    vectors = torch.tensor([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
    expected = vectors @ torch.diag((0.1 * values) ** 2) @ vectors.T  # covariance of sum_k v_k · λ_k · N(0, 0.1)
    torch.testing.assert_close(torch.cov(drawn.pca_offsets.T), expected, atol=1e-5, rtol=0.05)


def test_validation_changes_no_colour(plain):
    drawn = centre_parameters(plain(112, 124, 3, rotate_degree=5, grayscale_prob=1.0, **JITTER), 3, 124, 3)
    assert drawn.colour_order == ()
    assert not drawn.grayscale.any()
    assert not drawn.pca_offsets.any()
    assert len(drawn) == 3
