"""What a run says, and raises, when its numbers are not finite."""

from collections.abc import Iterable
from pathlib import Path

import torch
from torch import nn

from mojika.errors import ParameterError
from mojika.training.distributed import World
from mojika.training.position import Position
from mojika.training.precision import Precision


class Diverged(Exception):
    """Steps, weights or a validation are not finite; the text says what is not. The training loop answers it."""


def expect_finite(models: Iterable[nn.Module], world: World) -> None:
    """Raises `Diverged`, on all processes, where a model has a weight or a batch statistic that is not finite."""
    tensors = [tensor for model in models for tensor in model.state_dict().values()]
    faults = torch.stack([~tensor.isfinite().all() for tensor in tensors]).sum()
    if world.sum(faults).item():
        raise Diverged("a weight or a batch statistic")


def place_of(position: Position) -> str:
    return f"epoch {position.epoch + 1}, step {position.step}"


def diagnosis(fault: str, position: Position, folder: Path, precision: Precision) -> ParameterError:
    """What was not finite, where, and what to change; flags in braces."""
    again = f", again after going back with half the {{base_lr}}; {position.left_out} steps were left out"
    place = place_of(position) + (again if position.rate_factor < 1 else "")
    amp = f", or {{amp}} off (it is {precision.name})" if precision.dtype else ""
    return ParameterError(
        f"{fault} became infinite or NaN in {place}. What {folder} holds is from before that. Try a lower {{base_lr}}, "
        f"a longer warm-up{amp}, under a new {{prefix}} or with {{fresh}}"
    )
