"""What can be looked at before a classifier is trained: its recipe, its images, the statistics of their pixels."""

import argparse
from pathlib import Path
from typing import Any

import torch

from mojika.data.input_pipeline import expect_batches
from mojika.data.pixel_statistics import pixel_statistics
from mojika.data.split_list import SplitList
from mojika.experiment.batch_augmentation import build_batch_augmentation
from mojika.experiment.run_folder import settings_text
from mojika.experiment.teacher import build_teacher
from mojika.experiment.training_lists import read_lists
from mojika.experiment.training_setup import build_augmentation, build_inputs, build_schedule
from mojika.experiment.validation import defaults, to_plain
from mojika.files.urls import place
from mojika.models.backbones import timm_name
from mojika.pictures.image_dump import dump_images
from mojika.runtime.lines import say
from mojika.sizes import height_width, size_text
from mojika.training.distributed import World
from mojika.training.precision import choose_precision


def print_recipe(recipe: argparse.Namespace, device: torch.device, unread: list[str]) -> None:
    """`--dry-run`: what differs from the defaults as YAML, or all settings, with all checked that can be.

    Nothing is written. Files that do not exist yet are named, and so are packs that the run will convert first;
    `unread` names the `.model` file that the run would start from, where it was not read.
    """
    files = [place(path) for path in (recipe.train, recipe.valid, recipe.teacher, *unread) if path]
    missing = [path for path in files if isinstance(path, Path) and not path.exists()]
    notes = [f"{path} does not exist yet" for path in missing]
    resolved: dict[str, Any] = {
        "timm_model": None if unread else timm_name(recipe.model),
        "device": str(device),
        "amp": choose_precision(recipe.amp, device).name,
    }
    if not missing:
        splits = read_lists(recipe, convert=False)
        build_teacher(recipe, splits[0], torch.device("cpu"), channels_last=False)
        build_augmentation(recipe)
        notes += _conversions(recipe, splits[0])
        resolved["classes"] = {name: len(classes) for name, classes in splits[0].classes.items()}
        resolved["train_samples"], resolved["valid_samples"] = map(len, splits)
        steps = expect_batches(splits[0], recipe.batch_size, recipe.drop_last, recipe.undersampling)
        resolved["steps_per_epoch"], schedule = steps, build_schedule(recipe, steps)
        resolved["lr_by_epoch"] = [float(f"{schedule(epoch * steps):.6g}") for epoch in range(recipe.epochs)]
    print(settings_text(to_plain(recipe), defaults(), resolved))
    for note in notes:
        say(f"note: {note}")


def _conversions(recipe: argparse.Namespace, split: SplitList) -> list[str]:
    wanted = height_width(recipe.scale_size), 1 if recipe.grayscale else 3
    said = f"{size_text(recipe.scale_size)} px, {'gray' if recipe.grayscale else 'RGB'}"
    packs = [pack for pack in split.packs if (pack.size, pack.channels) != wanted]
    return [f"{pack.place}: its crops of {size_text(pack.size)} px will be converted to {said}" for pack in packs]


def draw_images(recipe: argparse.Namespace, splits: tuple[SplitList, SplitList], device: torch.device) -> None:
    """`--image-dump`: augmented samples, in a picture in the run's folder."""
    train_input, _ = build_inputs(recipe, splits, device, World())
    picture = Path(recipe.model_dir) / recipe.prefix / "samples.png"
    print(f"wrote {dump_images(picture, train_input, build_batch_augmentation(recipe), recipe.batch_size)}")


def print_pixel_statistics(recipe: argparse.Namespace, split: SplitList) -> None:
    """`--calc-rgb-mean-and-std`: both, as flags."""
    order = -1 if recipe.exchange_channels else 1
    mean, std = (",".join(f"{value:.4f}" for value in values[::order]) for values in pixel_statistics(split))
    print(f"--rgb-mean {mean} --rgb-std {std}")
