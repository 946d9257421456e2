"""The life cycle of a run, of a classifier or a detector: start it, resume it, or say that it is finished."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any

import cv2
import torch

from mojika.errors import ParameterError, UserError
from mojika.experiment.run_folder import Identity, held_run, write_settings
from mojika.experiment.validation import to_plain
from mojika.runtime.environment import environment
from mojika.runtime.signals import StopRequest
from mojika.training.boards import open_board
from mojika.training.checkpoints import load_last
from mojika.training.distributed import World, joined_world
from mojika.training.loop import Trainer
from mojika.training.precision import choose_device
from mojika.training.reporter import Reporter, SilentReporter, human_duration
from mojika.training.run_log import curve_name, left_out_words
from mojika.training.task import Trainable

State = dict[str, Any]  # a checkpoint
# settings by which runs are compared, beside those that a run's flags change
_COMPARED = frozenset(
    {"model", "backbone", "architecture", "optimizer", "base_lr", "batch_size", "epochs", "iterations"}
)


@dataclass(frozen=True)
class RunPlan:
    """A run before anything is built.

    `given` are the flags with a value of their own. `length` is the flag that says how long the run is; an epoch is
    `unit` of it. `model` and `data` are words for the opening line; `measures` gives the words for columns of a
    validation, the one by which runs are compared first. `memory` says what fills it, with the parameters in braces
    that change it.
    """

    recipe: argparse.Namespace
    given: dict[str, Any]
    identity: Identity
    _: KW_ONLY
    length: str
    unit: int = 1
    model: str
    data: str
    measures: Mapping[str, str]
    memory: str

    @property
    def folder(self) -> Path:
        return Path(self.recipe.model_dir) / self.recipe.prefix

    @property
    def epochs(self) -> int:
        return getattr(self.recipe, self.length) // self.unit


@contextmanager
def joined_run(device: str) -> Iterator[tuple[World, torch.device]]:
    """The processes of a run, and this one's device of those that `--device` allows."""
    with joined_world() as world:
        if world.size > 1 and ":" in device:
            raise UserError(f"--device {device}: {world.size} processes need a GPU each; use --device cuda")
        own = choose_device(device, world.local_rank)
        if own.type == "cuda":
            torch.cuda.set_device(own)
        yield world, own


def train(
    plan: RunPlan, build: Callable[[State | None], Trainable], device: torch.device, world: World
) -> dict[str, Any]:
    """Carry out the plan, from where the run in its folder is; returns its numbers, in the main process.

    `build` is given the state that will be restored into what it returns, None for a new run. Raises `UserError` where
    the memory of a GPU is too small; what was saved stays.
    """
    with held_run(plan.folder, world, fresh=plan.recipe.fresh) as stop:
        if stop is None:
            return {}
        saved = load_last(plan.folder, world.print)
        if saved:
            plan.identity.check(saved, plan.folder)
            if saved["epoch"] >= plan.epochs:
                leading = next(iter(plan.measures.values()))
                done = f"{saved['epoch'] * plan.unit} {plan.length}"
                world.print(f"{plan.folder}: finished, {done}, best {leading} {saved['position']['best']:.4f}")
                return _numbers(plan, saved["position"]["history"][-1], saved["position"]["best"], world)
        if device.type == "cuda":
            torch.set_float32_matmul_precision("high")
        else:
            cv2.setNumThreads(1)  # the input's threads take an image each
        try:
            trainable = build(saved)
            with closing(_reporter(plan, saved, device, world)) as reporter:
                return _fit(plan, trainable, saved, reporter, stop, world)
        except torch.OutOfMemoryError as error:
            raise ParameterError(f"the GPU has too little memory for {plan.memory}") from error


def _reporter(plan: RunPlan, saved: State | None, device: torch.device, world: World) -> Reporter:
    """Writes down what the run is started with, and where it will report."""
    if not world.is_main:
        return SilentReporter()
    write_settings(plan.folder, plan.recipe, plan.given, environment(device))
    log_folder = Path(plan.recipe.log_dir) / plan.recipe.prefix if plan.recipe.log_dir else plan.folder
    # events of steps that a killed run took after its last checkpoint are taken again: the old ones are hidden
    first_step = saved["position"]["global_step"] + 1 if saved else 0
    settings = {name: value for name, value in to_plain(plan.recipe).items() if value is not None}
    # runs are compared by these, and by what a run changes
    compared = [name for name in settings if name in _COMPARED or name in plan.given.keys() - plan.identity.neutral]
    measures = [curve_name(f"valid_{name}") for name in plan.measures]
    board = open_board(plan.recipe.logger, log_folder, plan.recipe.prefix, settings, first_step, compared, measures)
    return Reporter(plan.folder, log_folder, board=board)


def _fit(
    plan: RunPlan, trainable: Trainable, saved: State | None, reporter: Reporter, stop: StopRequest, world: World
) -> dict[str, Any]:
    trainer = Trainer(trainable, plan.folder, plan.identity.description, reporter, stop, world)
    device, precision = trainable.precision.device.type, trainable.precision.name
    where = f"{world.size} × {device}" if world.size > 1 else device
    reporter.line(f"{plan.recipe.prefix}: {plan.model} on {where} ({precision}), {plan.data}")
    if saved:
        trainer.restore(saved)
        length, before = getattr(plan.recipe, plan.length), saved["args"][plan.length]
        if length != before:
            reporter.line(f"{plan.length}: {before} -> {length}; the schedule itself is unchanged")
        reporter.line(f"resuming from epoch {trainer.position.epoch + 1}, step {trainer.position.step}")
    result = trainer.fit()
    leading, *others = (f"{words} {result[f'valid_{name}']:.4f}" for name, words in plan.measures.items())
    results = [leading, f"best {trainer.position.best:.4f}", *others, human_duration(result["seconds"])]
    reporter.line(f"finished: {', '.join(results)}{left_out_words(trainer.position.left_out)}")
    return _numbers(plan, result, trainer.position.best, world)


def _numbers(plan: RunPlan, last: Mapping[str, Any], best: float, world: World) -> dict[str, Any]:
    """What `--json` prints: the last validation, and the best by the criterion that best.model is chosen by."""
    if not world.is_main:
        return {}
    done = getattr(plan.recipe, plan.length)
    measured = {f"valid_{name}": last[f"valid_{name}"] for name in plan.measures}
    return {"run": str(plan.folder), plan.length: done, "best": best, **measured, "seconds": last["seconds"]}
