"""The training loop: for each epoch train, validate, save; stop at any step and go on from there exactly.

Where a run is, is `Position` and nothing else. Every random number of a step comes from (seed, epoch, step), the
learning rate from the step, so restoring position, weights and optimizer restores the run. Nothing is read back from
the device between two log lines.
"""

import math
import time
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mojika.data.input_pipeline import Batch, InputPipeline
from mojika.data.randomness import Purpose, derived_seed, step_generator
from mojika.errors import Interrupted, UserError
from mojika.training.checkpoints import BEST, LAST, save_checkpoint
from mojika.training.inference import predict
from mojika.training.losses import mixed_cross_entropy
from mojika.training.metrics import ClassificationMetrics
from mojika.training.precision import Precision
from mojika.training.reporter import Reporter, human_duration
from mojika.training.schedules import Schedule
from mojika.training.signals import StopRequest
from mojika.training.step import BatchAugmentation, training_step
from mojika.training.throughput import Meter


@dataclass(frozen=True)
class LoopSettings:
    """What the loop itself needs to know; all else is in the objects it is given."""

    epochs: int
    batch_size: int
    valid_batch_size: int
    drop_last: bool = False
    undersampling: int | None = None
    seed: int = 0
    log_every: int = 0  # steps; 0: about ten lines an epoch
    save_minutes: float = 10.0
    channels_last: bool = False


@dataclass
class Position:
    """Where a run is: epochs finished, steps done in the current one, its running sums, what was measured so far."""

    epoch: int = 0
    step: int = 0
    sums: Tensor = field(default_factory=lambda: torch.zeros(4, dtype=torch.float64))  # loss, hits, images, non-finite
    history: list[dict[str, float]] = field(default_factory=list)
    best: float = -math.inf
    seconds: float = 0.0

    def to_plain(self) -> dict[str, Any]:
        return {**vars(self), "sums": self.sums.cpu(), "history": [dict(row) for row in self.history]}


