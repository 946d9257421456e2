"""The flags of `train.py`, with the names and defaults of the 2019 scripts, grouped by theme."""

import argparse
from collections.abc import Callable

from mojika.experiment.image_arguments import (
    BATCH,
    ERASING,
    MIXING,
    add_augmentation_flags,
    add_erasing_flags,
    add_input_flags,
    add_mixing_flags,
)
from mojika.models.architecture import ACTIVATIONS, POOLINGS
from mojika.models.heads import DEFAULT_HEAD, HEADS
from mojika.parameters.flags import Flags
from mojika.training.optimizers import create_optimizer

OPTIMIZER = Flags(create_optimizer)
HEAD_KINDS = [Flags(head, name, head.summary) for name, head in HEADS.items() if name != DEFAULT_HEAD]
SCHEDULES = ("auto", "multi-step", "cosine", "plateau", "one-cycle", "warmup-cosine")
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
    add_flags(parser)
    return parser


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("train", metavar="TRAIN_LIST", help="split list of the training samples (CSV)")
    parser.add_argument("valid", metavar="VALID_LIST", help="split list of the validation samples (CSV)")
    for title, add_group in GROUPS.items():
        add_group(parser.add_argument_group(title))


def _model(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--model", "-m", metavar="ARCH",
        help="2019 name, any timm name, or a .model file to fine-tune (default: resnet18; with --resume that file's)",
    )  # fmt: skip
    group.add_argument("--from-scratch", action="store_true", help="start from random weights")
    group.add_argument(
        "--pretrained",
        metavar="PATH|timm",
        help="start from a .model file, a state dict in timm's layout, or timm's ImageNet weights "
        "(default: timm, unless --from-scratch)",
    )
    group.add_argument("--grayscale", action="store_true", help="one input channel instead of three")
    group.add_argument(
        "--pooling", choices=POOLINGS, default="default",
        help="how the feature map becomes one vector: the network's own way, average, generalised mean "
        "(arXiv:1711.02512), average and maximum side by side (default: default)",
    )  # fmt: skip
    group.add_argument("--activation", choices=ACTIVATIONS, help="in place of the network's own")
    group.add_argument("--blur-pool", action="store_true", help="anti-aliased downsampling, arXiv:1904.11486")
    group.add_argument("--dropout", type=float, default=0.0, metavar="P", help="before the head (default: 0)")
    group.add_argument("--freeze-bn", action="store_true", help="keep the statistics of batch normalisation as loaded")


def _head(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--head", choices=tuple(HEADS), help=f"--l2softmax … --adacos say the same (default: {DEFAULT_HEAD})"
    )
    group.add_argument(
        "--neck",
        type=int,
        metavar="UNITS",
        help="hidden layer in front of each head (default: none)",
    )
    group.add_argument("--head-gate", action="store_true", help="squeeze-and-excitation on each head, arXiv:1709.01507")
    for flags in HEAD_KINDS:
        flags.add_to(group)
    group.add_argument(
        "--adacos-m", type=float, default=0.50, metavar="M", help="of old command lines: AdaCos has no margin"
    )


def _loss(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--loss", choices=["ce", "focal", "ohem"], default="ce",
        help="cross-entropy, focal loss, or cross-entropy of a batch's hardest samples (default: ce)",
    )  # fmt: skip
    group.add_argument("--label-smoothing", type=float, default=0.0, metavar="E", help="arXiv:1512.00567 (default: 0)")
    group.add_argument("--focal-gamma", type=float, default=2.0, metavar="G", help="arXiv:1708.02002 (default: 2)")
    group.add_argument(
        "--ohem-start", type=int, default=30, metavar="EPOCH", help="ohem: all samples count until here (default: 30)"
    )
    group.add_argument(
        "--ohem-scale",
        type=float,
        default=60.0,
        metavar="EPOCHS",
        help="ohem: their share then falls by e in (default: 60)",
    )
    group.add_argument(
        "--ohem-floor", type=float, default=0.65, metavar="RATE", help="ohem: to no less (default: 0.65)"
    )
    group.add_argument(
        "--head-weights", metavar="W,W,…",
        help="how much the loss of each head counts, in the order of the label columns (default: 1 each)",
    )  # fmt: skip
    group.add_argument(
        "--teacher", metavar="MODEL", help="learn from the soft answers of a .model file, too, arXiv:1503.02531"
    )
    group.add_argument(
        "--teacher-weight", type=float, default=0.5, metavar="W", help="share of its answers in the loss (default: 0.5)"
    )
    group.add_argument(
        "--teacher-temperature", type=float, default=2.0, metavar="T", help="softens both sides' answers (default: 2)"
    )
    group.add_argument("--onehot", action="store_true", help="sum the loss over the batch; pseudo labels weigh less")
    group.add_argument(
        "--pseudo-weight", type=float, default=0.9, metavar="W", help="of pseudo labels under --onehot (default: 0.9)"
    )
    group.add_argument(
        "--refine",
        action="store_true",
        help="finish a trained model: with --resume epochs count from its own, and --base-lr is the rate to start with",
    )


