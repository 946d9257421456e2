"""The flags of `train.py`, with the names and defaults of the 2019 scripts, grouped by theme."""

import argparse

EXAMPLE = """example:
  python train.py input/splits/train.csv input/splits/valid.csv --model resnet18 --from-scratch --grayscale \\
      --scale-size 72 --input-size 64 --epochs 20 --l2softmax --icap --random-erasing --prefix my_first_model

Running the same command again goes on where it stopped; a finished run says so.
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py",
        description="Train a classifier on the crops of a split list.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for add_group in (
        _lists,
        _model,
        _run,
        _learning_rate,
        _input,
        _augmentation,
        _mixing_and_erasing,
        _speed,
        _looking,
    ):
        add_group(parser)
    return parser


def _lists(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("train", metavar="TRAIN_LIST", help="split list of the training samples (CSV)")
    parser.add_argument("valid", metavar="VALID_LIST", help="split list of the validation samples (CSV)")


def _model(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("model")
    group.add_argument("--model", "-m", metavar="ARCH", default="resnet18", help="2019 name or any timm name")
    group.add_argument("--from-scratch", action="store_true", help="start from random weights")
    group.add_argument(
        "--pretrained",
        metavar="PATH|timm",
        help="start from a state dict in timm's layout, or from timm's ImageNet weights "
        "(default: timm, unless --from-scratch)",
    )
    group.add_argument("--grayscale", action="store_true", help="one input channel instead of three")
    group.add_argument("--l2softmax", action="store_true", help="L2-constrained softmax head (default: linear)")
    group.add_argument(
        "--l2softmax-temp", type=float, default=0.05, metavar="T", help="its temperature (default: 0.05)"
    )


def _run(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("run")
    group.add_argument("--epochs", type=int, default=30, help="epochs in all (default: 30); may be raised later")
    group.add_argument("--batch-size", "-b", type=int, default=128, help="images per step (default: 128)")
    group.add_argument("--val-batch-size", type=int, default=256, help="images per validation step (default: 256)")
    group.add_argument("--drop-last", action="store_true", help="leave out an incomplete last batch")
    group.add_argument("--undersampling", type=int, metavar="N", help="at most N samples a class, redrawn every epoch")
    group.add_argument("--prefix", default="auto", help="name of the run (default: model and digest of the flags)")
    group.add_argument("--model-dir", default="models", help="runs live in MODEL_DIR/PREFIX (default: models)")
    group.add_argument("--log-dir", help="put train.log and tensorboard/ into LOG_DIR/PREFIX instead")
    group.add_argument("--resume", metavar="MODEL", help="start a new run from the weights of a .model file")
    group.add_argument("--start-epoch", type=int, default=0, help="count epochs from here (with --resume)")
    group.add_argument("--fresh", action="store_true", help="move an existing run of this name aside and start anew")
    group.add_argument("--save-minutes", type=float, default=10, help="save at least this often (default: 10)")
    group.add_argument("--disp-batches", type=int, default=0, metavar="N", help="log every N steps (default: auto)")
    group.add_argument("--seed", type=int, default=0, help="all random numbers derive from it (default: 0)")


def _learning_rate(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("optimizer and learning rate")
    group.add_argument("--optimizer", choices=["sgd"], default="sgd", help="(default: sgd)")
    group.add_argument("--base-lr", type=float, default=0.1, help="learning rate after warm-up (default: 0.1)")
    group.add_argument("--momentum", type=float, default=0.9, help="(default: 0.9)")
    group.add_argument("--wd", type=float, default=1e-4, help="weight decay (default: 1e-4)")
    group.add_argument("--warmup-epochs", type=float, default=5, help="linear warm-up (default: 5)")
    group.add_argument(
        "--lr-step-epochs", default="10,20", metavar="E,E,…", help="multi-step schedule (default: 10,20)"
    )
    group.add_argument("--lr-factor", type=float, default=0.1, help="factor at each of these epochs (default: 0.1)")
    group.add_argument("--cosine-annealing-t-max", type=int, metavar="EPOCHS", help="cosine schedule instead")
    group.add_argument("--cosine-annealing-mult", type=int, default=2, help="growth of its cycles (default: 2)")
    group.add_argument("--cosine-annealing-eta-min", type=float, default=1e-5, help="its lowest rate (default: 1e-5)")


def _input(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("input")
    group.add_argument("--scale-size", type=int, metavar="PX", help="crops are scaled to this (default: by model)")
    group.add_argument("--input-size", type=int, metavar="PX", help="and cropped to this (default: by model)")
    group.add_argument("--rgb-mean", default="0,0,0", help="subtracted from pixels in 0…1 (default: 0,0,0)")
    group.add_argument("--rgb-std", default="1,1,1", help="and divided by (default: 1,1,1)")
    group.add_argument(
        "--interpolation", type=str.upper, choices=["NEAREST", "BILINEAR", "BICUBIC"], default="BICUBIC",
        help="(default: BICUBIC)",
    )  # fmt: skip


def _augmentation(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("augmentation of one image")
    group.add_argument("--random-resized-crop-scale", default="0.8,1.0", help="area fraction (default: 0.8,1.0)")
    group.add_argument("--random-resized-crop-ratio", default="0.75,1.3333333333333333", help="(default: 0.75,1.3333)")
    group.add_argument("--random-horizontal-flip", type=float, default=0.5, metavar="P", help="(default: 0.5)")
    group.add_argument("--random-vertical-flip", type=float, default=0.0, metavar="P", help="(default: 0)")
    group.add_argument("--random-rotate-degree", type=float, default=3.0, metavar="D", help="±D degrees (default: 3)")
    group.add_argument("--jitter-brightness", type=float, default=0.10, help="(default: 0.10)")
    group.add_argument("--jitter-contrast", type=float, default=0.10, help="(default: 0.10)")
    group.add_argument("--jitter-saturation", type=float, default=0.10, help="(default: 0.10)")
    group.add_argument("--jitter-hue", type=float, default=0.05, help="(default: 0.05)")
    group.add_argument("--random-grayscale-prob", type=float, default=0.0, metavar="P", help="(default: 0)")
    group.add_argument("--pca-noise", type=float, default=0.0, metavar="STD", help="AlexNet's lighting (default: 0)")


def _mixing_and_erasing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("mixing and erasing")
    group.add_argument("--mixup", action="store_true", help="blend pairs of images, arXiv:1710.09412")
    group.add_argument("--mixup-alpha", type=float, default=0.2, help="(default: 0.2)")
    group.add_argument("--icap", action="store_true", help="four images, each at its own place of the canvas")
    group.add_argument("--icap-beta", type=float, default=0.3, help="(default: 0.3)")
    group.add_argument("--icap-prob", type=float, default=1.0, help="share of batches (default: 1)")
    group.add_argument("--random-erasing", action="store_true", help="noise in a rectangle, arXiv:1708.04896")
    group.add_argument("--random-erasing-p", type=float, default=0.5, help="share of images (default: 0.5)")
    group.add_argument("--random-erasing-sl", type=float, default=0.02, help="smallest area (default: 0.02)")
    group.add_argument("--random-erasing-sh", type=float, default=0.4, help="largest area (default: 0.4)")
    group.add_argument("--random-erasing-r1", type=float, default=0.3, help="smallest aspect (default: 0.3)")
    group.add_argument("--random-erasing-r2", type=float, default=1 / 0.3, help="largest aspect (default: 3.33)")


def _speed(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("device and speed")
    group.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="(default: auto)")
    group.add_argument("--no-cuda", action="store_true", help="same as --device cpu")
    group.add_argument("--amp", choices=["auto", "bf16", "fp16", "off"], default="auto", help="(default: auto)")
    group.add_argument("--channels-last", choices=["auto", "on", "off"], default="auto", help="(default: auto)")
    group.add_argument("--residency", choices=["auto", "device", "host"], default="auto", help="(default: auto)")
    group.add_argument("--workers", "-j", type=int, help="augmentation threads on a CPU (default: all cores)")


def _looking(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("looking before training")
    group.add_argument("--dry-run", action="store_true", help="validate everything, print the resolved recipe, stop")
    group.add_argument("--image-dump", action="store_true", help="write augmented samples to a PNG and stop")
