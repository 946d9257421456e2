"""The flags of `mojika train-detector`, how they hang together, and which of them a resumed run may change."""

import argparse

from mojika.detection.architecture import DETECTOR_KINDS
from mojika.errors import UserError
from mojika.parameters.argument_types import fraction, not_negative, positive, whole_numbers
from mojika.runtime.parallel import available_cores
from mojika.training.optimizers import OPTIMIZERS

NEUTRAL_FLAGS = frozenset({
    "labels", "images", "prefix", "model_dir", "log_dir", "fresh", "save_minutes", "disp_batches", "device", "workers",
    "cache_gib", "dry_run", "iterations", "snapshots",
})  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return parser


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--labels", required=True, metavar="CSV", help="boxes of pages (a competition's train.csv)")
    parser.add_argument("--images", required=True, metavar="DIR", help="folder of the pages")
    held = parser.add_mutually_exclusive_group(required=True)
    held.add_argument("--hold-out", metavar="BOOK,…", help="books to hold out for validation")
    held.add_argument("--hold-out-pages", metavar="ID,…", help="pages to hold out for validation")
    parser.add_argument(
        "--architecture", choices=DETECTOR_KINDS, default="faster-rcnn", help="detector to train (default: faster-rcnn)"
    )
    parser.add_argument("--backbone", default="resnet101", help="2019 name or any timm name (default: resnet101)")
    parser.add_argument(
        "--width", type=positive, default=256, help="channels of the layers after the backbone (default: 256)"
    )
    parser.add_argument(
        "--shared-head", action="store_true",
        help="CenterNet's heads for centres, sizes and offsets share their first convolution, which is faster",
    )  # fmt: skip
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument(
        "--pretrained",
        metavar="PATH|timm",
        help="weights of the backbone: a state dict in timm's layout, or timm's (default: timm)",
    )
    weights.add_argument("--resume", metavar="FILE.model", help="start from the weights of this detector")
    weights.add_argument("--from-scratch", action="store_true", help="start from random weights")
    parser.add_argument("--freeze-bn", action="store_true", help="keep the loaded statistics of batch normalisation")

    parser.add_argument(
        "--tile-size", type=positive, default=1024, help="side of a training tile in pixels (default: 1024)"
    )
    parser.add_argument(
        "--short-side", type=whole_numbers, default=(1000, 1600), metavar="LOW,HIGH",
        help="range of the short side of training pages, in pixels (default: 1000,1600)",
    )  # fmt: skip
    parser.add_argument(
        "--valid-short-side",
        type=positive,
        help="short side of validation pages in pixels (default: mean of --short-side)",
    )
    parser.add_argument(
        "--tiles-per-page", type=positive, default=2, help="tiles that a batch takes from a page (default: 2)"
    )
    parser.add_argument("--cache-gib", type=float, default=4.0, help="memory for decoded pages in GiB (default: 4)")

    parser.add_argument("--batch-size", type=positive, default=4, help="tiles per step, over all GPUs (default: 4)")
    parser.add_argument("--iterations", type=positive, default=100_000, help="total number of steps (default: 100000)")
    parser.add_argument(
        "--snapshot-every", type=positive, default=10_000, help="steps between validations (default: 10000)"
    )
    parser.add_argument(
        "--snapshots", type=whole_numbers, default=(), help="steps whose model is kept, for example 60000,100000"
    )
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="sgd", help="optimizer (default: sgd)")
    parser.add_argument("--base-lr", type=float, default=0.01, help="highest learning rate (default: 0.01)")
    parser.add_argument(
        "--lr-steps",
        type=whole_numbers,
        default=(50_000,),
        help="steps at which the learning rate falls (default: 50000)",
    )
    parser.add_argument(
        "--lr-factor", type=float, default=0.1, help="factor by which the learning rate falls (default: 0.1)"
    )
    parser.add_argument(
        "--warmup-steps", type=not_negative, default=1000, help="steps of linear warm-up (default: 1000)"
    )
    parser.add_argument(
        "--momentum", type=fraction, default=0.9, help="momentum of sgd, nag, rmsprop and lars (default: 0.9)"
    )
    parser.add_argument("--wd", type=float, default=1e-4, help="weight decay (default: 1e-4)")
    parser.add_argument("--seed", type=not_negative, default=0, help="seed of all random numbers (default: 0)")

    parser.add_argument(
        "--device", choices=["auto", "cpu", "cuda"], default="auto", help="device to train on (default: auto)"
    )
    parser.add_argument(
        "--amp", choices=["auto", "bf16", "fp16", "off"], default="auto", help="mixed precision (default: auto)"
    )
    parser.add_argument(
        "--workers",
        type=positive,
        default=available_cores(),
        help="threads that read and decode pages (default: all cores)",
    )
    parser.add_argument("--prefix", default="detector", help="name of the run (default: detector)")
    parser.add_argument("--model-dir", default="models", metavar="DIR", help="folder of runs (default: models)")
    parser.add_argument("--log-dir", metavar="DIR", help="folder for logs (default: the run's folder)")
    parser.add_argument("--fresh", action="store_true", help="move an old run of this name aside and start again")
    parser.add_argument("--save-minutes", type=float, default=10.0, help="minutes between saves (default: 10)")
    parser.add_argument(
        "--disp-batches", type=not_negative, default=0, help="steps between log lines (default: 0, ten lines per epoch)"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the settings, check the data, and end")


def resolve(args: argparse.Namespace) -> argparse.Namespace:
    """A copy of `args` with defaults settled; raises `UserError` where flags contradict each other."""
    recipe = argparse.Namespace(**vars(args))
    if len(recipe.short_side) != 2 or recipe.short_side[0] > recipe.short_side[1]:
        raise UserError(f"--short-side {','.join(map(str, recipe.short_side))}: expected two numbers LOW,HIGH")
    recipe.valid_short_side = recipe.valid_short_side or round(sum(recipe.short_side) / 2)
    if recipe.base_lr <= 0 or recipe.lr_factor <= 0 or recipe.wd < 0:
        raise UserError("--base-lr and --lr-factor must be above 0, and --wd at least 0")
    if recipe.shared_head and recipe.architecture != "centernet":
        raise UserError(f"--shared-head: expected --architecture centernet, found {recipe.architecture}")
    if recipe.cache_gib < 0:
        raise UserError(f"--cache-gib {recipe.cache_gib}: expected at least 0")
    for flag, steps in (("--iterations", [recipe.iterations]), ("--snapshots", recipe.snapshots)):
        for step in steps:
            if step % recipe.snapshot_every:
                raise UserError(f"{flag} {step}: expected multiples of --snapshot-every {recipe.snapshot_every}")
    if any(step > recipe.iterations for step in recipe.snapshots):
        raise UserError(f"--snapshots {max(recipe.snapshots)}: the run ends at --iterations {recipe.iterations}")
    if not recipe.from_scratch and not recipe.resume:
        recipe.pretrained = recipe.pretrained or "timm"
    return recipe
