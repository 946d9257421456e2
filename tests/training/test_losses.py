import torch
from torch.nn import functional as F

from mojika.training.losses import mixed_cross_entropy, mixed_hits


def test_unmixed_loss_is_cross_entropy():
    torch.manual_seed(0)
    logits, targets = torch.randn(8, 5), torch.randint(5, (8, 1))
    losses = mixed_cross_entropy([logits], [(targets, torch.ones(8))], torch.ones(8))
    torch.testing.assert_close(losses.mean(), F.cross_entropy(logits, targets[:, 0]))


def test_mixed_loss_is_cross_entropy_with_soft_targets():
    torch.manual_seed(1)
    logits = torch.randn(6, 4)
    parts = [(torch.randint(4, (6, 1)), weight) for weight in torch.rand(3, 6).softmax(0)]
    soft = sum(weight[:, None] * F.one_hot(targets[:, 0], 4) for targets, weight in parts)
    losses = mixed_cross_entropy([logits], parts, torch.ones(6))
    torch.testing.assert_close(losses.mean(), F.cross_entropy(logits, soft))


def test_heads_are_summed_and_share_the_weights_of_the_parts():
    torch.manual_seed(2)
    logits = [torch.randn(3, 4), torch.randn(3, 7)]
    targets = torch.tensor([[0, 6], [1, 5], [3, 0]])
    losses = mixed_cross_entropy(logits, [(targets, torch.ones(3))], torch.ones(3))
    expected = sum(F.cross_entropy(scores, targets[:, i], reduction="none") for i, scores in enumerate(logits))
    torch.testing.assert_close(losses, expected)


def test_sample_weights_scale_single_samples():
    logits, targets = torch.tensor([[2.0, 0.0], [2.0, 0.0]]), torch.tensor([[0], [0]])
    whole = mixed_cross_entropy([logits], [(targets, torch.ones(2))], torch.ones(2))
    weighted = mixed_cross_entropy([logits], [(targets, torch.ones(2))], torch.tensor([1.0, 0.9]))
    torch.testing.assert_close(weighted, whole * torch.tensor([1.0, 0.9]))


def test_hits_collect_the_weight_of_the_right_part():
    logits = [torch.tensor([[0.0, 3.0], [3.0, 0.0]])]  # top classes 1, 0
    parts = [(torch.tensor([[1], [1]]), torch.tensor([0.7, 0.7])), (torch.tensor([[0], [0]]), torch.tensor([0.3, 0.3]))]
    torch.testing.assert_close(mixed_hits(logits, parts), torch.tensor([0.7, 0.3]))
