"""`mojika preprocess`: denoise pages and normalise their contrast."""

import argparse
from pathlib import Path

from mojika.cli.stage import Report, add_flags, made

_STEPS = ["ben-graham", "denoise"]

EXAMPLE = """example:
  mojika preprocess input/kuzushiji-recognition/train_images input/kuzushiji-recognition/preprocessed/train_images

A page takes 10 to 25 seconds of a core; run the same command again to resume after an interruption.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", type=Path, metavar="IN", help="folder of page images")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the output, one PNG per page")
    parser.add_argument(
        "--page-preprocessing",
        nargs="+",
        choices=_STEPS,
        default=_STEPS,
        help="steps to apply, in this order (default: both)",
    )
    parser.add_argument(
        "--backend", choices=["opencv"], default="opencv", help="library that does the computation (default: opencv)"
    )
    add_flags(parser, "workers", "skip_bad", "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.data.preprocess_pages import preprocess_pages

    report = preprocess_pages(
        args.images,
        args.out,
        steps=args.page_preprocessing,
        workers=args.workers,
        skip_bad=args.skip_bad,
        force=args.force,
    )
    skipped = f", {report['skipped']:,} left out, see skipped.csv" if report["skipped"] else ""
    return made(args.out, report, "{made:,} pages made, {kept:,} kept as they were".format(**report) + skipped)