class Trainer:
    """Trains `model` in the run folder `folder`.

    `augment_batch(images, targets, generator)` mixes and erases and returns images with `[(targets, weights)] × K`.
    `describe` is a dict of plain values (architecture, class list, arguments) that is stored in every checkpoint.
    """

    def __init__(
        self,
        folder: Path,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        schedule: Schedule,
        precision: Precision,
        train_input: InputPipeline,
        valid_input: InputPipeline,
        augment_batch: BatchAugmentation,
        settings: LoopSettings,
        reporter: Reporter,
        stop: StopRequest,
        describe: dict[str, Any],
        *,
        flops_per_image: float = 0.0,
        peak_flops: float = math.inf,
    ):
        self.folder, self.model, self.optimizer, self.schedule = folder, model, optimizer, schedule
        self.precision, self.scaler = precision, precision.scaler()
        self.train_input, self.valid_input, self.augment_batch = train_input, valid_input, augment_batch
        self.settings, self.reporter, self.stop, self.describe = settings, reporter, stop, describe
        self.flops_per_image, self.peak_flops = flops_per_image, peak_flops
        self.position = Position()
        self.steps_per_epoch = train_input.steps_per_epoch(
            settings.batch_size, settings.drop_last, settings.undersampling
        )
        self.log_every = settings.log_every or max(1, self.steps_per_epoch // 10)
        self._saved_at = self._clock = time.monotonic()

    # ---------------------------------------------------------------------------------------------- the experiment

    def fit(self) -> dict[str, float]:
        """Train up to `settings.epochs`; returns the last epoch's metrics. Raises `Interrupted` after saving."""
        self._saved_at = self._clock = time.monotonic()
        try:
            while self.position.epoch < self.settings.epochs:
                self._train_epoch()
                measured = self._validate()
                self._finish_epoch(measured)
                self.stop.raise_if_requested()
        except Interrupted as interruption:
            self.save()
            self.reporter.line(
                f"{interruption}: saved at epoch {self.position.epoch + 1}, step {self.position.step}; "
                "run the same command again to go on"
            )
            raise
        return self.position.history[-1]

    def _train_epoch(self) -> None:
        position, settings = self.position, self.settings
        self.model.train()
        position.sums = position.sums.to(self.precision.device)
        batches = self.train_input.train_batches(
            position.epoch, settings.batch_size, settings.drop_last, settings.undersampling, first_step=position.step
        )
        with closing(batches):
            meter = Meter(batches)
            for batch in meter:
                self._step(batch)
                position.step += 1
                if position.step % self.log_every == 0 or position.step == self.steps_per_epoch:
                    self._log_steps(meter)
                if time.monotonic() - self._saved_at > 60 * settings.save_minutes:
                    self.save()
                self.stop.raise_if_requested()

    def _step(self, batch: Batch) -> None:
        position = self.position
        where = (self.settings.seed, position.epoch, position.step, self.train_input.rank)
        torch.manual_seed(derived_seed(*where, Purpose.MODEL))  # dropout and stochastic depth
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule(self.global_step)
        position.sums += training_step(
            self.model,
            self.optimizer,
            self.scaler,
            self.precision,
            self.augment_batch,
            batch,
            step_generator(*where, Purpose.MIXING),
            self.settings.channels_last,
        )

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        class_counts = {name: len(classes) for name, classes in self.valid_input.split.classes.items()}
        metrics = ClassificationMetrics(class_counts, self.precision.device)
        for batch, logits in predict(
            self.model, self.valid_input, self.settings.valid_batch_size, self.precision, self.settings.channels_last
        ):
            ones = torch.ones_like(batch.weights)
            losses = mixed_cross_entropy(logits, [(batch.targets, ones)], ones)
            metrics.update(logits, batch.targets, batch.shared, losses)
            self.stop.raise_if_requested()
        return metrics.result()

    def _finish_epoch(self, measured: dict[str, float]) -> None:
        position = self.position
        loss, accuracy = self._running()
        if not math.isfinite(measured["loss"]):
            raise self._diverged("validation loss")
        self._tick()
        row = {
            "epoch": position.epoch + 1,
            "step": self.global_step,
            "lr": self.schedule(self.global_step - 1),
            "train_loss": loss,
            "train_accuracy": accuracy,
            **{f"valid_{name}": value for name, value in measured.items()},
            "seconds": round(position.seconds, 1),
        }
        improved = measured["accuracy"] > position.best
        position.history.append(row)
        position.epoch, position.step = position.epoch + 1, 0
        position.sums = torch.zeros_like(position.sums)
        position.best = max(position.best, measured["accuracy"])
        self.reporter.table(position.history)  # before the save: a finished run is not touched again
        self.save(is_best=improved)
        self.reporter.curves(row["step"], {_curve(name): value for name, value in row.items() if name != "step"})
        self.reporter.line(
            f"epoch {position.epoch}/{self.settings.epochs}  train loss {loss:.4f}  valid loss {measured['loss']:.4f}  "
            f"accuracy {measured['accuracy']:.4f}  macro recall {measured['macro_recall']:.4f}"
            f"{'  (best)' if improved else ''}  {human_duration(position.seconds)}"
        )

    # ------------------------------------------------------------------------------------------ saving and restoring

    def save(self, is_best: bool = False) -> None:
        """Write `last.model`, and `best.model` as its second name. A model with a non-finite loss is never written."""
        self._running()
        self._tick()
        state = {
            **self.describe,
            "model": self.model.backbone.state_dict(),
            "head": self.model.heads.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "ema": None,
            "position": {**self.position.to_plain(), "global_step": self.global_step},
            "epoch": self.position.epoch,
            "step": self.position.step,
            "metrics": self.position.history[-1] if self.position.history else {},
        }
        save_checkpoint(self.folder / LAST, state, second_name=self.folder / BEST if is_best else None)
        self._saved_at = time.monotonic()

    def restore(self, state: dict[str, Any]) -> None:
        """Take up everything that `save` wrote."""
        self.model.backbone.load_state_dict(state["model"])
        self.model.heads.load_state_dict(state["head"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        names = {field.name for field in fields(Position)}
        self.position = Position(**{name: value for name, value in state["position"].items() if name in names})

    @property
    def global_step(self) -> int:
        return self.position.epoch * self.steps_per_epoch + self.position.step

    # ----------------------------------------------------------------------------------------------------- reporting

    def _running(self) -> tuple[float, float]:
        """Mean loss and accuracy of the epoch so far; the one place that reads from the device."""
        loss, hits, images, broken = self.position.sums.tolist()
        if broken:
            raise self._diverged("loss")
        return (loss / images, hits / images) if images else (math.nan, math.nan)

    def _diverged(self, what: str) -> UserError:
        return UserError(
            f"the {what} became infinite or NaN in epoch {self.position.epoch + 1}, by step {self.position.step}; "
            f"nothing was saved since the last good state in {self.folder}. Try a lower --base-lr, a longer "
            "--warmup-epochs, or --amp off, under a new --prefix or with --fresh"
        )

    def _log_steps(self, meter: "Meter") -> None:
        loss, accuracy = self._running()
        seconds, waited, steps, images = meter.lap()
        rate = images / seconds
        steps_left = (self.settings.epochs - self.position.epoch) * self.steps_per_epoch - self.position.step
        lr = self.schedule(self.global_step - 1)
        self.reporter.step_line(
            f"epoch {self.position.epoch + 1}/{self.settings.epochs}  "
            f"step {self.position.step}/{self.steps_per_epoch}  loss {loss:.4f}  accuracy {accuracy:.4f}  "
            f"lr {lr:.3g}  {rate:,.0f} images/s  {rate * self.train_input.bytes_per_image / 1e9:.3f} GB/s  "
            f"MFU {rate * self.flops_per_image / self.peak_flops:.0%}  input wait {waited / seconds:.0%}  "
            f"ETA {human_duration(steps_left * seconds / steps)}"
        )
        self.reporter.curves(
            self.global_step, {"train/running_loss": loss, "train/images_per_second": rate, "train/step_lr": lr}
        )

    def _tick(self) -> None:
        now = time.monotonic()
        self.position.seconds += now - self._clock
        self._clock = now


def _curve(column: str) -> str:
    """TensorBoard groups by what stands before the slash: valid_loss -> valid/loss."""
    phase, _, name = column.partition("_")
    return f"{phase}/{name}" if name and phase in ("train", "valid") else column
