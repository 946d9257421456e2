"""Turns parsed flags into a resolved recipe, or refuses them in one line before anything is loaded."""

import argparse
import copy
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.experiment.arguments import build_parser
from mojika.experiment.choices import chosen_head, chosen_keep, chosen_mixing, chosen_schedule, without_zeros
from mojika.experiment.declared_flags import GROUPS, NEUTRAL_FLAGS
from mojika.experiment.taken_from_file import take_head, take_input
from mojika.files.reader_folder import is_model
from mojika.files.urls import printable
from mojika.models.input_spec import InputSpec
from mojika.parameters.flags import flag_of, numbers
from mojika.sizes import height_width, size_text
from mojika.training.model_file import read_spec

# (scale, input) in pixels when the flags name neither, as in the 2019 scripts
_SIZES_BY_MODEL = {
    **{
        f"efficientnet-b{i}": sizes
        for i, sizes in enumerate(
            [(256, 224), (272, 240), (292, 260), (332, 300), (412, 380), (488, 456), (560, 528), (632, 600)]
        )
    },
    **dict.fromkeys(("inception_v3", "inceptionv4", "inception_v4", "inceptionresnetv2", "xception"), (320, 299)),
    "pnasnet5large": (352, 331),
}
_DEFAULT_SIZES = (256, 224)

_PLACES = {"train", "valid", "labels", "images"}  # flags that may be addresses of object stores
_DERIVED = {"head_kind", "mixing", "schedule"}  # follow from other flags
SCHEDULES_TO_THE_END = ("one-cycle", "warmup-cosine")  # their shape depends on the run's length


def resolve(args: argparse.Namespace) -> argparse.Namespace:
    """A copy of `args` with lists parsed, sizes and channels settled, and every value checked.

    Three names are added that several flags decide together: `head_kind`, `mixing` (share of batches by method) and
    `schedule` (of the learning rate).
    Raises `UserError` for values out of range and for combinations that make no sense.
    """
    args = without_zeros(args, build_parser().get_default)
    recipe = copy.copy(args)
    _refuse_contradictions(args)
    recipe.model = args.model or "resnet18"
    recipe.head_kind = chosen_head(args)
    recipe.mixing = chosen_mixing(args)
    recipe.schedule = chosen_schedule(args)
    recipe.keep = chosen_keep(args)
    recipe.start_epoch = args.start_epoch or 0
    recipe.pretrained = None if args.from_scratch or args.resume else args.pretrained or "timm"
    if args.no_cuda:
        recipe.device = "cpu"
    if args.workers == -1:
        recipe.workers = None

    channels = 1 if args.grayscale else 3
    recipe.rgb_mean = _per_channel("--rgb-mean", args.rgb_mean, channels)
    recipe.rgb_std = _per_channel("--rgb-std", args.rgb_std, channels)
    if min(recipe.rgb_std) <= 0:
        raise UserError(f"--rgb-std {args.rgb_std}: expected positive numbers")
    scale_size, input_size = _SIZES_BY_MODEL.get(recipe.model, _DEFAULT_SIZES)
    recipe.scale_size, recipe.input_size = args.scale_size or scale_size, args.input_size or input_size
    sizes = height_width(recipe.input_size), height_width(recipe.scale_size)
    if any(seen > scaled for seen, scaled in zip(*sizes, strict=True)):
        given = f"--input-size {size_text(recipe.input_size)}", f"--scale-size {size_text(recipe.scale_size)}"
        raise UserError(f"{given[0]} is larger than {given[1]}")

    for flags in chain.from_iterable(GROUPS.values()):
        vars(recipe).update(flags.settled(recipe))
    if recipe.schedule in ("plateau", "warmup-cosine") and recipe.min_lr > recipe.base_lr:
        raise UserError(f"--min-lr {recipe.min_lr} is larger than --base-lr {recipe.base_lr}")
    if recipe.lr_rates and (len(recipe.lr_rates), sorted(recipe.lr_step_epochs)) != (
        len(recipe.lr_step_epochs),
        list(recipe.lr_step_epochs),
    ):
        raise UserError("--lr-rates: expected one rate for each of --lr-step-epochs, and these in rising order")
    if recipe.prefix == "auto":
        recipe.prefix = f"{recipe.model.replace('/', '-')}-{_digest(recipe)}"
    return recipe


@cache
def defaults() -> Mapping[str, Any]:
    """The recipe of a command line without flags, as plain values."""
    return to_plain(resolve(build_parser().parse_args(["", ""])))


def starting_file(args: argparse.Namespace) -> str | None:
    """The `.model` file or reader's folder that `--resume`, `--pretrained` or `--model` starts from, where one does."""
    named = (args.resume, args.pretrained, args.model)
    return args.resume or next((name for name in named if name and is_model(name)), None)


