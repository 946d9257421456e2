"""`mojika split`: split packs into training and validation lists by book, by page or at random."""

import argparse
import json
from pathlib import Path

from mojika.cli.numbers import fraction, not_negative, positive
from mojika.data.pack import Pack
from mojika.data.split_writer import UNITS, HoldOut, RandomShare, write_split
from mojika.errors import UserError

EXAMPLE = """example:
  mojika split input/kuzushiji-recognition/packs/gray124 --hold-out 200015779 \\
      --out input/kuzushiji-recognition/splits/200015779/gray124
  mojika split packs/generated packs/real --by page --hold-out 100241706_00007_2 --fill 0 --out splits/real
  mojika split packs/gray124 --hold-out 200015779 --append packs/gray124_pseudo --out splits/200015779/gray124_pseudo
  mojika split packs/books_rgb256 --random 0.2 --min-train 1 --out splits/books/rgb256
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("packs", type=Path, nargs="+", metavar="PACK", help="packs of `mojika pack`, of one class list")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--hold-out", action="append", metavar="NAME", help="book to validate on; may be given again")
    chosen.add_argument("--random", type=fraction, metavar="P", help="validate on this share of every class instead")
    parser.add_argument("--by", choices=list(UNITS), default="book", help="what NAME is (default: book)")
    parser.add_argument(
        "--append", type=Path, action="append", default=[], metavar="PACK",
        help="train on all of this pack too, as on pseudo-labels; may be given again",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for train.csv and valid.csv")
    parser.add_argument(
        "--min-train",
        type=positive,
        default=100,
        metavar="N",
        help="repeat smaller training classes to N (default: 100)",
    )
    parser.add_argument(
        "--fill", type=not_negative, default=20, metavar="N",
        help="training samples that a class without a validation sample gives at most (default: 20)",
    )  # fmt: skip
    parser.add_argument(
        "--fill-fraction", type=fraction, default=0.1, metavar="P", help="… and at most this share (default: 0.1)"
    )
    parser.add_argument("--seed", type=not_negative, default=0, help="chooses those samples (default: 0)")
    parser.add_argument("--force", action="store_true", help="replace a split that was made differently")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    packs, appended = ([Pack.open(folder) for folder in folders] for folders in (args.packs, args.append))
    report, existed = write_split(packs, _rule(args), args.out, appended=appended, force=args.force)
    if args.json:
        print(json.dumps(report))
        return
    up_to_date = "up to date, " if existed else ""
    lines = [
        "{train:,} samples of {train_classes:,} classes to train on, {epoch:,} an epoch with repetition",
        *["{appended:,} of these samples were appended"] * bool(appended),
        "{valid:,} samples of {valid_classes:,} classes to validate on",
        "{shared:,} samples of {shared_classes:,} classes are too rare for one list, stand in both and are marked",
    ]
    lines += ["{classes:,} classes in the class list: some have no sample here"] * (
        report["classes"] > report["train_classes"]
    )
    print("\n".join(f"{args.out}: {up_to_date}{line}" for line in lines).format(**report))


def _rule(args: argparse.Namespace) -> HoldOut | RandomShare:
    if args.random is not None:
        if (args.by, args.fill, args.fill_fraction) != ("book", 20, 0.1):
            raise UserError("--by, --fill and --fill-fraction are for --hold-out: leave them out with --random")
        return RandomShare(share=args.random, min_train=args.min_train, seed=args.seed)
    return HoldOut(
        hold_out=args.hold_out,
        by=args.by,
        fill=args.fill,
        fill_fraction=args.fill_fraction,
        min_train=args.min_train,
        seed=args.seed,
    )
