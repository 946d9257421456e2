#!/usr/bin/env python3
"""Train a classifier on the crops of a split list: parse, build, and for each epoch train, validate, save.

Running the same command again is the resume. See `python train.py --help`.
"""

import argparse
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import cv2
import torch
import yaml
from timm.layers import convert_sync_batchnorm

from mojika.data.input_pipeline import InputPipeline
from mojika.data.pixel_statistics import pixel_statistics
from mojika.data.split_list import SplitList, read_split_lists
from mojika.errors import UserError
from mojika.experiment.arguments import build_parser
from mojika.experiment.batch_augmentation import build_batch_augmentation
from mojika.experiment.run_folder import check_same_run, data_digest, move_aside, write_settings
from mojika.experiment.starting_weights import fine_tune_from, take_weights
from mojika.experiment.teacher import build_teacher
from mojika.experiment.training_setup import (
    build_augmentation,
    build_criterion,
    build_loop_settings,
    build_model,
    build_optimizer,
    build_schedule,
    check_heads,
    describe,
)
from mojika.experiment.validation import adopt, difference_from_defaults, resolve, starting_file, to_plain
from mojika.files.atomic import remove_leftovers
from mojika.files.cache import cache_folder
from mojika.files.fingerprints import file_digest
from mojika.models.backbones import timm_name
from mojika.pictures.image_dump import dump_images
from mojika.runtime.environment import environment
from mojika.runtime.exit_status import DONE, run_entry_point
from mojika.runtime.run_lock import RunHeldElsewhere, RunLock
from mojika.runtime.signals import StopRequest
from mojika.training.checkpoints import load_checkpoint, load_last
from mojika.training.classification_task import Classification
from mojika.training.distributed import World, joined_world
from mojika.training.ema import WeightAverage
from mojika.training.loop import Trainer
from mojika.training.metrics import measures_of
from mojika.training.precision import choose_device, choose_precision
from mojika.training.reporter import Reporter, SilentReporter, human_duration
from mojika.training.throughput import peak_flops, training_flops_per_image


def main(argv: list[str]) -> int:
    parser = build_parser()
    args = parser.parse_args(argv)
    difference = difference_from_defaults(parser, args)
    recipe, source = resolve(args), None
    path = starting_file(args)
    if path and (Path(path).is_file() or not args.dry_run):
        source = load_checkpoint(Path(path))
        recipe = resolve(adopt(args, source))
    if not path or source:
        timm_name(recipe.model)
    if recipe.dry_run:
        return dry_run(recipe, choose_device(recipe.device), [] if source else [path])
    with joined_world() as world:
        device = choose_device(recipe.device, world.local_rank)
        if device.type == "cuda":
            torch.cuda.set_device(device)
        check_machine(recipe, world, device)
        with world.main_first():
            splits = read_lists(recipe)
        if recipe.calc_rgb_mean_and_std:
            return print_pixel_statistics(splits[0])
        if recipe.image_dump:
            train_input, _ = build_inputs(recipe, splits, device, world)
            picture = Path(recipe.model_dir) / recipe.prefix / "samples.png"
            print(f"wrote {dump_images(picture, train_input, build_batch_augmentation(recipe), recipe.batch_size)}")
            return DONE
        return start(recipe, difference, source, splits, device, world)


def start(
    recipe: argparse.Namespace,
    difference: dict,
    source: dict | None,
    splits: tuple[SplitList, SplitList],
    device: torch.device,
    world: World,
) -> int:
    """Take hold of the run folder, or say who has it; then run."""
    folder = Path(recipe.model_dir) / recipe.prefix
    with ExitStack() as stack:
        held = ""
        if world.is_main:
            try:
                stack.enter_context(RunLock(folder))
            except RunHeldElsewhere as holder:
                held = str(holder)
                print(held)
        if world.told_by_main(held):
            return DONE
        stop = stack.enter_context(StopRequest())
        with world.main_first():
            if world.is_main:
                remove_leftovers(folder)  # of a process that was killed while it saved
                if recipe.fresh:
                    move_aside(folder)
        return run(recipe, difference, source, splits, folder, device, world, stop)


