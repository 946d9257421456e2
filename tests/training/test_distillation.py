"""Soft targets against their formula, and what a teacher sees of a student's images."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mojika.models.heads.softmax import LinearHead
from mojika.models.input_spec import InputSpec
from mojika.training.criterion import Criterion
from mojika.training.distillation import Teacher, soft_target_losses


def test_divergence_by_hand():
    """Teacher 3 : 1, student 1 : 1 at T = 2, where logits of 2·log 3 and 0 make 3 : 1."""
    taught, logits = torch.tensor([[2 * math.log(3), 0.0]]), torch.tensor([[5.0, 5.0]])
    expected = 4 * (0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5))
    assert soft_target_losses(logits, taught, 2.0).item() == pytest.approx(expected, rel=1e-5)
    assert soft_target_losses(taught, taught, 2.0).item() == pytest.approx(0, abs=1e-6)


def test_gradient_at_a_high_temperature_is_that_of_matching_logits():
    """Section 2.1 of the paper: (z − v) / N for centred logits, T² times the gradient of the divergence."""
    torch.manual_seed(0)
    z, v = (F.normalize(torch.randn(1, 6) - 0.0) for _ in range(2))
    z, v = (values - values.mean() for values in (z, v))
    z.requires_grad_()
    soft_target_losses(z, v, 1000.0).sum().backward()
    torch.testing.assert_close(z.grad, (z.detach() - v) / 6, rtol=1e-2, atol=1e-4)


def test_hard_and_soft_losses_share_a_sample_before_the_hardest_are_chosen():
    torch.manual_seed(0)
    heads, logits = [LinearHead(3, 4)], [torch.randn(6, 4)]
    taught, targets = [torch.randn(6, 4)], torch.randint(4, (6, 1))
    weights = torch.tensor([1.0, 2.0, 0.5, 1.0, 1.0, 0.0])
    hard = F.cross_entropy(logits[0], targets[:, 0], reduction="none")
    soft = 9 * F.kl_div((logits[0] / 3).log_softmax(1), (taught[0] / 3).softmax(1), reduction="none").sum(1)
    each = (0.7 * hard + 0.3 * soft) * weights
    criterion = Criterion(hardest=lambda epoch: 0.5, head_weights=(2.0,), teacher_weight=0.3, temperature=3.0)
    found = criterion(heads, logits, [(targets, torch.ones(6))], weights, 0, taught)
    assert found.item() == pytest.approx(2 * each.topk(3).values.mean().item() * 6, rel=1e-5)


class Seen(nn.Module):
    """Remembers its images."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, images):
        self.images, self.trains = images, self.training
        return [images.flatten(1)]


def spec(size: tuple[int, int], mean: float, std: float) -> InputSpec:
    return InputSpec(channels=1, mean=(mean,), std=(std,), scale_size=size, input_size=size, interpolation="bilinear")


def test_a_teacher_sees_the_same_pixels_in_its_own_normalisation():
    pixels, model = torch.rand(2, 1, 8, 12), Seen()
    teacher = Teacher(model, spec((8, 12), 0.4, 0.2), spec((8, 12), 0.1, 0.5))
    (logits,) = teacher((pixels - 0.1) / 0.5)
    torch.testing.assert_close(model.images, (pixels - 0.4) / 0.2, rtol=1e-5, atol=1e-5)
    assert not logits.requires_grad and not model.trains


def test_a_teacher_of_another_size_sees_the_images_scaled():
    model = Seen()
    Teacher(model, spec((4, 6), 0.0, 1.0), spec((8, 12), 0.0, 1.0))(torch.ones(2, 1, 8, 12))
    torch.testing.assert_close(model.images, torch.ones(2, 1, 4, 6))


def test_a_teacher_that_wants_channels_exchanged_sees_them_so():
    sizes = {"channels": 3, "scale_size": 4, "input_size": 4, "interpolation": "bilinear"}
    student = InputSpec(mean=(0.1, 0.2, 0.3), std=(0.5, 0.6, 0.7), **sizes)
    teacher = InputSpec(mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4), channels_exchanged=True, **sizes)
    pixels, seen = torch.rand(2, 3, 4, 4), Seen()
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (student.mean, student.std))
    Teacher(seen, teacher, student)((pixels - mean) / std)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (teacher.mean, teacher.std))
    torch.testing.assert_close(seen.images, (pixels.flip(1) - mean) / std)
