"""The loss of a batch against sums written out sample by sample."""

import math
from functools import partial

import pytest
import torch

from mojika.models.heads.margin import CosFaceHead
from mojika.models.heads.softmax import LinearHead
from mojika.training.criterion import Criterion
from mojika.training.losses import HardestOf, focal, ohem_rate

COUNT, CLASSES = 6, 5


@pytest.fixture
def batch():
    """Logits of two heads, two parts that share a permutation, weights of samples."""
    generator = torch.Generator().manual_seed(1)
    logits = [torch.randn(COUNT, CLASSES, generator=generator) for _ in range(2)]
    targets = torch.randint(CLASSES, (COUNT, 2), generator=generator)
    share = torch.rand(COUNT, generator=generator)
    order = torch.randperm(COUNT, generator=generator)
    parts = [(targets, share), (targets[order], 1 - share)]
    return logits, parts, torch.tensor([1.0, 0.9, 1.0, 0.0, 1.0, 2.0])


def by_hand(logits, parts, weights, cost) -> list[list[float]]:
    """Per head and sample: weight · Σ share · cost(p of the target)."""
    return [
        [
            weights[i].item()
            * sum(share[i].item() * cost(scores[i].softmax(0)[targets[i, head]].item()) for targets, share in parts)
            for i in range(COUNT)
        ]
        for head, scores in enumerate(logits)
    ]


def heads(count: int = 2) -> list[LinearHead]:
    return [LinearHead(3, CLASSES) for _ in range(count)]


def test_cross_entropy_sums_samples_and_heads(batch):
    expected = sum(map(sum, by_hand(*batch, lambda p: -math.log(p))))
    assert Criterion()(heads(), *batch, epoch=0).item() == pytest.approx(expected, rel=1e-5)


def test_heads_count_by_their_weights(batch):
    root, vowel = map(sum, by_hand(*batch, lambda p: -math.log(p)))
    loss = Criterion(head_weights=(2.0, 0.5))(heads(), *batch, epoch=0)
    assert loss.item() == pytest.approx(2 * root + 0.5 * vowel, rel=1e-5)


def test_hardest_samples_are_chosen_before_heads_are_weighted(batch):
    root, vowel = (sum(sorted(losses)[-3:]) / 3 * COUNT for losses in by_hand(*batch, lambda p: -math.log(p)))
    loss = Criterion(hardest=ohem_rate, head_weights=(0.7, 0.3))(heads(), *batch, epoch=10_000)
    assert loss.item() == pytest.approx(0.7 * root + 0.3 * vowel, rel=1e-5)


def test_focal_loss(batch):
    expected = sum(map(sum, by_hand(*batch, lambda p: -((1 - p) ** 3) * math.log(p))))
    assert Criterion(partial(focal, gamma=3.0))(heads(), *batch, epoch=0).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("epoch", "kept"), [(29, 6), (30, 6), (42, 4), (10_000, 3)])
def test_hardest_samples_of_the_mixed_loss_count_per_head(batch, epoch, kept):
    """Floor of 0.65 · 6 = 3; each head has its own hardest samples; a mean times the number of samples."""
    per_head = by_hand(*batch, lambda p: -math.log(p))
    expected = sum(sum(sorted(losses)[-kept:]) / kept * COUNT for losses in per_head)
    loss = Criterion(hardest=ohem_rate)(heads(), *batch, epoch=epoch)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("epoch", "kept"), [(0, 6), (42, 4), (10_000, 3)])
def test_hardest_targets_are_chosen_in_each_part_and_then_weighted(batch, epoch, kept):
    """Bengali a: Σ share · (mean of the hardest of this part's own losses), whatever the share of a sample is."""
    logits, parts, weights = batch
    expected = 0.0
    for head, scores in enumerate(logits):
        for targets, share in parts:
            cost = [weights[i] * -scores[i].log_softmax(0)[targets[i, head]] for i in range(COUNT)]
            hardest = sorted(range(COUNT), key=cost.__getitem__)[-kept:]
            expected += sum((share[i] * cost[i]).item() for i in hardest) / kept * COUNT
    criterion = Criterion(hardest=ohem_rate, hardest_of=HardestOf(per_target=True))
    assert criterion(heads(), *batch, epoch=epoch).item() == pytest.approx(expected, rel=1e-5)


def test_one_share_for_a_batch_makes_the_loss_of_two_criteria_never_below_that_of_whole_samples():
    """λ · OHEM(first targets) + (1 − λ) · OHEM(second), as with mixup; a maximum is not below that of a mean."""
    generator = torch.Generator().manual_seed(4)
    logits, share = 3 * torch.randn(64, 168, generator=generator), 0.3
    targets = torch.randint(168, (2, 64, 1), generator=generator)
    parts = [(targets[0], torch.full((64,), share)), (targets[1], torch.full((64,), 1 - share))]
    for rate, kept in ((0.8, 51), (0.65, 41)):
        by_target, whole = (
            Criterion(hardest=lambda epoch, rate=rate: rate, hardest_of=HardestOf(per_target=chosen))(
                heads(1), [logits], parts, torch.ones(64), epoch=0
            ).item() / 64
            for chosen in (True, False)
        )  # fmt: skip
        costs = [torch.nn.functional.cross_entropy(logits, each[:, 0], reduction="none") for each in targets]
        means = [cost.sort(descending=True).values[:kept].mean().item() for cost in costs]
        assert by_target == pytest.approx(share * means[0] + (1 - share) * means[1], rel=1e-5)
        assert by_target > whole > sum(cost.mean().item() for cost in costs) / 2 - 1


def test_in_plain_batches_all_samples_count_where_only_mixed_ones_are_mined(batch):
    logits, parts, weights = batch
    plain = [(parts[0][0], torch.ones(COUNT))]
    criterion = Criterion(hardest=ohem_rate, hardest_of=HardestOf(mixed_only=True))
    everything = Criterion()(heads(), logits, plain, weights, epoch=0).item()
    assert criterion(heads(), logits, plain, weights, epoch=10_000).item() == pytest.approx(everything)
    mixed = Criterion(hardest=ohem_rate)(heads(), *batch, epoch=10_000).item()
    assert criterion(heads(), *batch, epoch=10_000).item() == pytest.approx(mixed)


def test_margin_is_that_of_each_parts_own_target():
    head = CosFaceHead(3, CLASSES, scale=10.0, margin=0.2)
    logits = torch.tensor([[4.0, 1.0, -3.0, 0.0, 2.0]])
    parts = [(torch.tensor([[0]]), torch.tensor([0.7])), (torch.tensor([[2]]), torch.tensor([0.3]))]
    cost = 0.0
    for target, share in ((0, 0.7), (2, 0.3)):
        moved = logits[0].tolist()
        moved[target] -= 10 * 0.2
        cost += share * (math.log(sum(map(math.exp, moved))) - moved[target])
    loss = Criterion()([head], [logits], parts, torch.ones(1), epoch=0)
    assert loss.item() == pytest.approx(cost, rel=1e-5)
