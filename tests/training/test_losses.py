import math

import numpy as np
import pytest
import torch
from scipy.special import softmax
from torch import Tensor
from torch.nn import functional as F

from mojika.training.losses import (
    cross_entropy,
    focal,
    mean_of_hardest,
    mixed_cross_entropy,
    mixed_hits,
    mixed_losses,
    ohem_rate,
)

CONFIDENT = [[80.0, 0.0, -80.0], [0.0, 80.0, -80.0], [0.0, 0.0, 0.0]]  # for target 0: right, wrong, undecided


def batch(seed: int, count: int = 8, classes: int = 5) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(count, classes, generator=generator), torch.randint(classes, (count,), generator=generator)


# ---------------------------------------------------------------------------------------------------- of one target


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_against_smoothed_targets_spelled_out(smoothing):
    logits, targets = batch(0)
    soft = (1 - smoothing) * np.eye(5)[targets] + smoothing / 5
    expected = -(soft * np.log(softmax(logits.double().numpy(), axis=1))).sum(1)
    torch.testing.assert_close(cross_entropy(logits, targets, smoothing).double(), torch.from_numpy(expected))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
def test_focal_loss_against_its_formula(gamma, smoothing):
    logits, targets = batch(1)
    soft = (1 - smoothing) * np.eye(5)[targets] + smoothing / 5
    p = softmax(logits.double().numpy(), axis=1)
    expected = -(soft * (1 - p) ** gamma * np.log(p)).sum(1)
    losses = focal(logits, targets, gamma, smoothing)
    torch.testing.assert_close(losses.double(), torch.from_numpy(expected), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_focal_loss_without_gamma_is_cross_entropy(smoothing):
    logits, targets = batch(2)
    expected = F.cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
    torch.testing.assert_close(focal(logits, targets, 0.0, smoothing), expected)


def test_gradient_of_the_focal_loss():
    logits, targets = batch(3)
    logits = logits.double().requires_grad_()
    for gamma in (0.5, 2.0):
        assert torch.autograd.gradcheck(lambda x, gamma=gamma: focal(x, targets, gamma, 0.1), logits)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("gamma", "smoothing"), [(0.0, 0.0), (0.5, 0.0), (2.0, 0.0), (0.5, 0.1), (2.0, 0.1)])
def test_gradients_of_confident_logits_are_finite(gamma, smoothing, dtype):
    """p is exactly 1 or 0 in float32 here: who is sure and right learns nothing, who is sure and wrong learns most."""
    logits = torch.tensor(CONFIDENT, dtype=dtype, requires_grad=True)
    parts = [(torch.zeros(3, dtype=torch.int64), torch.ones(3))]
    losses = mixed_losses([logits], parts, lambda x, targets: focal(x, targets, gamma, smoothing))
    losses.sum().backward()
    assert losses.dtype == torch.float32
    assert losses.isfinite().all()
    assert logits.grad.isfinite().all()
    if not smoothing:
        torch.testing.assert_close(losses[:2], torch.tensor([0.0, 80.0]))
        torch.testing.assert_close(logits.grad[1, 0].item(), -1.0)


# ---------------------------------------------------------------------------------------------------------- of mixtures


def test_mixed_losses_are_cross_entropy_with_soft_targets():
    logits, _ = batch(4, 6, 4)
    generator = torch.Generator().manual_seed(5)
    parts = [
        (torch.randint(4, (6,), generator=generator), weights)
        for weights in torch.rand(3, 6, generator=generator).softmax(0)
    ]
    soft = sum(weights[:, None] * F.one_hot(targets, 4) for targets, weights in parts)
    expected = F.cross_entropy(logits, soft, reduction="none")
    torch.testing.assert_close(mixed_losses([logits] * 3, parts, cross_entropy), expected)


