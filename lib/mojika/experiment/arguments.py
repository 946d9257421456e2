"""The flags of `train.py`, with the names and defaults of the 2019 scripts, grouped by theme."""

import argparse
from collections.abc import Callable
from functools import cache, partial
from itertools import chain

from mojika.augmentation.erasing import RandomErasing
from mojika.augmentation.image import ImageAugmentation
from mojika.augmentation.mixing import MIXERS
from mojika.augmentation.operations import AFTER_MIXING, BEFORE_MIXING
from mojika.experiment.model_settings import HeadSettings, MixingSettings, ModelSettings, OldHeadSettings
from mojika.experiment.settings import DeviceSettings, LookSettings, RunSettings, ScheduleSettings, TargetSettings
from mojika.models.heads import DEFAULT_HEAD, HEADS
from mojika.parameters.argument_types import fraction
from mojika.parameters.flags import Flags, flags_of
from mojika.parameters.parser import Parser
from mojika.sizes import parse_size
from mojika.training.losses import LOSSES, LossSettings
from mojika.training.optimizers import create_optimizer
from mojika.training.schedules import cosine, multi_step, plateau, warm_up_cosine

EXAMPLE = """example:
  python train.py input/splits/train.csv input/splits/valid.csv --model resnet18 --from-scratch --grayscale \\
      --scale-size 72 --input-size 64 --epochs 20 --l2softmax --icap --random-erasing --prefix my_first_model

  python train.py --data my_letters     # my_letters/か/0001.png, …: all else follows

Running the same command again resumes an interrupted run; a finished run says so.
"""


@cache
def build_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="train.py", description="Train a classifier on the crops of a split list.", epilog=EXAMPLE)
    add_flags(parser)
    return parser


def add_flags(parser: argparse.ArgumentParser) -> None:
    lists = [
        parser.add_argument(
            "train",
            metavar="TRAIN_LIST",
            help="split list of the training samples (CSV), or a folder of class folders",
        ),
        parser.add_argument("valid", metavar="VALID_LIST", help="the same of the validation samples"),
    ]
    for each in lists:
        each.required = False  # with --data
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        help="instead of the lists: labelled images in any shape that `mojika import` knows, such as class folders; a "
        "fifth of every class validates where no part does, and settings that no flag names suit characters",
    )
    parser.add_argument(
        "--valid-fraction",
        type=fraction,
        metavar="P",
        help="without VALID_LIST: hold this share of every class of TRAIN_LIST out for validation, drawn by --seed; of "
        "--data the share that validates (default: 0.2 with --data)",
    )
    for title, declared in GROUPS.items():
        group = parser.add_argument_group(title)
        for flags in declared:
            flags.add_to(group)
        if title in BY_HAND:
            BY_HAND[title](group)


def _add_input_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--scale-size", type=partial(parse_size, flag="--scale-size"), metavar="PX|HxW",
        help="crops are scaled to a square of this side, or to height x width such as 137x236 (default: by model)",
    )  # fmt: skip
    group.add_argument(
        "--input-size", type=partial(parse_size, flag="--input-size"), metavar="PX|HxW",
        help="size of the network's input, cut out of the scaled crop (default: by model)",
    )  # fmt: skip
    group.add_argument(
        "--rgb-mean", default="0,0,0", help="mean that is subtracted from pixels in 0…1 (default: 0,0,0)"
    )
    group.add_argument(
        "--rgb-std", default="1,1,1", help="standard deviation by which pixels are divided (default: 1,1,1)"
    )
    group.add_argument(
        "--interpolation", type=str.upper, choices=["NEAREST", "BILINEAR", "BICUBIC"], default="BICUBIC",
        help="interpolation of the single resampling step (default: BICUBIC)",
    )  # fmt: skip
    group.add_argument(
        "--simple-label", action="store_true", help="no effect, accepted for old command lines: labels may be any text"
    )


def _add_old_restart_flags(group: argparse._ArgumentGroup) -> None:
    for name in ("next", "current"):
        group.add_argument(
            f"--warm_restart_{name}",
            type=int,
            help="no effect, accepted for old command lines: cosine has no such state",
        )


GROUPS: dict[str, list[Flags]] = {
    "model": [Flags(ModelSettings)],
    "head": [
        Flags(HeadSettings),
        *flags_of({name: head for name, head in HEADS.items() if name != DEFAULT_HEAD}),
        Flags(OldHeadSettings),
    ],
    "loss": [
        Flags(LossSettings),
        *(Flags(component, name) for name, loss in LOSSES.items() for component in loss if component),
        Flags(TargetSettings),
    ],
    "run": [Flags(RunSettings)],
    "optimizer and learning rate": [
        Flags(create_optimizer),
        Flags(ScheduleSettings),
        Flags(multi_step),
        Flags(plateau),
        Flags(cosine, "cosine_annealing"),
        Flags(warm_up_cosine),
    ],
    "input": [],
    "augmentation of one image": [Flags(ImageAugmentation), *flags_of(BEFORE_MIXING)],
    "mixing": [*flags_of(MIXERS), Flags(MixingSettings)],
    "erasing": flags_of({"random_erasing": RandomErasing} | AFTER_MIXING),  # random erasing leads the list
    "device and speed": [Flags(DeviceSettings)],
    "looking before training": [Flags(LookSettings)],
}
_NEUTRAL_BY_HAND = {"data", "train", "valid", "simple_label", "warm_restart_next", "warm_restart_current"}
NEUTRAL_FLAGS = _NEUTRAL_BY_HAND.union(*(flags.neutral() for flags in chain.from_iterable(GROUPS.values())))
BY_HAND: dict[str, Callable[[argparse._ArgumentGroup], None]] = {
    "optimizer and learning rate": _add_old_restart_flags,
    "input": _add_input_flags,
}
