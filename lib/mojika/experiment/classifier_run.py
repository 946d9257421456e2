"""`mojika train`: a classifier's run, from its flags to what the training loop is given."""

import argparse
import copy
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from timm.layers import convert_sync_batchnorm

from mojika.data.input_pipeline import expect_batches
from mojika.data.split_list import SplitList
from mojika.errors import UserError
from mojika.experiment.arguments import build_parser
from mojika.experiment.batch_augmentation import build_batch_augmentation
from mojika.experiment.board_pictures import CropPictures, pictures_of
from mojika.experiment.own_data import make_lists, with_data
from mojika.experiment.preview import draw_images, print_pixel_statistics, print_recipe
from mojika.experiment.run import RunPlan, State, joined_run, train
from mojika.experiment.run_folder import Identity
from mojika.experiment.starting_weights import fine_tune_from, take_weights
from mojika.experiment.suggestions import suggestion
from mojika.experiment.taken_from_file import taken_flags
from mojika.experiment.teacher import build_teacher
from mojika.experiment.training_lists import data_digest, read_lists
from mojika.experiment.training_setup import (
    build_criterion,
    build_inputs,
    build_loop_settings,
    build_model,
    build_optimizer,
    build_schedule,
    describe,
)
from mojika.experiment.validation import (
    adopt,
    defaults,
    difference_from_defaults,
    neutral_flags,
    resolve,
    starting_file,
)
from mojika.files.reader_folder import model_digest
from mojika.files.urls import printable
from mojika.models.backbones import timm_name
from mojika.models.classifier import Classifier
from mojika.runtime.lines import say
from mojika.sizes import size_text
from mojika.training.checkpoints import load_checkpoint
from mojika.training.classification_task import Classification
from mojika.training.distributed import World
from mojika.training.ema import WeightAverage
from mojika.training.inference import in_channels_last
from mojika.training.metrics import measures_of
from mojika.training.precision import choose_device, choose_precision
from mojika.training.task import Trainable
from mojika.training.throughput import peak_flops, training_flops_per_image


def train_classifier(args: argparse.Namespace) -> dict[str, Any]:
    """Train by the flags `args`, or show what they ask to see instead; returns the numbers of a run that ended."""
    notes = []
    if args.data:
        args, suited = with_data(args)
        notes += [f"{args.data}: settings that suit it: {suited}"] * bool(suited)
    elif not args.train or not (args.valid or args.valid_fraction):
        raise UserError(
            "expected TRAIN_LIST and VALID_LIST (or --valid-fraction), or --data FOLDER; --help shows examples"
        )
    elif args.valid and args.valid_fraction:
        raise UserError(f"VALID_LIST {args.valid} and --valid-fraction contradict each other: give one of them")
    recipe, source = resolve(args), None
    path = starting_file(args)
    if path and (Path(path).exists() or not args.dry_run):
        source = load_checkpoint(Path(path), "classifier")
        adopted = adopt(args, source)
        recipe, taken = resolve(adopted), taken_flags(args, adopted)
        notes += [f"{path}: taken from it: {taken}"] * bool(taken)
    if not path or source:
        timm_name(recipe.model)
    hint = "" if path and not source else suggestion(recipe)
    if recipe.dry_run:
        for note in notes:
            print(note)
        print_recipe(recipe, choose_device(recipe.device), unread=[path] if path and not source else [])
        _say(hint)
        return {}
    with joined_run(recipe.device) as (world, device):
        for note in notes:
            world.print(note)
        _check_machine(recipe, world, device)
        with world.main_first():
            for line in make_lists(recipe) if recipe.data else ():
                world.print(line)
            splits = read_lists(recipe)
        if recipe.calc_rgb_mean_and_std:
            print_pixel_statistics(recipe, splits[0])
        elif recipe.image_dump:
            draw_images(recipe, splits, device)
        else:
            _say(hint if world.is_main else "")
            run = ClassifierRun.of(recipe, splits, source, device, world)
            numbers = train(run.plan(difference_from_defaults(build_parser(), args)), run.build, device, world)
            if recipe.data:
                model = Path(recipe.model_dir) / recipe.prefix / "best.model"
                world.print(f"read images with it: mojika predict {model} IMAGES --out predictions.csv")
            return numbers
    return {}


def _say(hint: str) -> None:
    if hint:
        say(f"hint: {hint}")


def _check_machine(recipe: argparse.Namespace, world: World, device: torch.device) -> None:
    """What the flags ask of processes, GPUs and compilers."""
    if recipe.batch_size < 2 * world.size:
        raise UserError(f"--batch-size {recipe.batch_size}: too few images for {world.size} processes of two or more")
    if recipe.sync_bn and device.type != "cuda":
        raise UserError("--sync-bn: torch synchronises batch normalisation between GPUs only")
    if recipe.compile and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        raise UserError("--compile needs a C++ compiler: install one (Debian: g++), or leave the flag out")


