"""`mojika split`: split packs, or images that are not packed, into training and validation lists: by book, page or
writer, at random or in folds."""

import argparse
from typing import TYPE_CHECKING, Any

from mojika.cli.stage import Report, add_flags, add_out, made, refuse_flags
from mojika.errors import UserError
from mojika.files.urls import place
from mojika.parameters.argument_types import fraction, not_negative, positive

if TYPE_CHECKING:
    from mojika.data.split_folds import BookFolds
    from mojika.data.split_graphemes_writer import Folds, HeldOutGroups
    from mojika.data.split_images import ImageFolds
    from mojika.data.split_writer import HoldOut, RandomShare

_UNITS = ["book", "page", "group"]
_OF_SEVERAL = ("by_label", "unseen", "repeat", "validate_on")
_RULES_OF_2019 = ("min_valid", "copy_rare", "extra_copy")

EXAMPLE = """example:
  mojika split input/kuzushiji-recognition/packs/gray124 --hold-out 200015779 \\
      --out input/kuzushiji-recognition/splits/200015779/gray124
  mojika split packs/generated packs/real --by page --hold-out 100241706_00007_2 --fill 0 --out splits/real
  mojika split packs/gray124 --hold-out 200015779 --append packs/gray124_pseudo --out splits/200015779/gray124_pseudo
  mojika split packs/books_rgb256 --valid-fraction 0.2 --min-train 1 --out splits/books/rgb256
  mojika split packs/gray124 --folds 5 --fold 0 --out splits/fold_0/gray124
  mojika split my_letters --valid-fraction 0.2 --out data/my_letters                 # my_letters/か/0001.png, …
  mojika split packs/graphemes --folds 5 --fold 0 --unseen 0.1 --out splits/graphemes/0
  mojika split packs/graphemes --folds 20 --fold 0 --append packs/generated \\
      --validate-on packs/other_writers --out splits/graphemes/generated
  mojika split packs/graphemes --by group --hold-out writer_4 --out splits/graphemes/writer_4
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "packs",
        type=place,
        nargs="+",
        metavar="PACK",
        help="packs of `mojika pack` with the same class list; or class folders and label,path lists",
    )
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--hold-out", action="append", metavar="NAME", help="book to validate on; may be given again")
    chosen.add_argument(
        "--valid-fraction", type=fraction, metavar="P", help="validate on this share of every class instead"
    )
    chosen.add_argument(
        "--folds",
        type=positive,
        metavar="K",
        help="validate on one of K folds of whole books (or --by page), each with its share of every class",
    )
    parser.add_argument(
        "--by",
        choices=_UNITS,
        help="unit that --hold-out names and --folds keep together (default: book; group: the writer of graphemes)",
    )
    parser.add_argument("--fold", type=not_negative, metavar="I", help="number of the fold to validate on, from 0")
    several = parser.add_argument_group("packs with several label columns")
    several.add_argument(
        "--by-label", action="append", default=[], metavar="COLUMN",
        help="stratify the folds over this label column; may be given again (default: over all)",
    )  # fmt: skip
    several.add_argument(
        "--unseen", type=fraction, metavar="P", help="keep this share of the graphemes completely out of training"
    )
    several.add_argument("--repeat", type=positive, metavar="N", help="use samples of PACK N times per epoch")
    several.add_argument(
        "--validate-on", type=place, action="append", default=[], metavar="PACK",
        help="validate on all of this pack too and train on none of it; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--append", type=place, action="append", default=[], metavar="PACK",
        help="train on all of this pack too, as on pseudo-labels; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--repeat-appended", type=positive, default=1, metavar="N",
        help="use appended samples N times per epoch (default: 1)",
    )  # fmt: skip
    add_out(parser, "DIR", "folder with train.csv and valid.csv")
    parser.add_argument(
        "--min-train",
        type=positive,
        metavar="N",
        help="repeat samples of training classes with fewer than N samples up to N (default: 100)",
    )
    parser.add_argument(
        "--fill", type=not_negative, metavar="N",
        help="most training samples that move to validation for a class without validation samples (default: 20)",
    )  # fmt: skip
    parser.add_argument(
        "--fill-fraction",
        type=fraction,
        metavar="P",
        help="largest share of a class's training samples that moves to validation (default: 0.1)",
    )
    parser.add_argument(
        "--min-valid",
        type=positive,
        metavar="N",
        help="repeat samples of validation classes with fewer than N samples up to N (default: 1)",
    )
    parser.add_argument(
        "--copy-rare", action="store_true", default=None,
        help="put all samples of a class that one list lacks in both lists, unless more than --fill of them are "
        "--fill-fraction of the class, as in 2019",
    )  # fmt: skip
    parser.add_argument(
        "--extra-copy", action="store_true", default=None,
        help="repeat once more: 1 + N // n times for n samples below N, as in 2019",
    )  # fmt: skip
    add_flags(parser, "seed", "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.data.pack import Pack
    from mojika.data.split_graphemes_writer import write_grapheme_split
    from mojika.data.split_images import are_images, write_image_split
    from mojika.data.split_writer import write_split

    if any(map(are_images, args.packs)):
        report, existed = write_image_split(args.packs, _image_rule(args), args.out, force=args.force)
        return made(args.out, report, *(line.format(**report) for line in _lines(report)), existed=existed)
    packs, appended = ([Pack.open(folder) for folder in folders] for folders in (args.packs, args.append))
    folders = [pack.folder.resolve() for pack in packs]
    if twice := next((pack for pack, folder in zip(packs, folders, strict=True) if folders.count(folder) > 1), None):
        raise UserError(f"{twice.place}: expected each pack once, found it again; its samples would be in both lists")
    if args.out.resolve() in folders:
        raise UserError(f"{args.out}: expected a folder for the lists other than that of a pack")
    common: dict[str, Any] = {"appended": appended, "repeat_appended": args.repeat_appended, "force": args.force}
    if len(packs[0].heads) > 1:
        common |= _given(args, "repeat") | {"validate_on": [Pack.open(folder) for folder in args.validate_on]}
        report, existed = write_grapheme_split(packs, _grapheme_rule(args), args.out, **common)
        lines = _grapheme_lines(report)
    else:
        report, existed = write_split(packs, _rule(args), args.out, **common)
        lines = _lines(report)
    return made(args.out, report, *(line.format(**report) for line in lines), existed=existed)


def _lines(report: dict[str, int]) -> list[str]:
    return [
        "{train:,} samples of {train_classes:,} classes to train on, {epoch:,} an epoch with repetition",
        *["{appended:,} of these samples were appended"] * ("appended" in report),
        "{valid:,} samples of {valid_classes:,} classes to validate on",
        *["{shared:,} samples of {shared_classes:,} classes are too rare to be split: they are in both lists, marked"]
        * (report["shared"] > 0),
        *["{classes:,} classes in the class list: some have no sample here"]
        * (report["classes"] > report["train_classes"]),
    ]


def _grapheme_lines(report: dict[str, int]) -> list[str]:
    return [
        "{train:,} samples of {train_graphemes:,} graphemes to train on"
        + ", {epoch:,} an epoch with repetition" * (report.get("epoch", 0) > report["train"]),
        *["{appended:,} of these samples were appended"] * ("appended" in report),
        "{valid:,} samples of {valid_graphemes:,} graphemes to validate on",
        *["{validated_on:,} of these samples are of packs that are only validated on"] * ("validated_on" in report),
        "{unseen:,} of these, of {unseen_graphemes:,} graphemes, do not occur in training and are marked",
        *["{left_out:,} samples of held-out graphemes are in neither list"] * (report["left_out"] > 0),
        *["{untrained_classes:,} classes to validate on do not occur in training"] * (report["untrained_classes"] > 0),
    ]


def _image_rule(args: argparse.Namespace) -> "ImageFolds | RandomShare":
    """For images that are not packed, which have no books."""
    from mojika.data.split_images import ImageFolds
    from mojika.data.split_writer import RandomShare

    refuse_flags(args, ("hold_out", "by", "append", "fill", "fill_fraction", "min_train", *_RULES_OF_2019), "packs")
    refuse_flags(args, _OF_SEVERAL, "packs with several label columns")
    if args.folds is None:
        refuse_flags(args, ("fold",), "--folds")
        return RandomShare(share=args.valid_fraction, min_train=1, seed=args.seed)
    return ImageFolds(folds=args.folds, fold=_fold(args), seed=args.seed)


def _rule(args: argparse.Namespace) -> "HoldOut | RandomShare | BookFolds":
    """For one label column. What was not given takes the default that the rule has."""
    from mojika.data.split_folds import BookFolds
    from mojika.data.split_writer import HoldOut, RandomShare

    refuse_flags(args, _OF_SEVERAL, "packs with several label columns")
    if args.folds is not None:
        given = _given(args, "by", "fill", "fill_fraction", "min_train", *_RULES_OF_2019)
        return BookFolds(folds=args.folds, fold=_fold(args), seed=args.seed, **given)
    refuse_flags(args, ("fold",), "--folds")
    if args.valid_fraction is not None:
        refuse_flags(args, ("by", "fill", "fill_fraction", *_RULES_OF_2019), "--hold-out")
        return RandomShare(share=args.valid_fraction, seed=args.seed, **_given(args, "min_train"))
    given = _given(args, "by", "fill", "fill_fraction", "min_train", *_RULES_OF_2019)
    return HoldOut(hold_out=args.hold_out, seed=args.seed, **given)


def _grapheme_rule(args: argparse.Namespace) -> "Folds | HeldOutGroups":
    """For several label columns."""
    from mojika.data.split_graphemes_writer import Folds, HeldOutGroups

    refuse_flags(
        args, ("valid_fraction", "fill", "fill_fraction", "min_train", *_RULES_OF_2019), "packs with one label column"
    )
    if args.folds is None:
        refuse_flags(args, ("fold", "by_label"), "--folds")
        by = args.by or "group"
        return HeldOutGroups(hold_out=args.hold_out, by=by, seed=args.seed, **_given(args, "unseen"))
    refuse_flags(args, ("by",), "--hold-out")
    chosen = _given(args, "unseen")
    return Folds(folds=args.folds, fold=_fold(args), by_label=args.by_label, seed=args.seed, **chosen)


def _fold(args: argparse.Namespace) -> int:
    if args.fold is None:
        raise UserError(f"--folds {args.folds}: expected --fold, the fold to validate on, from 0 to {args.folds - 1}")
    fold: int = args.fold
    return fold


def _given(args: argparse.Namespace, *names: str) -> dict[str, Any]:
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}
