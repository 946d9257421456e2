import time

import pytest
import torch
from torch import nn

from mojika.training.throughput import Meter, peak_flops, training_flops_per_image


def test_flops_of_a_convolution_and_a_linear_layer_by_hand():
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.Flatten(), nn.Linear(8 * 10 * 10, 5))
    forward = 2 * (10 * 10 * 8 * 3 * 9) + 2 * (800 * 5)
    assert training_flops_per_image(model, 3, 10, torch.device("cpu")) == 3 * forward


def test_counting_leaves_the_model_as_it_was():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    training_flops_per_image(model, 1, 8, torch.device("cpu"))
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_peak_is_a_positive_rate():
    assert peak_flops(torch.device("cpu"), None) > 1e8


def test_meter_counts_images_and_the_time_spent_waiting():
    class Item:
        images = torch.zeros(4, 1)

    def slow_batches():
        for _ in range(3):
            time.sleep(0.02)
            yield Item()

    meter = Meter(slow_batches())
    for _ in meter:
        pass
    seconds, waited, steps, images = meter.lap()
    assert (steps, images) == (3, 12)
    assert 0.06 <= waited <= seconds
    assert meter.lap()[2:] == (0, 0)
    assert waited == pytest.approx(seconds, abs=0.05)


def test_paused_time_does_not_count():
    meter = Meter(iter([]))
    with meter.paused():
        time.sleep(0.1)
    assert meter.lap()[0] < 0.1
