"""Where a run is. Restoring it, the weights and the optimizer restores the run."""

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from torch import Tensor


@dataclass
class Position:
    """Epochs finished, steps done in the current one, its running sums, what was measured so far.

    `left_out` counts the steps that were left out as their loss or gradient was not finite, `in_a_row` the latest of
    them; `rate_factor` is what the learning rate is multiplied by since the run went back for them.
    """

    epoch: int = 0
    step: int = 0
    sums: Tensor = field(default_factory=lambda: torch.zeros(4, dtype=torch.float64))  # loss, hits, images, non-finite
    history: list[dict[str, float]] = field(default_factory=list)
    best: float = -math.inf
    seconds: float = 0.0
    left_out: int = 0
    in_a_row: int = 0
    rate_factor: float = 1.0

    @property
    def valid_losses(self) -> list[float]:
        """Of every finished epoch that has one: all that a plateau schedule knows."""
        ends = (row for row in self.history if row["epoch"] == int(row["epoch"]))  # between them, epochs have fractions
        return [row["valid_loss"] for row in ends if "valid_loss" in row]

    def improved_by(self, score: float, loss: float) -> list[str]:
        """The criteria, "score" and "loss", by which a new validation is the best of the run so far."""
        losses = [row["valid_loss"] for row in self.history if "valid_loss" in row]
        better = {"score": score > self.best, "loss": loss < min(losses, default=math.inf)}
        return [name for name, is_better in better.items() if is_better]

    def step_of_run(self, steps_per_epoch: int) -> int:
        """Steps done in all."""
        return self.epoch * steps_per_epoch + self.step

    def again_after(self, left: "Position") -> "Position":
        """This position, gone back to from `left` for a fault: at half the rate, with what was counted until then."""
        return replace(self, rate_factor=0.5, left_out=left.left_out, seconds=left.seconds, in_a_row=0)

    def to_plain(self) -> dict[str, Any]:
        return {**vars(self), "sums": self.sums.cpu(), "history": [dict(row) for row in self.history]}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Position":
        return cls(**{field.name: plain[field.name] for field in fields(cls) if field.name in plain})
