"""`mojika preprocess`: denoise pages and normalise their contrast."""

import argparse
import json
from pathlib import Path

from mojika.data.preprocess_pages import STEPS, preprocess_pages
from mojika.parameters.argument_types import positive
from mojika.runtime.parallel import available_cores

EXAMPLE = """example:
  mojika preprocess input/kuzushiji-recognition/train_images input/kuzushiji-recognition/preprocessed/train_images

A page takes 10 to 25 seconds of a core; run the same command again to go on after an interruption.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="IN", help="folder of page images")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for one PNG a page")
    parser.add_argument(
        "--steps", nargs="+", choices=list(STEPS), default=list(STEPS), help="in this order (default: both)"
    )
    parser.add_argument("--backend", choices=["opencv"], default="opencv", help="(default: opencv)")
    parser.add_argument(
        "--workers", type=positive, default=available_cores(), help="pages at a time (default: one for each core)"
    )
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave unreadable pages out, list them in OUT/skipped.csv"
    )
    parser.add_argument("--force", action="store_true", help="make all pages anew")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    report = preprocess_pages(
        args.source, args.out, steps=args.steps, workers=args.workers, skip_bad=args.skip_bad, force=args.force
    )
    if args.json:
        print(json.dumps(report))
        return
    skipped = f", {report['skipped']:,} left out, see skipped.csv" if report["skipped"] else ""
    print(f"{args.out}: {report['made']:,} pages made, {report['kept']:,} kept as they were{skipped}")
