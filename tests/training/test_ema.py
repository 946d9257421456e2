import io

import pytest
import torch
from torch import nn

from mojika.training.ema import WeightAverage


def model_with_buffers() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(36, 2))


def trained_models(count: int) -> list[nn.Module]:
    """A model as it stands after 0, 1, 2, … steps, each with other weights, batch statistics and batch counts."""
    model = model_with_buffers()
    states = []
    for step in range(count):
        states.append({name: value.clone() for name, value in model.state_dict().items()})
        with torch.no_grad():
            model(torch.randn(4, 3, 5, 5, generator=torch.Generator().manual_seed(step)))
            for parameter in model.parameters():
                parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(step)))
    models = []
    for state in states:
        models.append(model_with_buffers())
        models[-1].load_state_dict(state)
    return models


@pytest.mark.parametrize("decay", [0.3, 0.9])
def test_average_of_weights_and_buffers_by_its_formula(decay):
    """The decay warms up: 0.1, 2/11, 0.25, … until `decay`, which 0.3 reaches in the fifth update."""
    first, *later = trained_models(8)
    average = WeightAverage(first, decay)
    expected = {name: value.double() for name, value in first.state_dict().items()}
    for t, model in enumerate(later):
        average.update(model)
        share = min(decay, [1 / 10, 2 / 11, 3 / 12, 4 / 13, 5 / 14, 6 / 15, 7 / 16][t])
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                expected[name] = share * expected[name] + (1 - share) * value
            else:
                expected[name] = value
    assert average.model[1].num_batches_tracked == later[-1][1].num_batches_tracked > 1
    for name, value in average.model.state_dict().items():
        torch.testing.assert_close(value, expected[name].to(value.dtype), msg=name)


def test_long_runs_end_with_the_full_decay():
    first, last = trained_models(2)
    average = WeightAverage(first, 0.99)
    average.updates = 10_000
    average.update(last)
    torch.testing.assert_close(average.model[0].weight, 0.99 * first[0].weight + 0.01 * last[0].weight)


def test_the_average_is_a_copy_for_evaluation():
    [model] = trained_models(1)
    average = WeightAverage(model.train(), 0.9)
    assert model.training
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert not any(module.training for module in average.model.modules())
    assert not any(parameter.requires_grad for parameter in average.model.parameters())
    with torch.no_grad():
        model[0].weight.zero_()
    assert average.model[0].weight.abs().sum() > 0


def test_a_resumed_average_equals_an_uninterrupted_one_bit_for_bit():
    first, *later = trained_models(9)
    whole = WeightAverage(first, 0.35)
    begun = WeightAverage(first, 0.35)
    for model in later:
        whole.update(model)
    for model in later[:3]:
        begun.update(model)
    file = io.BytesIO()
    torch.save(begun.state_dict(), file)
    resumed = WeightAverage(later[2], 0.35)
    resumed.load_state_dict(torch.load(io.BytesIO(file.getvalue()), weights_only=True))
    for model in later[3:]:
        resumed.update(model)
    assert resumed.updates == whole.updates == 8
    for name, value in whole.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], value), name


@pytest.mark.gpu
def test_average_stays_on_the_device_and_waits_for_nothing():
    first, last = (model.cuda() for model in trained_models(2))
    average = WeightAverage(first, 0.9)
    average.update(last)
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        average.update(last)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert average.model[0].weight.is_cuda
