import pytest
import torch
from torch.nn import functional as F

from mojika.models.heads.softmax import L2SoftmaxHead, LinearHead


def test_l2_softmax_is_the_cosine_over_the_temperature():
    torch.manual_seed(0)
    head = L2SoftmaxHead(16, 5, temperature=0.05)
    features = torch.randn(7, 16)
    expected = torch.stack([F.cosine_similarity(features, weight[None], dim=1) for weight in head.weight], 1) / 0.05
    torch.testing.assert_close(head(features), expected, rtol=1e-5, atol=1e-4)


def test_l2_softmax_ignores_the_norms_of_features_and_weights():
    torch.manual_seed(1)
    head = L2SoftmaxHead(8, 3)
    features = torch.randn(4, 8)
    before = head(features)
    with torch.no_grad():
        head.weight *= torch.tensor([[3.0], [0.2], [11.0]])
    torch.testing.assert_close(head(features * 100), before, rtol=1e-5, atol=1e-4)


def test_l2_softmax_is_computed_in_float32_under_autocast():
    head = L2SoftmaxHead(512, 4)
    features = torch.randn(2, 512)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = head(features.bfloat16())
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, head(features.bfloat16().float()))


@pytest.mark.parametrize("head", [LinearHead(8, 3), L2SoftmaxHead(8, 3)])
def test_heads_without_margin_show_every_part_the_logits_of_inference(head):
    logits = head(torch.randn(4, 8))
    parts = [(torch.tensor([0, 1, 2, 0]), torch.full((4,), 0.7)), (torch.tensor([2, 2, 1, 1]), torch.full((4,), 0.3))]
    seen = head.training_logits(logits, parts)
    assert len(seen) == 2
    assert all(part is logits for part in seen)


def test_linear_head_is_torch_linear():
    head = LinearHead(8, 3)
    features = torch.randn(4, 8)
    torch.testing.assert_close(head(features), features @ head.weight.T + head.bias)
    assert set(head.state_dict()) == {"weight", "bias"}
