"""The flags of `mojika train-detector`, how they hang together, and which of them a resumed run may change."""

import argparse
import copy
from dataclasses import dataclass
from itertools import chain
from typing import Annotated

from mojika.augmentation.image import HUE
from mojika.detection.architecture import DetectorArchitecture
from mojika.errors import UserError
from mojika.experiment.settings import DeviceSettings, LookSettings, RunSettings, kept_epochs
from mojika.parameters.declaration import FRACTION, NOT_NEGATIVE, POSITIVE, Parameter, Range, neutral
from mojika.parameters.flags import Flags
from mojika.parameters.parser import Parser
from mojika.runtime.parallel import available_cores
from mojika.training.optimizers import create_optimizer

_STEPS = Range("whole numbers above 0", lambda steps: all(step > 0 for step in steps))
_SIDES = Range("two numbers LOW,HIGH", lambda sides: len(sides) == 2 and 0 < sides[0] <= sides[1])


@dataclass(frozen=True, kw_only=True)
class StartSettings:
    pretrained: Annotated[
        str | None,
        Parameter(
            "weights of the backbone: a state dict in timm's layout, or timm's (default: timm)", metavar="PATH|timm"
        ),
    ] = None
    resume: Annotated[
        str | None,
        Parameter("start from the weights of this detector, or of that in a reader's folder", metavar="FILE.model"),
    ] = None
    from_scratch: Annotated[bool, Parameter("start from random weights")] = False


@dataclass(frozen=True, kw_only=True)
class TileSettings:
    freeze_bn: Annotated[bool, Parameter("keep the loaded statistics of batch normalisation")] = False
    freeze_bn_affine: Annotated[
        bool, Parameter("with --freeze-bn, also keep scale and offset of batch normalisation")
    ] = False
    tile_size: Annotated[int, Parameter("side of a training tile in pixels", POSITIVE)] = 1024
    short_side: Annotated[
        tuple[int, ...],
        Parameter("range of the short side of training pages, in pixels", _SIDES, metavar="LOW,HIGH"),
    ] = (1000, 1600)
    valid_short_side: Annotated[
        int | None, Parameter("short side of validation pages in pixels (default: mean of --short-side)", POSITIVE)
    ] = None
    tiles_per_page: Annotated[int, Parameter("tiles that a batch takes from a page", POSITIVE)] = 2
    cache_gib: Annotated[float, neutral("memory for decoded pages in GiB", NOT_NEGATIVE)] = 4.0


@dataclass(frozen=True, kw_only=True)
class ColourSettings:
    jitter_brightness: Annotated[float, Parameter("multiply brightness by a factor in 1 ± this", NOT_NEGATIVE)] = 0.2
    jitter_contrast: Annotated[float, Parameter("multiply contrast by a factor in 1 ± this", NOT_NEGATIVE)] = 0.2
    jitter_saturation: Annotated[float, Parameter("multiply saturation by a factor in 1 ± this", NOT_NEGATIVE)] = 0.2
    jitter_hue: Annotated[float, Parameter("shift hue by up to ± this share of the colour circle", HUE)] = 0.1
    random_grayscale_prob: Annotated[
        float, Parameter("probability that a tile is converted to gray", FRACTION, metavar="P")
    ] = 0.3

    @property
    def jitter(self) -> tuple[float, float, float, float]:
        return self.jitter_brightness, self.jitter_contrast, self.jitter_saturation, self.jitter_hue


@dataclass(frozen=True, kw_only=True)
class PageSettings:
    repeat_books: Annotated[
        str | None, Parameter("books whose pages are drawn more often than others", metavar="BOOK,…")
    ] = None
    repeats: Annotated[
        int, Parameter("how often --repeat-books draws a page while another is drawn once", POSITIVE)
    ] = 2


@dataclass(frozen=True, kw_only=True)
class LengthSettings:
    batch_size: Annotated[int, Parameter("tiles per step, over all GPUs", POSITIVE)] = 4
    iterations: Annotated[int, neutral("total number of steps", POSITIVE)] = 100_000
    snapshot_every: Annotated[int, Parameter("steps between validations", POSITIVE)] = 10_000
    snapshots: Annotated[tuple[int, ...], neutral("steps whose model is kept, for example 60000,100000", _STEPS)] = ()


