"""What a run writes into its checkpoints, under which names, and takes up again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

import torch
from torch import Tensor

from mojika.training.checkpoints import (
    LAST,
    best_file,
    epoch_file,
    iteration_file,
    prune_epoch_files,
    save_checkpoint,
)
from mojika.training.position import Position
from mojika.training.task import Model, Trainable


@dataclass(frozen=True)
class Saving(Generic[Model]):
    """Saves and restores all that `trainable` learns; `description`, plain values by name, is in every checkpoint."""

    trainable: Trainable[Model]
    scaler: torch.amp.GradScaler
    description: dict[str, Any]

    def state(self, position: Position, sums: Tensor) -> dict[str, Any]:
        """The run, with the running sums of all processes."""
        average, steps = self.trainable.average, self.trainable.settings.steps_per_epoch
        return {
            **self.description,
            **self.trainable.task.weights(),
            "optimizer": self.trainable.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "ema": average.state_dict() if average else None,
            "position": {**position.to_plain(), "sums": sums, "global_step": position.step_of_run(steps)},
            "epoch": position.epoch,
            "step": position.step,
            "metrics": position.history[-1] if position.history else {},
        }

    def write(
        self, folder: Path, position: Position, sums: Tensor, best_by: Sequence[str] = (), ends_epoch: bool = False
    ) -> None:
        """Write `last.model` and its other names; `best_by` names by what it is the best so far, "score" or "loss"."""
        settings, step = self.trainable.settings, position.step_of_run(self.trainable.settings.steps_per_epoch)
        other_names = [best_file(folder, by, settings.best_by) for by in best_by]
        if ends_epoch and settings.keep != "none":
            other_names.append(epoch_file(folder, position.epoch))
        if ends_epoch and step in settings.snapshots:
            other_names.append(iteration_file(folder, step))
        save_checkpoint(folder / LAST, self.state(position, sums), other_names)
        if isinstance(settings.keep, int):
            prune_epoch_files(folder, settings.keep)

    def restore(self, state: dict[str, Any]) -> Position:
        """Take up all of a saved state; returns where that run was."""
        self.trainable.task.load_weights(state)
        self.trainable.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        if self.trainable.average:
            self.trainable.average.load_state_dict(state["ema"])
        return Position.from_plain(state["position"])
