"""The flags of `train.py` on images: their input, augmentation, mixing and erasing."""

import argparse
from functools import partial

from mojika.augmentation.erasing import RandomErasing
from mojika.augmentation.mixing import MIXERS
from mojika.augmentation.operations import AFTER_MIXING, BEFORE_MIXING
from mojika.parameters.flags import Flags
from mojika.sizes import parse_size

BATCH = [Flags(operation, name, operation.summary) for name, operation in BEFORE_MIXING.items()]
MIXING = [Flags(mixer, name, mixer.summary) for name, mixer in MIXERS.items()]
ERASING = [  # random erasing leads the list
    Flags(operation, name, operation.summary)
    for name, operation in ({"random_erasing": RandomErasing} | AFTER_MIXING).items()
]


def add_input_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--scale-size", type=partial(parse_size, flag="--scale-size"), metavar="PX|HxW",
        help="crops are scaled to this square, or height x width such as 137x236 (default: by model)",
    )  # fmt: skip
    group.add_argument(
        "--input-size", type=partial(parse_size, flag="--input-size"), metavar="PX|HxW",
        help="and cropped to this (default: by model)",
    )  # fmt: skip
    group.add_argument("--rgb-mean", default="0,0,0", help="subtracted from pixels in 0…1 (default: 0,0,0)")
    group.add_argument("--rgb-std", default="1,1,1", help="and divided by (default: 1,1,1)")
    group.add_argument(
        "--interpolation", type=str.upper, choices=["NEAREST", "BILINEAR", "BICUBIC"], default="BICUBIC",
        help="of the one resample (default: BICUBIC)",
    )  # fmt: skip
    group.add_argument(
        "--simple-label", action="store_true", help="of old command lines: any labels will do, with it or without"
    )


def add_augmentation_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--random-resized-crop-scale", default="0.8,1.0", help="area fraction (default: 0.8,1.0)")
    group.add_argument(
        "--random-resized-crop-ratio",
        default="0.75,1.3333333333333333",
        help="width / height, 1 being the image's own (default: 0.75,1.3333)",
    )
    group.add_argument(
        "--random-horizontal-flip", type=float, default=0.5, metavar="P", help="probability (default: 0.5)"
    )
    group.add_argument("--random-vertical-flip", type=float, default=0.0, metavar="P", help="probability (default: 0)")
    group.add_argument("--random-rotate-degree", type=float, default=3.0, metavar="D", help="±D degrees (default: 3)")
    group.add_argument(
        "--random-shear-degree", type=float, default=0.0, metavar="D", help="uprights lean ±D degrees (default: 0)"
    )
    group.add_argument("--jitter-brightness", type=float, default=0.10, help="a factor of 1 ± this (default: 0.10)")
    group.add_argument("--jitter-contrast", type=float, default=0.10, help="a factor of 1 ± this (default: 0.10)")
    group.add_argument("--jitter-saturation", type=float, default=0.10, help="a factor of 1 ± this (default: 0.10)")
    group.add_argument("--jitter-hue", type=float, default=0.05, help="± of the colour circle (default: 0.05)")
    group.add_argument("--random-grayscale-prob", type=float, default=0.0, metavar="P", help="probability (default: 0)")
    group.add_argument("--pca-noise", type=float, default=0.0, metavar="STD", help="AlexNet's lighting (default: 0)")
    for flags in BATCH:
        flags.add_to(group)


def add_mixing_flags(group: argparse._ArgumentGroup) -> None:
    for flags in MIXING:
        flags.add_to(group)
    group.add_argument(
        "--mix-schedule", metavar="NAME=P,…",
        help=f"several of {', '.join(MIXERS)}, each with its share of batches; the rest stays plain",
    )  # fmt: skip


def add_erasing_flags(group: argparse._ArgumentGroup) -> None:
    for flags in ERASING:
        flags.add_to(group)