@dataclass(frozen=True, eq=False)
class ClassifierRun:
    """A recipe with its lists (of training and validation) and the state of the `.model` file that it starts from."""

    recipe: argparse.Namespace
    splits: tuple[SplitList, SplitList]
    steps_per_epoch: int
    source: State | None
    device: torch.device
    world: World

    @classmethod
    def of(
        cls,
        recipe: argparse.Namespace,
        splits: tuple[SplitList, SplitList],
        source: State | None,
        device: torch.device,
        world: World,
    ) -> "ClassifierRun":
        """With as many epochs as `--steps` takes, where it is given; raises `UserError` where there is no batch."""
        steps = expect_batches(splits[0], recipe.batch_size, recipe.drop_last, recipe.undersampling, world.size)
        recipe = copy.copy(recipe)
        recipe.epochs = -(-recipe.steps // steps) if recipe.steps else recipe.epochs
        return cls(recipe, splits, steps, source, device, world)

    def plan(self, given: dict[str, Any]) -> RunPlan:
        recipe, (train, valid) = self.recipe, self.splits
        lists = filter(None, [recipe.train, recipe.valid])
        teacher = model_digest(Path(recipe.teacher), "classifier") if recipe.teacher else None
        data = data_digest(recipe, self.splits)
        identity = Identity(
            describe(recipe, train, data, self.world.size, teacher),
            neutral=neutral_flags(recipe),
            defaults=defaults(),
            files={
                "data": f"the lists or packs behind {' and '.join(map(printable, lists))}",
                "teacher": f"the file --teacher {recipe.teacher}",
            },
        )
        classes = ", ".join(f"{len(labels)} classes of {name}" for name, labels in train.classes.items())
        leading = measures_of(valid.heads)[0]
        return RunPlan(
            recipe,
            given,
            identity,
            length="epochs",
            model=recipe.model,
            data=f"{len(train)} training and {len(valid)} validation samples, {classes}, "
            f"{self.steps_per_epoch} steps an epoch",
            measures={leading: leading, "macro_recall": "macro recall"},
            memory=f"{{batch_size}} {recipe.batch_size} (or {{val_batch_size}} {recipe.val_batch_size}) at "
            f"{{input_size}} {size_text(recipe.input_size)} with {recipe.model}: try smaller ones, "
            f"{{grad_accumulation}} {2 * recipe.grad_accumulation}, which gives the same batches in more parts, or "
            "{amp} bf16",
        )

    def build(self, saved: State | None) -> Trainable:
        recipe, device, world = self.recipe, self.device, self.world
        precision = choose_precision(recipe.amp, device)
        torch.backends.cudnn.benchmark = device.type == "cuda"
        channels_last = recipe.channels_last == "on" or (recipe.channels_last == "auto" and precision.dtype is not None)
        train_input, valid_input = build_inputs(recipe, self.splits, device, world)
        model = self._model(channels_last, new=not saved)
        settings = build_loop_settings(recipe, self.steps_per_epoch, channels_last)
        task = Classification(
            model,
            train_input,
            valid_input,
            build_batch_augmentation(recipe),
            build_criterion(recipe),
            precision,
            settings,
            world,
            build_teacher(recipe, self.splits[0], device, channels_last),
        )
        counted = device.type != "cpu"  # what a CPU could do depends on what else it does
        flops = training_flops_per_image(model, train_input.channels, recipe.input_size, device) if counted else 0
        return Trainable(
            task=task,
            optimizer=build_optimizer(recipe, model, precision),
            schedule=build_schedule(recipe, self.steps_per_epoch),
            precision=precision,
            settings=settings,
            average=WeightAverage(model, recipe.ema_decay) if recipe.ema_decay else None,
            flops_per_image=flops,
            peak_flops=peak_flops(device, precision.dtype) if flops else math.inf,
            pictures=pictures_of(recipe, world, lambda: CropPictures(task)),
        )

    def _model(self, channels_last: bool, *, new: bool) -> Classifier:
        """The network on its device; a `new` one with the weights that the run starts from."""
        recipe, source, split = self.recipe, self.source, self.splits[0]
        with self.world.main_first():  # one process downloads
            model = build_model(recipe, split, recipe.pretrained if new and not source else None).to(self.device)
        if new and source and recipe.resume:
            take_weights(model, source, recipe.resume, split.classes)
        elif new and source:
            fine_tune_from(model, source, recipe.pretrained, split.classes, self.world.print)
        if channels_last:
            model = in_channels_last(model)
        return convert_sync_batchnorm(model) if recipe.sync_bn else model
