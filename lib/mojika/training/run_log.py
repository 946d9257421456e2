"""What a run says while it trains: the lines of steps and validations, their curves, pictures, and rows of numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic

import torch
from torch import Tensor

from mojika.training.position import Position
from mojika.training.reporter import Reporter, human_duration
from mojika.training.task import Model, Trainable
from mojika.training.throughput import Meter

_WORTH_SAYING = 0.01  # GB/s


@dataclass(frozen=True)
class RunLog(Generic[Model]):
    """Tells `reporter` of a run in which so many `processes` train together, each on its share of a batch.

    `sums` are those of `Task.step` over the epoch so far and all processes, on the CPU.
    """

    trainable: Trainable[Model]
    reporter: Reporter
    processes: int

    def steps(self, position: Position, sums: Tensor, meter: Meter) -> None:
        """A line a person can read, and curves, of the steps since the last such line."""
        settings = self.trainable.settings
        loss, hit_rate = _means(sums)
        seconds, waited, steps, images = meter.lap()
        rate = images * self.processes / seconds
        lr = self.trainable.optimizer.param_groups[0]["lr"]
        hits = f"  {self.trainable.task.hits} {hit_rate:.4f}" if self.trainable.task.hits else ""
        done = position.step_of_run(settings.steps_per_epoch)
        to_do = (settings.steps or settings.epochs * settings.steps_per_epoch) - done
        self.reporter.step_line(
            f"epoch {position.epoch + 1}/{settings.epochs}  step {position.step}/{settings.steps_per_epoch}"
            f"  loss {loss:.4f}{hits}  lr {lr:.3g}  {rate:,.0f} images/s{self._load(rate)}"
            f"  input wait {waited / seconds:.0%}  ETA {human_duration(to_do * seconds / steps)}"
            f"{left_out_words(position.left_out)}"
        )
        left_out = {"train/steps_left_out": position.left_out} if position.left_out else {}
        curves = {"train/running_loss": loss, "train/images_per_second": rate, "train/step_lr": lr, **left_out}
        self.reporter.curves(done, curves)

    def _load(self, rate: float) -> str:
        """What the bus and, where that is known, the processors have to do at `rate` images/s."""
        trainable = self.trainable
        traffic = rate * trainable.task.bytes_per_image / 1e9
        mfu = rate / self.processes * trainable.flops_per_image / trainable.peak_flops
        moved = f"  {traffic:.3f} GB/s" if traffic >= _WORTH_SAYING else ""
        return moved + (f"  MFU {mfu:.0%}" if trainable.flops_per_image else "")

    def row(
        self, position: Position, sums: Tensor, measured: dict[str, float], lr: float, *, ends_epoch: bool
    ) -> dict[str, float]:
        """What the history keeps of a validation that `measured` this; `lr` is the rate of the last step."""
        steps_per_epoch, hits = self.trainable.settings.steps_per_epoch, self.trainable.task.hits
        loss, hit_rate = _means(sums)
        return {
            "epoch": position.epoch + (1 if ends_epoch else position.step / steps_per_epoch),
            "step": position.step_of_run(steps_per_epoch),
            "lr": lr,
            "train_loss": loss,
            **({f"train_{hits}": hit_rate} if hits else {}),
            **{f"valid_{name}": value for name, value in measured.items()},
            "seconds": round(position.seconds, 1),
            **({"steps_left_out": position.left_out} if position.left_out else {}),
        }

    def validation(self, row: dict[str, float], best_by: Sequence[str]) -> None:
        """The line and the curves of a row; `best_by` names by what it is the best so far, "score" or "loss"."""
        settings, measures = self.trainable.settings, self.trainable.task.measures
        curves = {curve_name(name): value for name, value in row.items() if name != "step"}
        self.reporter.curves(int(row["step"]), curves)
        shown = ("loss", *measures) if "valid_loss" in row else measures
        results = "  ".join(f"{name.replace('_', ' ')} {row[f'valid_{name}']:.4f}" for name in shown)
        marks = ", ".join("best" if by == settings.best_by else f"best {by}" for by in best_by)
        self.reporter.line(
            f"epoch {round(row['epoch'], 2)}/{settings.epochs}  train loss {row['train_loss']:.4f}"
            f"  {'valid ' if 'valid_loss' in row else ''}{results}{f'  ({marks})' if marks else ''}"
            f"  {human_duration(row['seconds'])}"
        )

    def pictures_of_batch(self, position: Position, batch: Any, generator: torch.Generator) -> None:
        """Where they are due: the epoch's first batch as `Task.step` sees it with this generator."""
        if self.trainable.pictures and not position.step and self._pictures_are_due(position):
            step = position.step_of_run(self.trainable.settings.steps_per_epoch) + 1
            self.reporter.pictures(step, self.trainable.pictures.of_batch(batch, generator))

    def pictures_of_validation(self, position: Position) -> None:
        """Where they are due: what was found at the end of the epoch that `position` is at the end of."""
        settings = self.trainable.settings
        is_last = position.epoch + 1 == settings.epochs
        if self.trainable.pictures and (is_last or self._pictures_are_due(position)):
            step = position.step_of_run(settings.steps_per_epoch)
            self.reporter.pictures(step, self.trainable.pictures.of_validation())

    def _pictures_are_due(self, position: Position) -> bool:
        return position.epoch % self.trainable.settings.pictures_every == 0


def _means(sums: Tensor) -> tuple[float, float]:
    """Mean loss and hits."""
    loss, hits, images, _ = sums.tolist()
    return (loss / images, hits / images) if images else (math.nan, math.nan)


def curve_name(column: str) -> str:
    """TensorBoard groups by the part before the slash: valid_loss -> valid/loss."""
    phase, _, name = column.partition("_")
    return f"{phase}/{name}" if name and phase in ("train", "valid") else column


def left_out_words(steps: int) -> str:
    """What is added to a line where there are such steps."""
    return f"  {steps} step{'s'[: steps > 1]} left out" if steps else ""
