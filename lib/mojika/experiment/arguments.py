"""The flags of `train.py`, with the names and defaults of the 2019 scripts, grouped by theme.

What the modules that compute declare (`declared_flags`) is read from a file, so that nobody waits for torch here.
"""

import argparse
from collections.abc import Callable
from functools import cache, partial

from mojika.experiment.flag_table import read_flag_table
from mojika.parameters.argument_types import fraction
from mojika.parameters.parser import Parser, is_named
from mojika.sizes import parse_size

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


def is_left_open(args: argparse.Namespace, name: str) -> bool:
    """Whether this flag has its default, and nobody gave it: a value that somebody gave is meant, also the default."""
    return not is_named(args, name) and bool(getattr(args, name) == build_parser().get_default(name))


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
    for title, options in read_flag_table().items():
        group = parser.add_argument_group(title)
        for names, about in options:
            group.add_argument(*names, **about)
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


BY_HAND: dict[str, Callable[[argparse._ArgumentGroup], None]] = {
    "optimizer and learning rate": _add_old_restart_flags,
    "input": _add_input_flags,
}