def _run(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--epochs", type=int, default=30, help="epochs in all (default: 30); may be raised later")
    group.add_argument("--steps", type=int, metavar="N", help="end after N optimizer steps, whatever --epochs says")
    group.add_argument(
        "--batch-size", "-b", type=int, default=128, help="images per step, over all GPUs together (default: 128)"
    )
    group.add_argument("--val-batch-size", type=int, default=256, help="images per validation step (default: 256)")
    group.add_argument(
        "--grad-accumulation", type=int, default=1, metavar="N",
        help="work through a batch in N parts, for less memory (default: 1)",
    )  # fmt: skip
    group.add_argument("--drop-last", action="store_true", help="leave out an incomplete last batch")
    group.add_argument("--undersampling", type=int, metavar="N", help="at most N samples a class, redrawn every epoch")
    group.add_argument("--prefix", default="auto", help="name of the run (default: model and digest of the flags)")
    group.add_argument("--model-dir", default="models", help="runs live in MODEL_DIR/PREFIX (default: models)")
    group.add_argument("--log-dir", help="put train.log and tensorboard/ into LOG_DIR/PREFIX instead")
    group.add_argument("--resume", metavar="MODEL", help="start a new run from the weights of a .model file")
    group.add_argument("--start-epoch", type=int, metavar="E", help="count epochs from here (default: 0; see --refine)")
    group.add_argument("--fresh", action="store_true", help="move an existing run of this name aside and start anew")
    group.add_argument("--save-minutes", type=float, default=10, help="save at least this often (default: 10)")
    group.add_argument(
        "--keep", default="none", metavar="none|all|N",
        help="keep epoch-NNNN.model of no epoch, of all, or of the newest N (default: none)",
    )  # fmt: skip
    group.add_argument("--save-best-only", action="store_true", help="same as --keep none")
    group.add_argument("--save-best-and-last", action="store_true", help="same as --keep none")
    group.add_argument(
        "--best-by", choices=["score", "loss"], default="score",
        help="best.model is the best by validation score (accuracy; the competition's score for graphemes) or loss; "
        "the other best one is kept beside it (default: score)",
    )  # fmt: skip
    group.add_argument(
        "--eval-every", type=int, metavar="N", help="validate after every N steps, too, not at ends of epochs only"
    )
    group.add_argument("--disp-batches", type=int, default=0, metavar="N", help="log every N steps (default: auto)")
    group.add_argument("--seed", type=int, default=0, help="all random numbers derive from it (default: 0)")


def _learning_rate(group: argparse._ArgumentGroup) -> None:
    OPTIMIZER.add_to(group)
    group.add_argument("--ema-decay", type=float, metavar="D", help="validate and keep a moving average of the weights")
    group.add_argument(
        "--lr-schedule", choices=SCHEDULES, default="auto",
        help="auto: plateau with --lr-patience, cosine with --cosine-annealing-t-max, else multi-step (default: auto)",
    )  # fmt: skip
    group.add_argument("--warmup-epochs", type=float, default=5, help="rise to --base-lr (default: 5)")
    group.add_argument("--warmup-share", type=float, metavar="F", help="that rise as a share of all steps of the run")
    group.add_argument("--lr-step-epochs", default="10,20", metavar="E,E,…", help="multi-step (default: 10,20)")
    group.add_argument(
        "--lr-factor", type=float, default=0.1, help="factor at each step, and of plateau (default: 0.1)"
    )
    group.add_argument("--lr-patience", type=int, metavar="EPOCHS", help="plateau: wait so long for a lower loss")
    group.add_argument("--cosine-annealing-t-max", type=int, metavar="EPOCHS", help="cosine: length of a cycle")
    group.add_argument("--cosine-annealing-mult", type=int, default=2, help="growth of its cycles (default: 2)")
    group.add_argument("--cosine-annealing-eta-min", type=float, default=1e-5, help="its lowest rate (default: 1e-5)")
    group.add_argument("--min-lr", type=float, default=0.0, help="lowest rate of plateau, warmup-cosine (default: 0)")
    for name in ("next", "current"):
        group.add_argument(f"--warm_restart_{name}", type=int, help="of old command lines: cosine keeps no such state")


def _speed(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--device", choices=["auto", "cpu", "cuda"], default="auto", help="where to train (default: auto)"
    )
    group.add_argument("--no-cuda", action="store_true", help="same as --device cpu")
    group.add_argument(
        "--amp", choices=["auto", "bf16", "fp16", "off"], default="auto", help="mixed precision (default: auto)"
    )
    group.add_argument(
        "--channels-last", choices=["auto", "on", "off"], default="auto",
        help="memory layout of images; auto: on under mixed precision and on a CPU (default: auto)",
    )  # fmt: skip
    group.add_argument("--compile", action="store_true", help="torch.compile the network: minutes once, faster steps")
    group.add_argument(
        "--residency", choices=["auto", "device", "host"], default="auto", help="of the images (default: auto)"
    )
    group.add_argument("--workers", "-j", type=int, help="augmentation threads on a CPU (default: -1, all cores)")
    group.add_argument("--sync-bn", action="store_true", help="batch normalisation over all GPUs (torchrun)")


def _looking(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--dry-run", action="store_true", help="validate everything, print the resolved recipe, stop")
    group.add_argument("--image-dump", action="store_true", help="write augmented samples to a PNG and stop")
    group.add_argument("--calc-rgb-mean-and-std", action="store_true", help="measure them on TRAIN_LIST and stop")


GROUPS: dict[str, Callable[[argparse._ArgumentGroup], None]] = {
    "model": _model,
    "head": _head,
    "loss": _loss,
    "run": _run,
    "optimizer and learning rate": _learning_rate,
    "input": add_input_flags,
    "augmentation of one image": add_augmentation_flags,
    "mixing": add_mixing_flags,
    "erasing": add_erasing_flags,
    "device and speed": _speed,
    "looking before training": _looking,
}
DECLARED = [
    *HEAD_KINDS,
    OPTIMIZER,
    *BATCH,
    *MIXING,
    *ERASING,
]
