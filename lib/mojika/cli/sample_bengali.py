"""`mojika sample bengali`: generate handwritten graphemes in the layout of Kaggle's bengaliai-cv19."""

import argparse
import sys
from pathlib import Path

from mojika.cli.drawing_flags import add_fonts
from mojika.cli.stage import Report, made
from mojika.errors import UserError
from mojika.parameters.argument_types import fraction, not_negative, positive

SUMMARY = "handwritten graphemes, as Kaggle's bengaliai-cv19 has them"
EXAMPLE = """example:
  mojika sample bengali input/bengali_sample --train 20000 --test 5000 --writers 200 --unseen 0.3
  mojika sample bengali input/bengali_more --train 50000 --like input/bengaliai-cv19/train.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--train", type=positive, default=4000, help="number of images in the training set (default: 4000)"
    )
    parser.add_argument(
        "--test", type=not_negative, default=1000, help="number of images in the test set (default: 1000)"
    )
    parser.add_argument(
        "--writers",
        type=positive,
        default=40,
        help="number of writers of the training set; the test set has a quarter as many other writers (default: 40)",
    )
    parser.add_argument("--shards", type=positive, default=4, help="number of image files of each set (default: 4)")
    parser.add_argument(
        "--min-per-class",
        type=not_negative,
        default=5,
        help="minimum number of training images of each root, vowel and consonant diacritic (default: 5)",
    )
    parser.add_argument(
        "--unseen",
        type=fraction,
        default=0.2,
        help="share of the test images whose grapheme does not occur in training (default: 0.2)",
    )
    parser.add_argument(
        "--like",
        type=Path,
        nargs="+",
        default=(),
        metavar="CSV",
        help="label files or split lists; only graphemes that occur in them are drawn (default: all plausible ones)",
    )
    add_fonts(
        parser, ", as scripts/get_fonts.sh --bengali fetches; a font draws those graphemes that it shapes rightly"
    )


def run(args: argparse.Namespace) -> Report:
    from mojika.samples.graphemes.dataset import graphemes_folder, write_graphemes
    from mojika.samples.graphemes.fonts import find_bengali_fonts
    from mojika.samples.graphemes.plan import GraphemeParameters, plan_graphemes, read_graphemes

    if args.shards > min(args.train, args.test or args.train):
        raise UserError(f"expected an image in every file, found --shards {args.shards} for fewer images; lower it")
    fonts = find_bengali_fonts(args.fonts)
    parameters = GraphemeParameters(
        train=args.train,
        test=args.test,
        writers=args.writers,
        shards=args.shards,
        min_per_class=args.min_per_class,
        unseen=round(args.unseen, 6),
        seed=args.seed,
        like=read_graphemes(args.like),
    )
    described = parameters.as_dict(fonts)
    folder = graphemes_folder(args.out)
    existed = folder.is_made(described, args.force)
    if existed:
        report = folder.report()
    else:
        plan = plan_graphemes(parameters, fonts)
        if plan.undrawable:
            print(f"mojika sample: warning: left out, no font can draw: {', '.join(plan.undrawable)}", file=sys.stderr)
        report = write_graphemes(plan, fonts, described, args.out, args.workers)
    return made(args.out, report, _describe(report), existed=existed)


def _describe(report: dict[str, int]) -> str:
    return (
        "{images:,} images of {graphemes:,} graphemes by {writers:,} writers ({grapheme_root_classes} roots, "
        "{vowel_diacritic_classes} vowel and {consonant_diacritic_classes} consonant diacritics, each at least "
        "{smallest_class:,} times); {test_images:,} test images by {test_writers:,} others, {unseen_images:,} of them "
        "of {unseen_graphemes:,} graphemes that do not occur in training"
    ).format(**report)