def test_each_part_has_the_logits_that_its_targets_asked_for():
    (first, targets), (second, others) = batch(6), batch(7)
    parts = [(targets, torch.full((8,), 0.7)), (others, torch.full((8,), 0.3))]
    expected = 0.7 * F.cross_entropy(first, targets, reduction="none") + 0.3 * F.cross_entropy(
        second, others, reduction="none"
    )
    torch.testing.assert_close(mixed_losses([first, second], parts, cross_entropy), expected)


def test_heads_are_summed_and_sample_weights_scale_single_samples():
    (first, targets), (second, others) = batch(10), batch(11, classes=7)
    parts, sample_weights = [(torch.stack([targets, others], 1), torch.ones(8))], torch.linspace(0, 1, 8)
    expected = F.cross_entropy(first, targets, reduction="none") + F.cross_entropy(second, others, reduction="none")
    losses = mixed_cross_entropy([first, second], parts, sample_weights)
    torch.testing.assert_close(losses, expected * sample_weights)


def test_losses_are_float32_under_autocast():
    logits, targets = batch(8)
    parts = [(targets, torch.ones(8))]
    expected = cross_entropy(logits.bfloat16().float(), targets)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for loss in (cross_entropy, lambda x, targets: focal(x, targets, gamma=0.0)):
            losses = mixed_losses([logits.bfloat16()], parts, loss)
            assert losses.dtype == torch.float32
            torch.testing.assert_close(losses, expected)


def test_logits_for_some_parts_only_are_a_mistake():
    logits, targets = batch(9)
    with pytest.raises(ValueError, match="zip"):
        mixed_losses([logits], [(targets, torch.ones(8))] * 2, cross_entropy)


def test_hits_collect_the_weight_of_the_right_part():
    logits = [torch.tensor([[0.0, 3.0], [3.0, 0.0]])]  # top classes 1, 0
    parts = [(torch.tensor([[1], [1]]), torch.tensor([0.7, 0.7])), (torch.tensor([[0], [0]]), torch.tensor([0.3, 0.3]))]
    torch.testing.assert_close(mixed_hits(logits, parts), torch.tensor([0.7, 0.3]))


# ---------------------------------------------------------------------------------------------------- of hard examples


def test_ohem_counts_all_samples_until_it_starts_then_decays():
    assert [ohem_rate(epoch) for epoch in (0, 15, 29, 30)] == [1.0] * 4
    assert ohem_rate(36) == pytest.approx(math.exp(-0.1))
    assert ohem_rate(55) == pytest.approx(0.65924, abs=1e-5)


def test_ohem_reaches_its_floor_and_stays_there():
    assert [ohem_rate(epoch) for epoch in (56, 60, 100, 10_000)] == [0.65] * 4
    assert ohem_rate(4, start=2, scale=1.0, floor=0.5) == 0.5
    rates = [ohem_rate(epoch) for epoch in range(200)]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (1.0, 3.0),  # of 5, 1, 2, 4, 3
        (0.65, 4.0),  # 3.25 samples: 5, 4, 3
        (0.6, 4.0),
        (0.59, 4.5),
        (0.2, 5.0),
        (0.01, 5.0),  # at least one
    ],
)
def test_mean_of_the_hardest_samples(rate, expected):
    assert mean_of_hardest(torch.tensor([5.0, 1.0, 2.0, 4.0, 3.0]), rate) == expected


def test_a_product_that_is_whole_is_not_rounded_down():
    losses = torch.arange(100.0)
    assert 0.29 * 100 < 29
    assert mean_of_hardest(losses, 0.29) == losses[-29:].mean()


def test_only_the_hardest_samples_have_a_gradient():
    losses = torch.tensor([5.0, 1.0, 2.0, 4.0], requires_grad=True)
    mean_of_hardest(losses, 0.5).backward()
    torch.testing.assert_close(losses.grad, torch.tensor([0.5, 0.0, 0.0, 0.5]))


def test_a_loss_that_is_not_a_number_is_not_sorted_away():
    assert mean_of_hardest(torch.tensor([1.0, math.nan, 2.0, 3.0]), 0.5).isnan()
