"""The flags of `train.py` on images: their input, augmentation, mixing and erasing."""

import argparse
from functools import partial

from mojika.augmentation.mixing import MIXERS
from mojika.parameters.flags import Flags
from mojika.sizes import parse_size

MIXING = [Flags(mixer, name, mixer.summary) for name, mixer in MIXERS.items()]


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
    group.add_argument(
        "--elastic", type=float, default=0.0, metavar="S", help="bend smoothly: shift of points, share of the side (0)"
    )
    group.add_argument("--elastic-points", type=int, default=5, metavar="N", help="such points a side (default: 5)")
    group.add_argument(
        "--stroke-width",
        type=float,
        default=0.0,
        metavar="S",
        help="widen or narrow bright strokes, 0 to 1 (default: 0)",
    )
    group.add_argument("--augmix", action="store_true", help="blend chains of operations, arXiv:1912.02781")
    group.add_argument("--augmix-p", type=float, default=1.0, help="share of images (default: 1)")
    group.add_argument("--augmix-severity", type=float, default=3.0, help="0 to 10 (default: 3)")
    group.add_argument("--augmix-width", type=int, default=3, help="chains (default: 3)")
    group.add_argument("--augmix-depth", type=int, default=3, help="operations in a chain, at most (default: 3)")
    group.add_argument("--augmix-alpha", type=float, default=1.0, help="of Dirichlet and Beta (default: 1)")


def add_mixing_flags(group: argparse._ArgumentGroup) -> None:
    for flags in MIXING:
        flags.add_to(group)
    group.add_argument(
        "--mix-schedule", metavar="NAME=P,…",
        help=f"several of {', '.join(MIXERS)}, each with its share of batches; the rest stays plain",
    )  # fmt: skip


def add_erasing_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--random-erasing", action="store_true", help="noise in a rectangle, arXiv:1708.04896")
    group.add_argument("--random-erasing-p", type=float, default=0.5, help="share of images (default: 0.5)")
    group.add_argument("--random-erasing-sl", type=float, default=0.02, help="smallest area (default: 0.02)")
    group.add_argument("--random-erasing-sh", type=float, default=0.4, help="largest area (default: 0.4)")
    group.add_argument("--random-erasing-r1", type=float, default=0.3, help="smallest aspect (default: 0.3)")
    group.add_argument("--random-erasing-r2", type=float, default=1 / 0.3, help="largest aspect (default: 3.33)")
    group.add_argument("--cutout", action="store_true", help="squares of the image's mean, arXiv:1708.04552")
    group.add_argument("--cutout-p", type=float, default=1.0, help="share of images (default: 1)")
    group.add_argument("--cutout-holes", type=int, default=1, help="squares per image (default: 1)")
    group.add_argument("--cutout-length", type=int, default=64, metavar="PX", help="their side (default: 64)")
    group.add_argument("--gridmask", action="store_true", help="a grid of squares is dropped, arXiv:2001.04086")
    group.add_argument("--gridmask-p", type=float, default=0.7, help="share of images (default: 0.7)")
    group.add_argument("--gridmask-period", default="0.4,1.0", help="of the shorter side (default: 0.4,1.0)")
    group.add_argument("--gridmask-keep", type=float, default=0.6, help="kept share of a period (default: 0.6)")
    group.add_argument("--gridmask-rotate", type=float, default=0.0, metavar="D", help="±D degrees (default: 0)")
