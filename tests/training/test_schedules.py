import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mojika.training.schedules import (
    cosine,
    multi_step,
    one_cycle,
    plateau,
    warm_up_cosine,
    with_warm_up,
    with_warm_up_from,
    with_warm_up_of_2019,
)

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


def test_warm_up_of_2019_is_what_its_loop_did():
    """The loop set the rate after each step of the warm-up; multi-step set it again at the end of each epoch."""
    base, warm_epochs, rate, expected = 0.1, 5, 0.1, []
    for epoch in range(9):
        for step in range(STEPS):
            expected.append(rate)
            if epoch < warm_epochs:
                rate = base * (epoch * STEPS + step + 1) / (STEPS * (warm_epochs + 1))
        rate = base * 0.1 ** (epoch + 1 >= 7)  # torch 1.2 set it from the base rate, whatever the loop had left
    schedule = with_warm_up_of_2019(multi_step(base, STEPS, [7], 0.1), base, STEPS, warm_epochs, restored=True)
    assert [schedule(step) for step in range(9 * STEPS)] == pytest.approx(expected)
    assert schedule(5 * STEPS - 1) == pytest.approx(base * (5 * STEPS - 1) / (6 * STEPS))
    assert [schedule(epoch * STEPS) for epoch in range(6)] == [base] * 6


def test_cosine_behind_the_warm_up_of_2019_is_a_step_late():
    cosines = cosine(0.1, STEPS, 10, first_step=2 * STEPS)
    schedule = with_warm_up_of_2019(cosines, 0.1, STEPS, 2, restored=False)
    assert schedule(0) == 0.1
    assert schedule(STEPS) == pytest.approx(0.1 / 3)
    assert schedule(2 * STEPS) == pytest.approx(0.1 * 2 / 3)
    assert schedule(2 * STEPS + 1) == cosines(2 * STEPS + 1)


def test_without_epochs_the_warm_up_of_2019_changes_nothing():
    schedule = with_warm_up_of_2019(multi_step(0.1, STEPS, [1], 0.5), 0.1, STEPS, 0, restored=False)
    assert [schedule(step) for step in (0, 1, STEPS)] == [0.1, 0.1, 0.05]


def test_rates_by_epoch_are_the_refinement_of_2019s_first_model():
    """1e-5 for an epoch, then 1e-3, from the seventh epoch on 1e-4."""
    schedule = multi_step(1e-5, STEPS, [1, 6], rates=(1e-3, 1e-4))
    assert [schedule(epoch * STEPS) for epoch in range(8)] == [1e-5, *[1e-3] * 5, 1e-4, 1e-4]
    assert schedule(STEPS - 1) == 1e-5


def test_cosine_starts_after_warm_up_and_ends_near_its_minimum():
    """Recipe 04: 90 epochs, 5 of warm-up, T_max 86: the last epoch is still inside the first cycle."""
    schedule = with_warm_up(cosine(0.1, STEPS, 86, 1, 1e-6, first_step=5 * STEPS), 0.1, 5 * STEPS)
    assert schedule(5 * STEPS) == pytest.approx(0.1)
    last = schedule(90 * STEPS - 1)
    expected = 1e-6 + (0.1 - 1e-6) * (1 + math.cos(math.pi * (85 * STEPS - 1) / (86 * STEPS))) / 2
    assert last == pytest.approx(expected)
    assert last < 1e-4


def test_rates_never_rise_after_warm_up_within_one_cycle():
    schedule = with_warm_up(cosine(0.1, STEPS, 20, 1, 0.0, first_step=STEPS), 0.1, STEPS)
    rates = [schedule(step) for step in range(STEPS, 21 * STEPS)]
    assert all(later <= earlier for earlier, later in zip(rates, rates[1:], strict=False))


