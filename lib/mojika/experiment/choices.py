"""What several flags of `train.py` decide together; raises `UserError` where they contradict each other."""

import argparse
import copy
from collections.abc import Callable
from typing import Any

from mojika.augmentation.mixing import MIXERS
from mojika.errors import UserError
from mojika.experiment.settings import kept_epochs
from mojika.models.heads import DEFAULT_HEAD, HEADS

_OFF_AT_ZERO = ("undersampling", "lr_patience", "cosine_annealing_t_max")
_STRENGTHS = {"mixup": "mixup_alpha", "cutmix": "cutmix_beta"}


def without_zeros(args: argparse.Namespace, default: Callable[[str], Any]) -> argparse.Namespace:
    """A copy without what a number of 0 switches off, as it did in 2019; `default` is a flag's by its name.

    Mixing of strength 0 leaves images as they are. Where it is off, its strength may also be negative.
    """
    args = copy.copy(args)
    for name in _OFF_AT_ZERO:
        setattr(args, name, getattr(args, name) or None)
    for mixer, strength in _STRENGTHS.items():
        if getattr(args, mixer) and getattr(args, strength) == 0:
            setattr(args, mixer, False)
        used = getattr(args, mixer) or mixer in (args.mix_schedule or "")
        if not used and getattr(args, strength) <= 0:
            setattr(args, strength, default(strength))
    return args


def chosen_head(args: argparse.Namespace) -> str:
    """The kind of head, by `--head NAME` or by `--NAME`."""
    named = [name for name in HEADS if getattr(args, name, False)]
    if args.head and args.head not in named:
        named.append(args.head)
    if len(named) > 1:
        flags = " and ".join(f"--{name}" if getattr(args, name, False) else f"--head {name}" for name in named)
        raise UserError(f"{flags} contradict each other: give one of them")
    return named[0] if named else DEFAULT_HEAD


def chosen_mixing(args: argparse.Namespace) -> dict[str, float]:
    """Which mixing takes which share of the batches; plain batches are what is missing to one."""
    named = [name for name in MIXERS if getattr(args, name)]
    if args.mix_schedule and named:
        raise UserError(f"--mix-schedule says how batches are mixed: leave out --{' and --'.join(named)}")
    if len(named) > 1:
        raise UserError(
            f"--{' and --'.join(named)} each mix the whole batch: give one of them, or --mix-schedule "
            f"{','.join(f'{name}={1 / len(named):.2g}' for name in named)}"
        )
    if not args.mix_schedule:
        return {name: getattr(args, f"{name}_prob", 1.0) for name in named}
    schedule = {}
    for field in args.mix_schedule.split(","):
        name, _, share = field.partition("=")
        try:
            schedule[name] = float(share)
        except ValueError:
            schedule = {}
        if name not in MIXERS or not 0 < schedule.get(name, 0) <= 1:
            raise UserError(
                f"--mix-schedule {args.mix_schedule}: expected NAME=SHARE,… with {', '.join(MIXERS)} and shares in 0…1"
            )
    if sum(schedule.values()) > 1 + 1e-9:
        raise UserError(f"--mix-schedule {args.mix_schedule}: the shares add up to {sum(schedule.values()):g}, above 1")
    return schedule


def chosen_schedule(args: argparse.Namespace) -> str:
    """The schedule of the learning rate, by `--lr-schedule` or by the flag that only one of them has."""
    implied = "plateau" if args.lr_patience else "cosine" if args.cosine_annealing_t_max else None
    if args.lr_schedule == "auto":
        return implied or "multi-step"
    if implied and implied != args.lr_schedule:
        flag = "--lr-patience" if implied == "plateau" else "--cosine-annealing-t-max"
        raise UserError(f"--lr-schedule {args.lr_schedule} and {flag} contradict each other: give one of them")
    needed = {
        "plateau": ("lr_patience", "--lr-patience"),
        "cosine": ("cosine_annealing_t_max", "--cosine-annealing-t-max"),
    }
    name, flag = needed.get(args.lr_schedule, ("", ""))
    if name and not getattr(args, name):
        raise UserError(f"--lr-schedule {args.lr_schedule} needs {flag} EPOCHS")
    return args.lr_schedule


def chosen_keep(args: argparse.Namespace) -> str | int:
    """Which epochs' files are kept: "none", "all" or a number of the newest."""
    best_and_last = args.save_best_only or args.save_best_and_last
    if best_and_last and args.keep != "none":
        flag = "--save-best-only" if args.save_best_only else "--save-best-and-last"
        raise UserError(f"{flag} and --keep {args.keep} contradict each other: give one of them")
    return kept_epochs(args.keep)