def run(
    recipe: argparse.Namespace,
    difference: dict,
    source: dict | None,
    splits: tuple[SplitList, SplitList],
    folder: Path,
    device: torch.device,
    world: World,
    stop: StopRequest,
) -> int:
    """Start the run in `folder`, or go on where it stands."""
    tell = print if world.is_main else lambda line: None
    data, teacher_digest = data_digest(recipe, splits), file_digest(Path(recipe.teacher)) if recipe.teacher else None
    saved = load_last(folder, tell)
    train_input, valid_input = build_inputs(recipe, splits, device, world)
    steps_per_epoch = train_input.steps_per_epoch(recipe.batch_size, recipe.drop_last, recipe.undersampling)
    if steps_per_epoch == 0:
        raise UserError(f"{recipe.train}: {len(splits[0])} samples make no batch of {recipe.batch_size} (--drop-last)")
    if recipe.steps:
        recipe.epochs = -(-recipe.steps // steps_per_epoch)
    if saved:
        check_same_run(saved, recipe, data, world.size, folder, teacher_digest)
        if saved["epoch"] >= recipe.epochs:
            best = f"best {measures_of(splits[1].heads)[0]} {saved['position']['best']:.4f}"
            tell(f"{folder}: finished, {saved['epoch']} epochs, {best}")
            return DONE

    # build
    precision = choose_precision(recipe.amp, device)
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    else:
        cv2.setNumThreads(1)  # the input pipeline's threads take an image each
    channels_last = recipe.channels_last == "on" or (recipe.channels_last == "auto" and precision.channels_last)
    with world.main_first():  # one process downloads
        model = build_model(recipe, splits[0], None if saved or source else recipe.pretrained).to(device)
    if source and not saved:
        if recipe.resume:
            take_weights(model, source, recipe.resume, splits[0].classes)
        else:
            fine_tune_from(model, source, recipe.pretrained, splits[0].classes, tell)
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    if recipe.sync_bn:
        model = convert_sync_batchnorm(model)

    log_folder = Path(recipe.log_dir) / recipe.prefix if recipe.log_dir else folder
    if world.is_main:
        write_settings(folder, recipe, difference, environment(device))
        reporter = Reporter(folder, log_folder, first_step=saved["position"]["global_step"] + 1 if saved else 0)
    else:
        reporter = SilentReporter()
    settings = build_loop_settings(recipe, steps_per_epoch, channels_last)
    batch_augmentation, criterion = build_batch_augmentation(recipe), build_criterion(recipe)
    teacher = build_teacher(recipe, splits[0], device, channels_last)
    trainer = Trainer(
        folder,
        Classification(
            model, train_input, valid_input, batch_augmentation, criterion, precision, settings, world, teacher
        ),
        build_optimizer(recipe, model, precision),
        build_schedule(recipe, steps_per_epoch),
        precision,
        settings,
        reporter,
        stop,
        describe(recipe, splits[0], data, world.size, teacher_digest),
        average=WeightAverage(model, recipe.ema_decay) if recipe.ema_decay else None,
        world=world,
        flops_per_image=training_flops_per_image(model, train_input.channels, recipe.input_size, device),
        peak_flops=peak_flops(device, precision.dtype),
    )

    # train
    try:
        classes = ", ".join(f"{len(value)} classes of {name}" for name, value in splits[0].classes.items())
        where = f"{world.size} × {device.type}" if world.size > 1 else device.type
        reporter.line(
            f"{recipe.prefix}: {recipe.model} on {where} ({precision.name}), {len(splits[0])} training and "
            f"{len(splits[1])} validation samples, {classes}, {steps_per_epoch} steps an epoch"
        )
        if saved:
            trainer.restore(saved)
            if recipe.epochs != saved["args"]["epochs"]:
                reporter.line(f"epochs: {saved['args']['epochs']} -> {recipe.epochs}; the schedule itself is unchanged")
            reporter.line(f"going on from epoch {trainer.position.epoch + 1}, step {trainer.position.step}")
        else:
            trainer.position.epoch = recipe.start_epoch
        result, leading = trainer.fit(), trainer.task.measures[0]
        reporter.line(
            f"finished: {leading} {result[f'valid_{leading}']:.4f}, best {trainer.position.best:.4f}, "
            f"macro recall {result['valid_macro_recall']:.4f}, {human_duration(result['seconds'])}"
        )
    finally:
        reporter.close()
    return DONE


def check_machine(recipe: argparse.Namespace, world: World, device: torch.device) -> None:
    """What the flags ask of processes, GPUs and compilers."""
    if recipe.batch_size < 2 * world.size:
        raise UserError(f"--batch-size {recipe.batch_size}: too few images for {world.size} processes of two or more")
    if recipe.sync_bn and device.type != "cuda":
        raise UserError("--sync-bn: torch synchronises batch normalisation between GPUs only")
    if recipe.compile and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        raise UserError("--compile needs a C++ compiler: install one (Debian: g++), or leave the flag out")


def read_lists(recipe: argparse.Namespace) -> tuple[SplitList, SplitList]:
    channels = 1 if recipe.grayscale else 3
    paths = [Path(recipe.train), Path(recipe.valid)]
    train, valid = read_split_lists(paths, scale_size=recipe.scale_size, channels=channels, cache=cache_folder())
    check_heads(recipe, train.heads)
    return train.with_pseudo_weight(recipe.pseudo_weight) if recipe.onehot else train, valid


def build_inputs(
    recipe: argparse.Namespace, splits: tuple[SplitList, SplitList], device: torch.device, world: World
) -> tuple[InputPipeline, InputPipeline]:
    options = {"residency": recipe.residency, "workers": recipe.workers, "seed": recipe.seed}
    place = {"rank": world.rank, "processes": world.size}
    augmentation = build_augmentation(recipe)
    train, valid = (InputPipeline(split, augmentation, device, **options, **place) for split in splits)
    return train, valid


def print_pixel_statistics(split: SplitList) -> int:
    mean, std = (",".join(f"{value:.4f}" for value in values) for values in pixel_statistics(split))
    print(f"--rgb-mean {mean} --rgb-std {std}")
    return DONE


def dry_run(recipe: argparse.Namespace, device: torch.device, unread: list[str | None]) -> int:
    """Print the resolved recipe as YAML and check all that can be checked; lists that do not exist yet are named."""
    missing = [
        path for path in (recipe.train, recipe.valid, recipe.teacher, *unread) if path and not Path(path).is_file()
    ]
    resolved = {
        **to_plain(recipe),
        "timm_model": None if any(unread) else timm_name(recipe.model),
        "device": str(device),
        "amp": choose_precision(recipe.amp, device).name,
    }
    if not missing:
        splits = read_lists(recipe)
        build_teacher(recipe, splits[0], torch.device("cpu"), channels_last=False)
        train_input, _ = build_inputs(recipe, splits, torch.device("cpu"), World())
        resolved["classes"] = {name: len(classes) for name, classes in splits[0].classes.items()}
        resolved["train_samples"], resolved["valid_samples"] = map(len, splits)
        resolved["steps_per_epoch"] = steps = train_input.steps_per_epoch(
            recipe.batch_size, recipe.drop_last, recipe.undersampling
        )
        schedule = build_schedule(recipe, steps)
        resolved["lr_by_epoch"] = [float(f"{schedule(epoch * steps):.6g}") for epoch in range(recipe.epochs)]
    print(yaml.safe_dump(resolved, sort_keys=False, allow_unicode=True, default_flow_style=None), end="")
    for path in missing:
        print(f"train.py: note: {path} does not exist yet", file=sys.stderr)
    return DONE


if __name__ == "__main__":
    sys.exit(run_entry_point("train.py", lambda: main(sys.argv[1:])))