@given(
    losses=st.lists(st.sampled_from([0.5, 0.9, 0.99995, 0.9999, 1.0, 1.00005, 1.2]), max_size=40),
    patience=st.integers(0, 4),
    min_lr=st.sampled_from([0.0, 0.002, 0.03]),
)
def test_plateau_equals_torch_scheduler_on_any_history(losses, patience, min_lr):
    """Among the losses are some that are lower by less than the threshold."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.3, patience=patience, min_lr=min_lr, eps=0
    )
    rate = plateau(0.1, patience, factor=0.3, min_lr=min_lr)
    for epoch in range(len(losses) + 1):
        assert rate(epoch * STEPS, losses[:epoch]) == pytest.approx(optimizer.param_groups[0]["lr"])
        if epoch < len(losses):
            scheduler.step(losses[epoch])


def test_plateau_waits_for_more_epochs_than_its_patience():
    rate = plateau(0.1, patience=2, factor=0.5)
    rates = [rate(0, [1.0] + [1.1] * count) for count in range(7)]
    assert rates == pytest.approx([0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025])


def test_plateau_behind_a_warm_up_still_sees_the_losses():
    rate = with_warm_up(plateau(0.1, patience=0, factor=0.5), 0.1, warm_up_steps=STEPS)
    assert rate(3, [1.0, 1.1]) == pytest.approx(0.1 * 4 / 7)
    assert rate(STEPS, [1.0]) == pytest.approx(0.1)
    assert rate(2 * STEPS, [1.0, 1.1]) == pytest.approx(0.05)


@pytest.mark.parametrize(("total", "rising"), [(100, 30), (40, 2), (64, 0), (50, 40)])
def test_one_cycle_equals_torch_scheduler(total, rising):
    expected = torch_rates(
        lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o,
            0.1,
            total_steps=total,
            pct_start=rising / total,
            cycle_momentum=False,
            div_factor=25,
            final_div_factor=1e4,
        ),
        total - 1,
    )
    schedule = one_cycle(0.1, total, rising)
    assert [schedule(step) for step in range(total - 1)] == pytest.approx(expected, rel=1e-6)
    assert schedule(total - 1) == pytest.approx(0.1 * 1e-4 / 25)


def test_one_cycle_takes_its_factors():
    schedule = one_cycle(0.2, total_steps=10, rising_steps=4, start_factor=0.5, final_factor=0.01)
    assert [schedule(0), schedule(3), schedule(9)] == pytest.approx([0.1, 0.2, 0.002])


@pytest.mark.parametrize("min_lr", [0.0, 1e-4])
def test_warm_up_cosine_is_linear_then_torchs_cosine(min_lr):
    schedule = warm_up_cosine(0.1, total_steps=50, warm_up_steps=10, min_lr=min_lr)
    falling = torch_rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 40, eta_min=min_lr), 41)
    assert [schedule(step) for step in range(10)] == pytest.approx([0.01 * (step + 1) for step in range(10)])
    assert [schedule(step) for step in range(10, 51)] == pytest.approx(falling, rel=1e-6, abs=1e-12)


def test_epochs_raised_later_stay_at_the_final_rate():
    assert one_cycle(0.1, 20, 5)(1000) == pytest.approx(0.1 * 1e-4 / 25)
    assert warm_up_cosine(0.1, 20, 5, min_lr=1e-3)(1000) == pytest.approx(1e-3)
    assert warm_up_cosine(0.1, 20, 5)(1000) == 0.0


def test_a_run_that_is_all_warm_up_reaches_the_base_rate_and_ends():
    schedules = [one_cycle(0.1, 8, 8), one_cycle(0.1, 1, 1), warm_up_cosine(0.1, 8, 8), warm_up_cosine(0.1, 1, 1)]
    assert [schedule(7) for schedule in schedules[::2]] == pytest.approx([0.1, 0.1])
    assert [schedule(0) for schedule in schedules[1::2]] == pytest.approx([0.1, 0.1])
    assert [schedule(9) < 0.1 for schedule in schedules] == [True] * 4


def test_every_schedule_may_be_given_the_validation_losses():
    schedules = [
        multi_step(0.1, 1, [1], 0.1),
        cosine(0.1, 1, 10, eta_min=0.0),
        one_cycle(0.1, 9, 3),
        warm_up_cosine(0.1, 9, 3),
    ]
    assert all(schedule(2, [1.0, 2.0]) == schedule(2) for schedule in schedules)


def test_warm_up_from_a_third_is_torchs_linear_lr():
    """And that of maskrcnn-benchmark, which multiplies the milestones' rate."""

    def torchs(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
        return torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1 / 3, total_iters=15)

    schedule = with_warm_up_from(multi_step(0.1, 1, (40,)), 1 / 3, 15)
    found = [schedule(step) for step in range(50)]
    assert found[:40] == pytest.approx(torch_rates(torchs, 40)) and found[40:] == pytest.approx([0.01] * 10)
