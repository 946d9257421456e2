"""Turns parsed flags into a resolved recipe, or refuses them in one line before anything is loaded."""

import argparse
import copy
import hashlib
import json
import math
from typing import Any

from mojika.errors import UserError

# (scale, input) in pixels when the flags name neither, as in the 2019 scripts
_SIZES_BY_MODEL = {
    **{
        f"efficientnet-b{i}": sizes
        for i, sizes in enumerate(
            [(256, 224), (272, 240), (292, 260), (332, 300), (412, 380), (488, 456), (560, 528), (632, 600)]
        )
    },
    "inceptionv4": (320, 299),
    "inceptionresnetv2": (320, 299),
    "xception": (320, 299),
    "pnasnet5large": (352, 331),
}
_DEFAULT_SIZES = (256, 224)

# flags that change how a run is carried out, not what it computes
NEUTRAL_FLAGS = {
    *("train", "valid", "epochs", "val_batch_size", "prefix", "model_dir", "log_dir", "fresh", "save_minutes"),
    *("disp_batches", "device", "no_cuda", "channels_last", "residency", "workers", "dry_run", "image_dump"),
}


def resolve(args: argparse.Namespace) -> argparse.Namespace:
    """A copy of `args` with lists parsed, sizes and channels settled, and every value checked.

    Raises `UserError` for values out of range and for combinations that make no sense.
    """
    recipe = copy.copy(args)
    if args.from_scratch and args.pretrained:
        raise UserError("--from-scratch and --pretrained contradict each other: give one of them")
    if args.mixup and args.icap:
        raise UserError("--mixup and --icap each mix the whole batch: give one of them")
    recipe.pretrained = None if args.from_scratch or args.resume else args.pretrained or "timm"
    if args.no_cuda:
        if args.device == "cuda":
            raise UserError("--no-cuda and --device cuda contradict each other: give one of them")
        recipe.device = "cpu"

    channels = 1 if args.grayscale else 3
    recipe.rgb_mean = _per_channel("--rgb-mean", args.rgb_mean, channels)
    recipe.rgb_std = _per_channel("--rgb-std", args.rgb_std, channels)
    if min(recipe.rgb_std) <= 0:
        raise UserError(f"--rgb-std {args.rgb_std}: expected positive numbers")
    scale_size, input_size = _SIZES_BY_MODEL.get(args.model, _DEFAULT_SIZES)
    recipe.scale_size, recipe.input_size = args.scale_size or scale_size, args.input_size or input_size
    if recipe.input_size > recipe.scale_size:
        raise UserError(f"--input-size {recipe.input_size} is larger than --scale-size {recipe.scale_size}")

    recipe.lr_step_epochs = _numbers("--lr-step-epochs", args.lr_step_epochs, int)
    recipe.random_resized_crop_scale = _range("--random-resized-crop-scale", args.random_resized_crop_scale, 1.0)
    recipe.random_resized_crop_ratio = _range("--random-resized-crop-ratio", args.random_resized_crop_ratio, math.inf)
    _check_ranges(recipe)
    if recipe.prefix == "auto":
        recipe.prefix = f"{args.model.replace('/', '-')}-{_digest(recipe)}"
    return recipe


def to_plain(recipe: argparse.Namespace) -> dict[str, Any]:
    """The recipe as plain values for YAML and checkpoints."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(recipe).items()}


def changed_flags(saved: dict[str, Any], recipe: argparse.Namespace) -> list[str]:
    """The flags that alter the result and differ between a run's checkpoint and now, as `--flag old -> new`."""
    current = to_plain(recipe)
    return [
        f"--{name.replace('_', '-')} {saved.get(name)} -> {current[name]}"
        for name in sorted(current)
        if name not in NEUTRAL_FLAGS and saved.get(name) != current[name]
    ]


def difference_from_defaults(parser: argparse.ArgumentParser, args: argparse.Namespace) -> dict[str, Any]:
    """The flags that were given a value of their own."""
    return {name: value for name, value in vars(args).items() if value != parser.get_default(name)}


def _check_ranges(recipe: argparse.Namespace) -> None:
    for name in ("epochs", "batch_size", "val_batch_size", "scale_size", "input_size", "undersampling",
                 "cosine_annealing_t_max", "cosine_annealing_mult", "workers", "base_lr", "l2softmax_temp",
                 "mixup_alpha", "icap_beta", "random_erasing_sl", "random_erasing_r1"):  # fmt: skip
        value = getattr(recipe, name)
        if value is not None and not 0 < value < math.inf:
            raise UserError(f"--{name.replace('_', '-')} {value}: expected a positive number")
    for name in ("start_epoch", "disp_batches", "save_minutes", "momentum", "wd", "warmup_epochs", "lr_factor",
                 "cosine_annealing_eta_min", "random_rotate_degree", "jitter_brightness", "jitter_contrast",
                 "jitter_saturation", "pca_noise", "seed"):  # fmt: skip
        value = getattr(recipe, name)
        if not 0 <= value < math.inf:
            raise UserError(f"--{name.replace('_', '-')} {value}: expected zero or a positive number")
    for name in ("random_horizontal_flip", "random_vertical_flip", "random_grayscale_prob", "icap_prob",
                 "random_erasing_p", "random_erasing_sl", "random_erasing_sh"):  # fmt: skip
        value = getattr(recipe, name)
        if not 0 <= value <= 1:
            raise UserError(f"--{name.replace('_', '-')} {value}: expected a fraction from 0 to 1")
    if recipe.start_epoch >= recipe.epochs:
        raise UserError(f"--start-epoch {recipe.start_epoch}: leaves nothing of --epochs {recipe.epochs}")
    if not 0 <= recipe.jitter_hue <= 0.5:
        raise UserError(f"--jitter-hue {recipe.jitter_hue}: expected 0 to 0.5 of the colour circle")
    for low, high in (("random_erasing_sl", "random_erasing_sh"), ("random_erasing_r1", "random_erasing_r2")):
        if getattr(recipe, low) > getattr(recipe, high):
            raise UserError(f"--{low.replace('_', '-')} is larger than --{high.replace('_', '-')}")


def _numbers(flag: str, text: str, kind: type) -> tuple:
    try:
        return tuple(kind(field) for field in str(text).split(","))
    except ValueError:
        raise UserError(f"{flag} {text}: expected numbers separated by commas") from None


def _per_channel(flag: str, text: str, channels: int) -> tuple[float, ...]:
    """One number for all channels, or one for each; three equal ones also serve a single channel."""
    values = _numbers(flag, text, float)
    if len(values) == channels:
        return values
    if len(set(values)) == 1:
        return values[:1] * channels
    raise UserError(f"{flag} {text}: expected {channels} number{'s'[: channels > 1]}, found {len(values)}")


def _range(flag: str, text: str, highest: float) -> tuple[float, float]:
    values = _numbers(flag, text, float)
    if len(values) != 2 or not 0 < values[0] <= values[1] <= highest:
        limit = f" at most {highest:g}" if highest < math.inf else ""
        raise UserError(f"{flag} {text}: expected two positive numbers LOW,HIGH{limit}")
    return values


def _digest(recipe: argparse.Namespace) -> str:
    relevant = {
        name: value
        for name, value in to_plain(recipe).items()
        if name not in NEUTRAL_FLAGS or name in ("train", "valid")
    }
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()[:8]
