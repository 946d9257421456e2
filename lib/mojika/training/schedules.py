"""Learning rates as pure functions of the step: there is no scheduler state to lose.

A schedule is `rate(step) -> float`, `step` counting optimizer steps from the first of the run. Epochs are turned into
steps by `steps_per_epoch`, so a schedule is exact whatever the length of the last batch.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence

Schedule = Callable[[int], float]


def multi_step(base_lr: float, steps_per_epoch: int, milestones: Sequence[int], factor: float) -> Schedule:
    """`base_lr · factor^k`, k = milestones (epochs from the start of the run) that have been reached."""
    boundaries = sorted(epoch * steps_per_epoch for epoch in milestones)
    return lambda step: base_lr * factor ** bisect_right(boundaries, step)


def cosine(
    base_lr: float, steps_per_epoch: int, t_max: int, eta_min: float, mult: int = 1, first_step: int = 0
) -> Schedule:
    """Cosine annealing from `base_lr` to `eta_min` over `t_max` epochs after `first_step`, then warm restarts.

    Each cycle is `mult` times as long as the one before it. Loshchilov and Hutter, "SGDR", arXiv:1608.03983.
    """

    def rate(step: int) -> float:
        position, length = max(step - first_step, 0), t_max * steps_per_epoch
        if mult == 1:
            position %= length
        else:
            while position >= length:
                position, length = position - length, length * mult
        return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * position / length)) / 2

    return rate


def with_warm_up(schedule: Schedule, base_lr: float, warm_up_steps: int) -> Schedule:
    """Linear warm-up: `base_lr · (step + 1) / warm_up_steps`, reaching `base_lr` with its last step; then `schedule`.

    Goyal et al., "Accurate, large minibatch SGD", arXiv:1706.02677. (The 2019 scripts divided by one epoch more and so
    jumped from 5/6 of the rate to the whole.)
    """
    return lambda step: base_lr * (step + 1) / warm_up_steps if step < warm_up_steps else schedule(step)