def adopt(args: argparse.Namespace, state: dict[str, Any]) -> argparse.Namespace:
    """The flags, completed by what a checkpoint says of its network and of what this sees, where they do not say it.

    Not where `--model` names a network. For a model to refine the epoch count also continues, as in the 2019 scripts.
    Raises `UserError` for a detector.
    """
    if "arch" not in state:
        raise UserError(f"{starting_file(args)}: expected a classifier, found a detector")
    args = copy.copy(args)
    if args.model and is_model(args.model):
        args.pretrained, args.model = args.model, None
    if not args.model:
        default = build_parser().get_default
        for name in ("model", "pooling", "activation", "blur_pool", "static_padding", "signed_features"):
            if getattr(args, name) == default(name) and name in state["arch"]:
                setattr(args, name, state["arch"][name])
        take_head(args, state["arch"])
        if "input" in state or "args" in state:
            take_input(args, read_spec(InputSpec, state, Path(starting_file(args) or "")))
        if not args.grayscale:  # gray packs have no channels to exchange
            args.exchange_channels |= state.get("input", {}).get("channels_exchanged", False)
    if args.refine and args.resume and args.start_epoch is None:
        args.start_epoch = state["epoch"]
    return args


def to_plain(recipe: argparse.Namespace) -> dict[str, Any]:
    """The recipe as plain values for YAML and checkpoints."""
    plain: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in vars(recipe).items()
    }
    return plain | {name: printable(plain[name]) for name in _PLACES & plain.keys() if plain[name]}


def neutral_flags(recipe: argparse.Namespace) -> frozenset[str]:
    """The flags that a run may change when it is resumed."""
    to_the_end = recipe.schedule in SCHEDULES_TO_THE_END or recipe.warmup_share is not None
    return frozenset((NEUTRAL_FLAGS | _DERIVED) - ({"epochs"} if to_the_end else set()))


def changed_flags(
    saved: dict[str, Any], current: dict[str, Any], neutral: frozenset[str], defaults: Mapping[str, Any]
) -> list[str]:
    """The flags that differ between a run's checkpoint and now and are not neutral, as `--flag old -> new`.

    A flag that the checkpoint does not know, since it came later, had its default, as `resolve` settles it.
    """
    saved = {**defaults, **saved}
    return [
        f"{flag_of(name)} {saved.get(name)} -> {current[name]}"
        for name in sorted(current.keys() - neutral)
        if saved.get(name) != current[name]
    ]


def difference_from_defaults(parser: argparse.ArgumentParser, args: argparse.Namespace) -> dict[str, Any]:
    """The flags that were given a value of their own, as plain values."""
    given = {name: value for name, value in vars(args).items() if value != parser.get_default(name)}
    return to_plain(argparse.Namespace(**given))


def _refuse_contradictions(args: argparse.Namespace) -> None:
    contradictions = [
        (args.from_scratch and args.pretrained, "--from-scratch and --pretrained"),
        (args.from_scratch and is_model(str(args.model)), f"--from-scratch and --model {args.model}"),
        (args.pretrained and is_model(str(args.model)), f"--pretrained and --model {args.model}"),
        (args.resume and is_model(str(args.model)), f"--resume and --model {args.model}"),
        (args.resume and args.pretrained, f"--resume and --pretrained {args.pretrained}"),
        (args.no_cuda and args.device.startswith("cuda"), f"--no-cuda and --device {args.device}"),
        (args.no_cuda and args.sync_bn, "--no-cuda and --sync-bn"),
        (args.freeze_bn and args.sync_bn, "--freeze-bn and --sync-bn"),
        (args.signed_features and args.pooling == "gem", "--signed-features and --pooling gem (of positive ones)"),
        (args.lookahead and args.optimizer == "ranger", "--lookahead and --optimizer ranger (which contains it)"),
        (args.lr_patience and args.cosine_annealing_t_max, "--lr-patience and --cosine-annealing-t-max"),
        (
            args.warmup_share is not None and args.warmup_epochs != build_parser().get_default("warmup_epochs"),
            f"--warmup-share {args.warmup_share} and --warmup-epochs {args.warmup_epochs:g}",
        ),
        (
            args.warmup_form == "2019" and args.warmup_share is not None,
            f"--warmup-form 2019 (of whole epochs) and --warmup-share {args.warmup_share}",
        ),
        (
            args.warmup_form == "2019" and args.lr_schedule in SCHEDULES_TO_THE_END,
            f"--warmup-form 2019 and --lr-schedule {args.lr_schedule} (which has its own)",
        ),
        (args.optimizer == "nag" and args.momentum == 0, "--optimizer nag and --momentum 0"),
        (args.onehot and args.loss == "ohem", "--onehot (sums over the batch) and --loss ohem (averages a part of it)"),
    ]
    for contradictory, names in contradictions:
        if contradictory:
            raise UserError(f"{names} contradict each other: give one of them")


def _per_channel(flag: str, text: str, channels: int) -> tuple[float, ...]:
    """One number for all channels, or one for each; of three for a single channel the first, as in 2019."""
    try:
        values = numbers(text, float)
    except ValueError:
        raise UserError(f"{flag} {text}: expected numbers separated by commas") from None
    if len(values) == channels:
        return values
    if len(set(values)) == 1 or (channels == 1 and len(values) == 3):
        return values[:1] * channels
    raise UserError(f"{flag} {text}: expected {channels} number{'s'[: channels > 1]}, found {len(values)}")


def _digest(recipe: argparse.Namespace) -> str:
    ignored = (NEUTRAL_FLAGS | _DERIVED) - {"train", "valid"}
    relevant = {name: value for name, value in to_plain(recipe).items() if name not in ignored}
    if relevant["valid_fraction"] is None:  # later than the names of runs that it would change
        del relevant["valid_fraction"]
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()[:8]
