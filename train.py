#!/usr/bin/env python3
"""Train a classifier on the crops of a split list: parse, build, and for each epoch train, validate, save.

Running the same command again is the resume. See `python train.py --help`.
"""

import argparse
import hashlib
import sys
import time
from pathlib import Path

import cv2
import torch
import yaml

from mojika.cli.exit_status import DONE, run_entry_point
from mojika.cli.training_setup import (
    build_architecture,
    build_augmentation,
    build_batch_augmentation,
    build_model,
    build_optimizer,
    build_schedule,
    describe,
)
from mojika.data.atomic import atomic_text, remove_leftovers
from mojika.data.cache import cache_folder
from mojika.data.input_pipeline import InputPipeline
from mojika.data.split_list import SplitList, read_split_lists
from mojika.errors import UserError
from mojika.models.backbones import timm_name
from mojika.recipe.arguments import build_parser
from mojika.recipe.validation import changed_flags, difference_from_defaults, resolve, to_plain
from mojika.training.checkpoints import LAST, load_checkpoint, load_last
from mojika.training.environment import environment
from mojika.training.image_dump import dump_images
from mojika.training.loop import LoopSettings, Trainer
from mojika.training.precision import choose_device, choose_precision
from mojika.training.reporter import Reporter, human_duration
from mojika.training.run_lock import RunHeldElsewhere, RunLock
from mojika.training.signals import StopRequest
from mojika.training.throughput import peak_flops, training_flops_per_image


def main(argv: list[str]) -> int:
    parser = build_parser()
    args = parser.parse_args(argv)
    recipe = resolve(args)
    timm_name(recipe.model)
    device = choose_device(recipe.device)
    folder = Path(recipe.model_dir) / recipe.prefix

    if recipe.dry_run:
        return dry_run(recipe, device)
    splits = read_lists(recipe)
    if recipe.image_dump:
        train_input, _ = build_inputs(recipe, splits, device)
        path = dump_images(folder / "samples.png", train_input, build_batch_augmentation(recipe), recipe.batch_size)
        print(f"wrote {path}")
        return DONE
    try:
        with RunLock(folder), StopRequest() as stop:
            remove_leftovers(folder)  # of a process that was killed while it saved
            if recipe.fresh:
                move_aside(folder)
            difference = difference_from_defaults(parser, args)
            return run(recipe, difference, splits, folder, device, stop)
    except RunHeldElsewhere as held:
        print(held)
        return DONE


def run(
    recipe: argparse.Namespace,
    difference: dict,
    splits: tuple[SplitList, SplitList],
    folder: Path,
    device: torch.device,
    stop: StopRequest,
) -> int:
    """Start the run in `folder`, or go on where it stands."""
    data = data_digest(recipe, splits)
    saved = load_last(folder, print)
    if saved:
        check_same_run(saved, recipe, data, folder)
        if saved["epoch"] >= recipe.epochs:
            print(f"{folder}: finished, {saved['epoch']} epochs, best accuracy {saved['position']['best']:.4f}")
            return DONE

    # build
    precision = choose_precision(recipe.amp, device)
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    else:
        cv2.setNumThreads(1)  # the input pipeline's threads take an image each
    channels_last = recipe.channels_last == "on" or (recipe.channels_last == "auto" and precision.dtype is not None)
    train_input, valid_input = build_inputs(recipe, splits, device)
    if saved or recipe.resume:
        recipe.pretrained = None  # the weights come from a checkpoint
    model = build_model(recipe, splits[0]).to(device)
    if recipe.resume and not saved:
        take_weights(model, Path(recipe.resume), splits[0])
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    steps_per_epoch = train_input.steps_per_epoch(recipe.batch_size, recipe.drop_last, recipe.undersampling)
    if steps_per_epoch == 0:
        raise UserError(f"{recipe.train}: {len(splits[0])} samples make no batch of {recipe.batch_size} (--drop-last)")

    write_settings(folder, recipe, difference, environment(device))
    log_folder = Path(recipe.log_dir) / recipe.prefix if recipe.log_dir else folder
    reporter = Reporter(folder, log_folder, first_step=saved["position"]["global_step"] + 1 if saved else 0)
    trainer = Trainer(
        folder,
        model,
        build_optimizer(recipe, model, precision),
        build_schedule(recipe, steps_per_epoch),
        precision,
        train_input,
        valid_input,
        build_batch_augmentation(recipe),
        LoopSettings(
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            valid_batch_size=recipe.val_batch_size,
            drop_last=recipe.drop_last,
            undersampling=recipe.undersampling,
            seed=recipe.seed,
            log_every=recipe.disp_batches,
            save_minutes=recipe.save_minutes,
            channels_last=channels_last,
        ),
        reporter,
        stop,
        describe(to_plain(recipe), build_architecture(recipe), splits[0], data),
        flops_per_image=training_flops_per_image(model, train_input.channels, recipe.input_size, device),
        peak_flops=peak_flops(device, precision.dtype),
    )

    # train
    try:
        classes = ", ".join(f"{len(value)} classes of {name}" for name, value in splits[0].classes.items())
        reporter.line(
            f"{recipe.prefix}: {recipe.model} on {device.type} ({precision.name}), {len(splits[0])} training and "
            f"{len(splits[1])} validation samples, {classes}, {steps_per_epoch} steps an epoch"
        )
        if saved:
            trainer.restore(saved)
            if recipe.epochs != saved["args"]["epochs"]:
                reporter.line(f"epochs: {saved['args']['epochs']} -> {recipe.epochs}; the schedule itself is unchanged")
            reporter.line(f"going on from epoch {trainer.position.epoch + 1}, step {trainer.position.step}")
        else:
            trainer.position.epoch = recipe.start_epoch
        result = trainer.fit()
        reporter.line(
            f"finished: accuracy {result['valid_accuracy']:.4f}, best {trainer.position.best:.4f}, "
            f"macro recall {result['valid_macro_recall']:.4f}, {human_duration(result['seconds'])}"
        )
    finally:
        reporter.close()
    return DONE