@dataclass(frozen=True, kw_only=True)
class StepSettings:
    lr_steps: Annotated[tuple[int, ...], Parameter("steps at which the learning rate falls", _STEPS)] = (50_000,)
    lr_factor: Annotated[float, Parameter("factor by which the learning rate falls", POSITIVE)] = 0.1
    warmup_steps: Annotated[int, Parameter("steps of linear warm-up", NOT_NEGATIVE)] = 1000
    warmup_start: Annotated[
        float | None,
        Parameter("share of the learning rate in the first step of warm-up (default: that of one step)", FRACTION),
    ] = None
    bias_lr_factor: Annotated[float, Parameter("factor of the learning rate of biases", POSITIVE)] = 1.0
    bias_wd: Annotated[float | None, Parameter("weight decay of biases (default: that of --wd)", NOT_NEGATIVE)] = None


@dataclass(frozen=True, kw_only=True)
class PlaceSettings:
    workers: Annotated[int, neutral("threads that read and decode pages (default: all cores)", POSITIVE)] = (
        available_cores()
    )
    prefix: Annotated[str, neutral("name of the run")] = "detector"


ARCHITECTURE = Flags(DetectorArchitecture)
OPTIMIZER = Flags(create_optimizer, only=("optimizer", "base_lr", "momentum", "wd"), defaults={"base_lr": 0.01})
COLOURS = Flags(ColourSettings)
_START = Flags(StartSettings)
_GROUPS = {
    "network": [ARCHITECTURE],
    "tiles": [Flags(TileSettings), Flags(PageSettings), COLOURS],
    "length": [Flags(LengthSettings)],
    "optimizer and learning rate": [OPTIMIZER, Flags(StepSettings)],
    "run": [
        Flags(PlaceSettings),
        Flags(
            RunSettings,
            only=(
                "model_dir",
                "log_dir",
                "logger",
                "log_images",
                "fresh",
                "json",
                "save_minutes",
                "keep",
                "disp_batches",
                "seed",
            ),
        ),
        Flags(DeviceSettings, only=("device", "amp")),
        Flags(LookSettings, only=("dry_run", "all_settings")),
    ],
}
_FLAGS = [_START, *chain.from_iterable(_GROUPS.values())]
NEUTRAL_FLAGS = frozenset({"labels", "images"}.union(*(flags.neutral() for flags in _FLAGS)))


def build_parser() -> argparse.ArgumentParser:
    parser = Parser()
    add_flags(parser)
    return parser


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--labels", required=True, metavar="CSV", help="boxes of pages (a competition's train.csv)")
    parser.add_argument("--images", required=True, metavar="DIR", help="folder of the pages")
    held = parser.add_mutually_exclusive_group(required=True)
    held.add_argument("--hold-out", metavar="BOOK,…", help="books to hold out for validation")
    held.add_argument("--hold-out-pages", metavar="ID,…", help="pages to hold out for validation")
    _START.add_to(parser.add_mutually_exclusive_group())
    for title, declared in _GROUPS.items():
        group = parser.add_argument_group(title)
        for flags in declared:
            flags.add_to(group)


def resolve(args: argparse.Namespace) -> argparse.Namespace:
    """A copy of `args` with defaults settled; raises `UserError` where flags contradict each other."""
    recipe = copy.copy(args)
    for flags in _FLAGS:
        vars(recipe).update(flags.settled(recipe))
    recipe.keep = kept_epochs(recipe.keep)
    recipe.valid_short_side = recipe.valid_short_side or round(sum(recipe.short_side) / 2)
    if recipe.momentum > 1:
        raise UserError(f"--momentum {recipe.momentum:g}: expected a number from 0 to 1")
    if recipe.shared_head and recipe.architecture != "centernet":
        raise UserError(f"--shared-head: expected --architecture centernet, found {recipe.architecture}")
    if recipe.freeze_bn_affine and not recipe.freeze_bn:
        raise UserError("--freeze-bn-affine: expected --freeze-bn beside it")
    for flag, steps in (("--iterations", [recipe.iterations]), ("--snapshots", recipe.snapshots)):
        for step in steps:
            if step % recipe.snapshot_every:
                raise UserError(f"{flag} {step}: expected multiples of --snapshot-every {recipe.snapshot_every}")
    if any(step > recipe.iterations for step in recipe.snapshots):
        raise UserError(f"--snapshots {max(recipe.snapshots)}: the run ends at --iterations {recipe.iterations}")
    if not recipe.from_scratch and not recipe.resume:
        recipe.pretrained = recipe.pretrained or "timm"
    return recipe
