"""Learning rates as pure functions of the step: there is no scheduler state to lose.

A schedule is `rate(step, valid_losses=()) -> float`: `step` counts optimizer steps from the first of the run,
`valid_losses` are the validation losses of its finished epochs, which only `plateau` looks at. Epochs are turned into
steps by `steps_per_epoch`, so a schedule is exact for any length of the last batch.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Annotated

from mojika.parameters.declaration import NOT_NEGATIVE, POSITIVE, Parameter, Range

Schedule = Callable[..., float]
SCHEDULES = ("multi-step", "cosine", "plateau", "one-cycle", "warmup-cosine")
WARM_UPS = ("linear", "2019")
_RATES = Range("positive numbers", lambda rates: all(0 < rate < math.inf for rate in rates))


def multi_step(
    base_lr: float,
    steps_per_epoch: int,
    milestones: Annotated[
        tuple[int, ...],
        Parameter("epochs at which multi-step reduces the learning rate", name="lr_step_epochs", metavar="E,E,…"),
    ] = (10, 20),
    factor: Annotated[
        float, Parameter("factor by which multi-step and plateau multiply the rate", NOT_NEGATIVE, name="lr_factor")
    ] = 0.1,
    rates: Annotated[
        tuple[float, ...] | None,
        Parameter(
            "rates of multi-step from each of its epochs on, in place of a factor",
            _RATES,
            name="lr_rates",
            metavar="LR,LR,…",
        ),
    ] = None,
) -> Schedule:
    """`base_lr · factor^k`, k = milestones (epochs from the start of the run) that have been reached.

    With `rates`, one for each milestone, it is the k-th of these instead.
    """
    boundaries = sorted(epoch * steps_per_epoch for epoch in milestones)
    if rates is not None:
        steps = (base_lr, *rates)
        return lambda step, valid_losses=(): steps[bisect_right(boundaries, step)]
    return lambda step, valid_losses=(): base_lr * factor ** bisect_right(boundaries, step)


def cosine(
    base_lr: float,
    steps_per_epoch: int,
    t_max: Annotated[int, Parameter("cosine: length of a cycle", POSITIVE, metavar="EPOCHS")],
    mult: Annotated[
        int, Parameter("cosine: factor by which each cycle is longer than the last", POSITIVE, default=2)
    ] = 1,
    eta_min: Annotated[float, Parameter("cosine: lowest learning rate", NOT_NEGATIVE)] = 1e-5,
    first_step: int = 0,
) -> Schedule:
    """Cosine annealing from `base_lr` to `eta_min` over `t_max` epochs after `first_step`, then warm restarts.

    Each cycle is `mult` times as long as the one before it. Loshchilov and Hutter, "SGDR", arXiv:1608.03983.
    """

    def rate(step: int, valid_losses: Sequence[float] = ()) -> float:
        position, length = max(step - first_step, 0), t_max * steps_per_epoch
        if mult == 1:
            position %= length
        else:
            while position >= length:
                position, length = position - length, length * mult
        return _half_cosine(base_lr, eta_min, position / length)

    return rate


def plateau(
    base_lr: float,
    patience: Annotated[
        int,
        Parameter(
            "plateau: epochs to wait for a lower validation loss", POSITIVE, name="lr_patience", metavar="EPOCHS"
        ),
    ],
    factor: float,
    min_lr: float = 0.0,
    threshold: float = 1e-4,
) -> Schedule:
    """`base_lr`, times `factor` whenever the validation loss has not fallen for more than `patience` epochs.

    Fallen means below `(1 − threshold)` of the lowest so far; the rate does not go below `min_lr`. What torch's
    ReduceLROnPlateau remembers is found again from the history of the run, which is all there is to save.
    """

    def rate(step: int, valid_losses: Sequence[float] = ()) -> float:
        lr, lowest, waited = base_lr, math.inf, 0
        for loss in valid_losses:
            if loss < lowest * (1 - threshold):
                lowest, waited = loss, 0
            else:
                waited += 1
            if waited > patience:
                lr, waited = max(lr * factor, min_lr), 0
        return lr

    return rate


def one_cycle(
    max_lr: float,
    total_steps: int,
    rising_steps: int,
    start_factor: float = 1 / 25,
    final_factor: float = 1e-4 / 25,
) -> Schedule:
    """Half a cosine up from `start_factor · max_lr`, then one down to `final_factor · max_lr`, and that from then on.

    The last of `rising_steps` has `max_lr`, the last of `total_steps` the lowest rate. Smith and Topin,
    "Super-convergence", arXiv:1708.07120.
    """

    def rate(step: int, valid_losses: Sequence[float] = ()) -> float:
        if step < rising_steps - 1:
            return _half_cosine(start_factor * max_lr, max_lr, step / (rising_steps - 1))
        falling_steps = max(total_steps - rising_steps, 1)
        return _half_cosine(max_lr, final_factor * max_lr, (step + 1 - rising_steps) / falling_steps)

    return rate


def warm_up_cosine(
    base_lr: float,
    total_steps: int,
    warm_up_steps: int,
    min_lr: Annotated[float, Parameter("lowest learning rate of plateau and warmup-cosine", NOT_NEGATIVE)] = 0.0,
) -> Schedule:
    """Linear warm-up to `base_lr`, then half a cosine that reaches `min_lr` after `total_steps` and stays there."""

    def rate(step: int, valid_losses: Sequence[float] = ()) -> float:
        falling_steps = max(total_steps - warm_up_steps, 1)
        return _half_cosine(base_lr, min_lr, (step - warm_up_steps) / falling_steps)

    return with_warm_up(rate, base_lr, warm_up_steps)


def with_warm_up(schedule: Schedule, base_lr: float, warm_up_steps: int) -> Schedule:
    """Linear warm-up: `base_lr · (step + 1) / warm_up_steps`, reaching `base_lr` with its last step; then `schedule`.

    Goyal et al., "Accurate, large minibatch SGD", arXiv:1706.02677.
    """

    def rate(step: int, valid_losses: Sequence[float] = ()) -> float:
        return base_lr * (step + 1) / warm_up_steps if step < warm_up_steps else schedule(step, valid_losses)

    return rate


def with_warm_up_from(schedule: Schedule, start: float, warm_up_steps: int) -> Schedule:
    """Linear warm-up from the share `start` of the rate: `schedule · (start + (1 − start) · step / warm_up_steps)`."""

    def rate(step: int, valid_losses: Sequence[float] = ()) -> float:
        share = start + (1 - start) * step / warm_up_steps if step < warm_up_steps else 1.0
        return share * schedule(step, valid_losses)

    return rate


def with_warm_up_of_2019(
    schedule: Schedule, base_lr: float, steps_per_epoch: int, epochs: float, *, restored: bool
) -> Schedule:
    """Linear warm-up as in the 2019 scripts, which set the rate after each step and divided by one epoch more.

    The rate is `base_lr · step / (steps_per_epoch · (epochs + 1))` up to and including the first step after the
    warm-up, but for step 0, which has the full rate. `restored` says that `schedule` sets the rate at the end of each
    epoch, as multi-step did: the first step of every epoch has the rate of `schedule`.
    """
    last = math.ceil(epochs) * steps_per_epoch

    def rate(step: int, valid_losses: Sequence[float] = ()) -> float:
        if step > last or last == 0 or (restored and step % steps_per_epoch == 0):
            return schedule(step, valid_losses)
        return base_lr if step == 0 else base_lr * step / (steps_per_epoch * (epochs + 1))

    return rate


def _half_cosine(start: float, end: float, progress: float) -> float:
    """From `start` at progress 0 to `end` at progress 1, and no further."""
    return end + (start - end) * (1 + math.cos(math.pi * min(progress, 1.0))) / 2
