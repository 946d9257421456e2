"""The training loop: for each epoch train, validate, save; stop at any step and resume exactly.

Where a run is, is `Position` and nothing else. Every random number of a step comes from (seed, epoch, step), the
learning rate from the step, so restoring position, weights and optimizer restores the run. Nothing is read back from
the device between two log lines. Several processes go through the same steps together; the main one speaks and saves.
"""

import math
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Generic

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from mojika.errors import Interrupted
from mojika.models.classifier import freeze_batch_norm
from mojika.runtime.seeds import Purpose, derived_seed, step_generator
from mojika.runtime.signals import StopRequest
from mojika.training.checkpoints import LAST
from mojika.training.diagnosis import Diverged, diagnosis, expect_finite, place_of
from mojika.training.distributed import Agreement, World
from mojika.training.finite_steps import Fault, FiniteSteps
from mojika.training.good_state import GoodState
from mojika.training.position import Position
from mojika.training.reporter import Reporter
from mojika.training.run_log import RunLog
from mojika.training.saving import Saving
from mojika.training.task import Model, Trainable
from mojika.training.throughput import Meter

AT_MOST_IN_A_ROW = 2  # steps that are left out before the run goes back


class Trainer(Generic[Model]):
    """Trains in the run folder `folder`; `description`, plain values by name, is stored in every checkpoint."""

    def __init__(
        self,
        trainable: Trainable[Model],
        folder: Path,
        description: dict[str, Any],
        reporter: Reporter,
        stop: StopRequest,
        world: World = World(),  # noqa: B008 (frozen)
    ):
        self.task, self.optimizer, self.schedule = trainable.task, trainable.optimizer, trainable.schedule
        self.precision, self.settings, self.average = trainable.precision, trainable.settings, trainable.average
        self.folder, self.reporter, self.stop = folder, reporter, stop
        self.world, self.agreement = world, Agreement(world)
        self.model, self.scaler, settings = self.task.model, self.precision.scaler(), self.settings
        self.saving = Saving(trainable, self.scaler, description)
        self.log = RunLog(trainable, reporter, world.size)
        self.network: nn.Module = self.model
        if settings.compile:
            self.network = torch.compile(self.model, dynamic=False)  # type: ignore[assignment]  # of a module it makes one
        if world.size > 1:
            self.network = DistributedDataParallel(self.network, gradient_as_bucket_view=True)
        self._models: list[nn.Module] = [self.model, *([self.average.model] if self.average else [])]
        buffers = [buffer for model in self._models for buffer in model.buffers()]
        self.steps = FiniteSteps(self.scaler, self.model, buffers, world)
        self.position = Position(epoch=settings.first_epoch)
        self.log_every = settings.log_every or max(1, settings.steps_per_epoch // 10)

    def fit(self) -> dict[str, float]:
        """Train up to `settings.epochs`; returns the last epoch's metrics. Raises `Interrupted` after saving."""
        self._saved_at = self._clock = time.monotonic()
        start = None if (self.folder / LAST).exists() else self.saving.state(self.position, self.position.sums)
        self.good = GoodState(self.folder, self.world, self.reporter.line, start)
        try:
            while self.position.epoch < self.settings.epochs:
                try:
                    self._train_epoch()
                    self._record(self._validate(), ends_epoch=True)
                    self._answer_requests()
                except Diverged as fault:
                    self._go_back(str(fault))
        except Interrupted as interruption:
            self.reporter.line(f"{interruption}: {self._saved_for_later()}; run the same command again to resume")
            raise
        finally:
            self.agreement.settle()
        return self.position.history[-1]

    def _saved_for_later(self) -> str:
        try:
            self.save()
        except Diverged as fault:
            return f"not saved, as {fault} is infinite or NaN"
        return f"saved at {place_of(self.position)}"

    def _go_back(self, fault: str) -> None:
        """To the last good state, with half the learning rate; once in a run. Raises `ParameterError` after that."""
        position, state = self.position, self.good.latest()
        if state is None or position.rate_factor < 1:
            raise diagnosis(fault, position, self.folder, self.precision)
        self.restore(state)
        self.position = self.position.again_after(position)
        self.steps.watchful = False
        self.reporter.line(
            f"{place_of(position)}: {fault} became infinite or NaN; back to {place_of(self.position)}, with half the "
            "learning rate"
        )

    def _train_epoch(self) -> None:
        position, settings = self.position, self.settings
        self._set_to_training()
        position.sums = position.sums.to(self.precision.device)
        with closing(self.task.train_batches(position.epoch, position.step)) as batches:
            meter = Meter(batches)
            for batch in meter:
                if self.global_step == settings.steps:
                    break
                if self._validation_is_due():
                    with meter.paused():
                        self._record(self._validate(), ends_epoch=False)
                        self._set_to_training()
                self._step(batch)
                position.step += 1
                self._note(self.steps.outcomes())
                if position.step % self.log_every == 0 or position.step == settings.steps_per_epoch:
                    self._settle()
                    self.log.steps(position, self._sums_of_all(), meter)
                self._answer_requests()

    def _set_to_training(self) -> None:
        self.model.train()
        if self.settings.freeze_batch_norm:
            freeze_batch_norm(self.model)

    def _validation_is_due(self) -> bool:
        """In the middle of an epoch, after every so many steps, unless it was done before the run was stopped."""
        position, every = self.position, self.settings.validate_every
        if not every or not position.step or self.global_step % every:
            return False
        return not position.history or position.history[-1]["step"] != self.global_step

    def _step(self, batch: Any) -> None:
        position, settings = self.position, self.settings
        where = (settings.seed, position.epoch, position.step, self.world.rank)
        torch.manual_seed(derived_seed(*where, Purpose.MODEL))  # dropout and stochastic depth
        lr = self._rate(self.global_step)
        for group in self.optimizer.param_groups:
            group["lr"] = lr * group.get("lr_factor", 1)
        self.log.pictures_of_batch(position, batch, step_generator(*where, Purpose.MIXING))
        generator = step_generator(*where, Purpose.MIXING)
        self.steps.begin()
        sums = self.task.step(self.network, self.optimizer, self.steps, batch, position.epoch, generator)
        position.sums += self.steps.counted(sums)
        if self.average and not self.steps.left_out:
            self.average.update(self.model)

    def _rate(self, step: int) -> float:
        return self.schedule(step, self.position.valid_losses) * self.position.rate_factor

    def _note(self, outcomes: Sequence[Fault | None]) -> None:
        """Count the steps that were left out. Raises `Diverged` at the third in a row."""
        position = self.position
        for fault in outcomes:
            if fault is None:
                position.in_a_row = 0
                self.good.shown()
                continue
            position.left_out, position.in_a_row = position.left_out + 1, position.in_a_row + 1
            self.reporter.line(f"{place_of(self.position)}: a step left out, as {fault} is infinite or NaN")
            if position.in_a_row > AT_MOST_IN_A_ROW:
                raise Diverged(str(fault))
        self.steps.watchful = position.in_a_row > 0

    def _settle(self) -> None:
        """Note all steps up to now."""
        self._note(self.steps.outcomes(all_of_them=True))

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        self._settle()
        expect_finite(self._models, self.world)
        model = self.average.model if self.average else self.model
        self.world.share_buffers(model)
        return self.task.validate(model, lambda: self._answer_requests(save=False))

    def _record(self, measured: dict[str, float], *, ends_epoch: bool) -> None:
        """Note what a validation found, and save."""
        position = self.position
        if not math.isfinite(measured.get("loss", 0.0)):
            raise Diverged("the validation loss")
        sums = self._sums_of_all()
        self._tick()
        row = self.log.row(position, sums, measured, self._rate(self.global_step - 1), ends_epoch=ends_epoch)
        score = measured[self.task.measures[0]]
        best = position.improved_by(score, measured.get("loss", math.inf))
        position.best = max(position.best, score)
        position.history.append(row)
        if ends_epoch:
            self.log.pictures_of_validation(position)
            position.epoch, position.step = position.epoch + 1, 0
            position.sums = torch.zeros_like(position.sums)
        self.reporter.table(position.history)  # before the save: a finished run is not touched again
        self._write(best, ends_epoch)
        if "loss" in measured:
            self.good.shown()
        self.log.validation(row, best)

    def _answer_requests(self, save: bool = True) -> None:
        """Save when it is time to, stop when a process was asked to: all at the same step.

        After steps that were left out nothing is saved before one is good.
        """
        unsaved = time.monotonic() - self._saved_at
        due = save and not self.position.in_a_row and unsaved > 60 * self.settings.save_minutes
        stop, due = self.agreement.of(bool(self.stop.requested), due)
        if stop:
            raise Interrupted(self.stop.requested or "another process was stopped")
        if due and save:
            self.save()

    def save(self) -> None:
        """Write `last.model`. Raises `Diverged` where the run is not in a finite state: that is never written."""
        self._settle()
        expect_finite(self._models, self.world)
        self._write()

    def _write(self, best_by: Sequence[str] = (), ends_epoch: bool = False) -> None:
        """What `Saving.write` does, on the main process."""
        sums = self._sums_of_all()
        self._tick()
        self._saved_at = time.monotonic()
        self.good.saved()
        if self.world.is_main:
            self.saving.write(self.folder, self.position, sums, best_by, ends_epoch)

    def restore(self, state: dict[str, Any]) -> None:
        """Take up everything that was saved."""
        self.position = self.saving.restore(state)
        if not self.world.is_main:
            self.position.sums = torch.zeros_like(self.position.sums)  # the main process has those of all

    @property
    def global_step(self) -> int:
        return self.position.step_of_run(self.settings.steps_per_epoch)

    def _sums_of_all(self) -> Tensor:
        """The running sums over all processes, on the CPU; the one place that reads from the device."""
        return self.world.sum(self.position.sums.clone()).cpu()

    def _tick(self) -> None:
        now = time.monotonic()
        self.position.seconds += now - self._clock
        self._clock = now
