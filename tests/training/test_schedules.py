import math

import pytest
import torch

from mojika.training.schedules import cosine, multi_step, with_warm_up

STEPS = 7


def torch_rates(make_scheduler, steps: int, base_lr: float = 0.1) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base_lr)
    scheduler = make_scheduler(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def test_multi_step_equals_torch_scheduler_with_milestones_in_steps():
    milestones = [2, 4, 6]
    expected = torch_rates(
        lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [m * STEPS for m in milestones], gamma=0.1), 60
    )
    schedule = multi_step(0.1, STEPS, milestones, 0.1)
    assert [schedule(step) for step in range(60)] == pytest.approx(expected)


def test_cosine_equals_torch_scheduler():
    expected = torch_rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10 * STEPS, eta_min=1e-6), 70)
    schedule = cosine(0.1, STEPS, t_max=10, eta_min=1e-6, mult=1)
    assert [schedule(step) for step in range(70)] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("mult", [1, 2, 3])
def test_cosine_restarts_equal_torch_scheduler(mult):
    expected = torch_rates(
        lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2 * STEPS, T_mult=mult, eta_min=1e-5), 150
    )
    schedule = cosine(0.1, STEPS, t_max=2, eta_min=1e-5, mult=mult)
    assert [schedule(step) for step in range(150)] == pytest.approx(expected, rel=1e-6)


def test_warm_up_rises_linearly_and_reaches_the_base_rate():
    schedule = with_warm_up(multi_step(0.1, STEPS, [8], 0.1), 0.1, warm_up_steps=5 * STEPS)
    warm = [schedule(step) for step in range(5 * STEPS)]
    assert warm == pytest.approx([0.1 * (step + 1) / 35 for step in range(35)])
    assert schedule(35) == pytest.approx(0.1)
    assert schedule(8 * STEPS) == pytest.approx(0.01)  # milestones count from the start of the run


def test_cosine_starts_after_warm_up_and_ends_near_its_minimum():
    """Recipe 04: 90 epochs, 5 of warm-up, T_max 86: the last epoch is still inside the first cycle."""
    schedule = with_warm_up(cosine(0.1, STEPS, 86, 1e-6, 1, first_step=5 * STEPS), 0.1, 5 * STEPS)
    assert schedule(5 * STEPS) == pytest.approx(0.1)
    last = schedule(90 * STEPS - 1)
    expected = 1e-6 + (0.1 - 1e-6) * (1 + math.cos(math.pi * (85 * STEPS - 1) / (86 * STEPS))) / 2
    assert last == pytest.approx(expected)
    assert last < 1e-4


def test_rates_never_rise_after_warm_up_within_one_cycle():
    schedule = with_warm_up(cosine(0.1, STEPS, 20, 0.0, 1, first_step=STEPS), 0.1, STEPS)
    rates = [schedule(step) for step in range(STEPS, 21 * STEPS)]
    assert all(later <= earlier for earlier, later in zip(rates, rates[1:], strict=False))