def read_lists(recipe: argparse.Namespace) -> tuple[SplitList, SplitList]:
    channels = 1 if recipe.grayscale else 3
    paths = [Path(recipe.train), Path(recipe.valid)]
    train, valid = read_split_lists(paths, scale_size=recipe.scale_size, channels=channels, cache=cache_folder())
    return train, valid


def build_inputs(
    recipe: argparse.Namespace, splits: tuple[SplitList, SplitList], device: torch.device
) -> tuple[InputPipeline, InputPipeline]:
    augmentation = build_augmentation(recipe)
    train, valid = (
        InputPipeline(split, augmentation, device, residency=recipe.residency, workers=recipe.workers, seed=recipe.seed)
        for split in splits
    )
    return train, valid


def data_digest(recipe: argparse.Namespace, splits: tuple[SplitList, SplitList]) -> str:
    """What the lists say and what their packs were made from; paths do not count."""
    digest = hashlib.sha256()
    for path, split in zip((recipe.train, recipe.valid), splits, strict=True):
        digest.update(Path(path).read_bytes())
        for pack in split.packs:
            digest.update(pack.fingerprint.encode())
    return digest.hexdigest()


def check_same_run(saved: dict, recipe: argparse.Namespace, data: str, folder: Path) -> None:
    """Refuse to continue a run with flags or data that would have given another result."""
    changes = changed_flags(saved["args"], recipe)
    if saved["data"] != data:
        changes.append(f"the lists or packs behind {recipe.train} and {recipe.valid}")
    if changes:
        raise UserError(
            f"{folder} holds a run with other settings; changed: {'; '.join(changes)}. Use another --prefix, --fresh "
            f"(moves that run aside), or --resume {folder / LAST} under a new --prefix to start from its weights"
        )


def take_weights(model: torch.nn.Module, path: Path, split: SplitList) -> None:
    """Start from the weights of another run; its classes must be the same, in the same order."""
    state = load_checkpoint(path)
    for name, classes in split.classes.items():
        digest = state["class_list_digest"].get(name)
        if digest != classes.digest:
            raise UserError(
                f"--resume {path}: class list {str(digest)[:12]}, the lists have {classes.digest[:12]} ({name})"
            )
    try:
        model.backbone.load_state_dict(state["model"])
        model.heads.load_state_dict(state["head"])
    except RuntimeError as error:
        raise UserError(f"--resume {path}: holds a {state['arch']['model']}, not the network of these flags") from error


def write_settings(folder: Path, recipe: argparse.Namespace, difference: dict, versions: dict) -> None:
    for name, content in (("args", to_plain(recipe)), ("args_min", difference), ("env", versions)):
        atomic_text(
            folder / f"{name}.yaml",
            yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=None),
        )


def move_aside(folder: Path) -> None:
    """`--fresh` deletes nothing: the old run's files go to a folder beside it."""
    files = [path for path in folder.iterdir() if path.name != "lock"]
    if files:
        target = folder.with_name(f"{folder.name}.{time.strftime('%Y%m%d-%H%M%S')}")
        target.mkdir()
        for path in files:
            path.rename(target / path.name)
        print(f"moved the run of this name to {target}")


def dry_run(recipe: argparse.Namespace, device: torch.device) -> int:
    """Print the resolved recipe as YAML and check all that can be checked; lists that do not exist yet are named."""
    resolved = {
        **to_plain(recipe),
        "timm_model": timm_name(recipe.model),
        "device": str(device),
        "amp": choose_precision(recipe.amp, device).name,
    }
    missing = [path for path in (recipe.train, recipe.valid) if not Path(path).is_file()]
    if not missing:
        splits = read_lists(recipe)
        train_input, _ = build_inputs(recipe, splits, torch.device("cpu"))
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
