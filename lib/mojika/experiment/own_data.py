"""`--data`: labelled images as people keep them become two lists, and settings suit characters and their number."""

import argparse
import copy
import re
from pathlib import Path
from typing import Any

from mojika.errors import ParameterError, UserError
from mojika.experiment.arguments import is_left_open
from mojika.experiment.taken_from_file import taken_flags
from mojika.files.reader_folder import is_model
from mojika.imports.importing import import_data
from mojika.imports.registry import reader_of
from mojika.parameters.parser import is_named

VALID_FRACTION = 0.2
# Characters are not symmetric, so they are not flipped; AdamW with one cycle is forgiving of its rate.
_TRAINING = {
    "batch_size": 64,
    "optimizer": "adamw",
    "base_lr": 2e-3,
    "wd": 0.05,
    "lr_schedule": "one-cycle",
    "warmup_share": 0.15,
    "label_smoothing": 0.05,
    "random_horizontal_flip": 0.0,
    "random_resized_crop_scale": "0.75,1.0",
    "random_resized_crop_ratio": "0.8,1.25",
    "random_shear_degree": 8.0,
    "elastic": 0.025,
    "jitter_brightness": 0.2,
    "jitter_contrast": 0.3,
    "random_erasing": True,
    "random_erasing_p": 0.2,
}
_SIZES = {"scale_size": 72, "input_size": 64}
_NEW_NETWORK = {"model": "resnet10t", "from_scratch": True, "grayscale": True, "rgb_mean": "0.5", "rgb_std": "0.3"}
_OF_IMAGENET = {"rgb_mean": "0.485,0.456,0.406", "rgb_std": "0.229,0.224,0.225"}
_MOMENTUM = ("sgd", "nag")  # whose rates are others
_IMAGES_SEEN, _FEWEST_EPOCHS, _MOST_EPOCHS = 60_000, 10, 60


def with_data(args: argparse.Namespace) -> tuple[argparse.Namespace, str]:
    """The flags with the lists that `--data` will have, and with settings where they say nothing; and these in words.

    Raises `UserError` where there are no images of one character each, or none to validate on.
    """
    if args.train and args.valid:  # both are in the args.yaml of such a run
        return argparse.Namespace(**{**vars(args), "data": None}), ""
    if args.train or args.valid:
        raise UserError(f"--data {args.data} and TRAIN_LIST {args.train}: expected one of them")
    parts = _images_of_parts(Path(args.data))
    taken = copy.copy(args)
    suitable = _suitable(args)
    if not args.steps:
        suitable["epochs"] = epochs_for(parts["train"])
    for name, value in suitable.items():
        if is_left_open(args, name):
            setattr(taken, name, value)
    if is_left_open(args, "prefix"):
        taken.prefix = re.sub(r"\s+", "_", Path(args.data).resolve().name)
    lists = lists_folder(taken)
    words = taken_flags(args, taken)
    taken.train, taken.valid = (str(lists / f"{part}.csv") for part in ("train", "valid"))
    return taken, words


def make_lists(recipe: argparse.Namespace) -> list[str]:
    """Writes the lists of training and validation into the run's folder; returns lines that say what is in them.

    A file that cannot be used is left out and named. Raises `UserError` where the run has lists of other images.
    """
    source, folder = Path(recipe.data), lists_folder(recipe)
    fraction = None if "valid" in _images_of_parts(source) else recipe.valid_fraction or VALID_FRACTION
    try:
        made = import_data(source, folder, valid_fraction=fraction, force=recipe.fresh)
    except ParameterError:
        raise UserError(
            f"{source}: other images than those that {folder.parent} was trained on; --prefix NAME trains another "
            "model, --fresh this one again"
        ) from None
    counted = ", ".join(f"{count:,} {name}" for name, count in made.numbers.items())
    lines = [*made.notes, f"{source}: {counted}; lists in {folder}"]
    if made.faults:
        lines.append(f"{source}: {len(made.faults):,} could not be used, the first: {made.faults[0]}")
    return lines


def lists_folder(recipe: argparse.Namespace) -> Path:
    return Path(recipe.model_dir) / recipe.prefix / "data"


def epochs_for(images: int) -> int:
    """So many that sixty thousand images are seen, but from 10 to 60."""
    return min(max(round(_IMAGES_SEEN / images), _FEWEST_EPOCHS), _MOST_EPOCHS)


def _images_of_parts(source: Path) -> dict[str, int]:
    """How many images there are of each part, before any is opened; validation may be missing, then it is to be cut."""
    _, read = reader_of(source, None, {})
    found = read()
    if found.pages:
        raise UserError(f"{source}: expected images of one character each, found pages; docs/own_data.md shows the way")
    names = [crop.part for crop in found.crops]
    parts = {name: names.count(name) for name in set(names)}
    if not parts:
        raise UserError(f"{source}: expected images of one character each, found none")
    if len(parts) == 1:
        return {"train": len(names)}
    if not {"train", "valid"} <= parts.keys():
        raise UserError(f"{source}: expected parts called train and valid, found {', '.join(sorted(parts))}")
    return parts


def _suitable(args: argparse.Namespace) -> dict[str, Any]:
    """Flags and values for characters; what a model that is trained further knows of its input stays its own."""
    training = dict(_TRAINING)
    if args.optimizer in _MOMENTUM and is_named(args, "optimizer"):
        del training["base_lr"], training["wd"]
    if args.lr_patience or args.cosine_annealing_t_max or args.warmup_form == "2019":
        del training["lr_schedule"], training["warmup_share"]
    elif is_named(args, "warmup_epochs"):
        del training["warmup_share"]
    if args.resume or is_model(str(args.model)) or is_model(str(args.pretrained)):
        return training
    if args.pretrained:
        return {**training, **_SIZES, **({} if args.grayscale else _OF_IMAGENET)}
    return {**training, **_SIZES, **_NEW_NETWORK}
