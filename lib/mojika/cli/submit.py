"""`mojika submit`: write the boxes that were read as a competition's submission."""

import argparse
import json
from pathlib import Path

import numpy as np

from mojika.boxes.page_boxes import read_boxes
from mojika.boxes.submission import MOST_PREDICTIONS, choose_boxes, format_submission, points_of, read_page_order
from mojika.errors import UserError
from mojika.files.atomic import atomic_text
from mojika.parameters.argument_types import fraction, positive

EXAMPLE = """example:
  mojika submit output/test/voted.parquet --sample input/kuzushiji-recognition/sample_submission.csv \\
      --out output/test/submission.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("boxes", type=Path, metavar="PARQUET", help="boxes with labels")
    parser.add_argument("--out", type=Path, required=True, metavar="CSV", help="submission to write")
    parser.add_argument(
        "--sample", type=Path, metavar="CSV", help="sample_submission.csv, whose order of pages to keep"
    )
    parser.add_argument(
        "--min-prob", type=fraction, default=0.0, metavar="P", help="leave less probable readings out (default: 0)"
    )
    parser.add_argument(
        "--at-most", type=positive, metavar="N",
        help=f"most probable readings to keep of a page (default: all; more than {MOST_PREDICTIONS:,} are refused)",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace a submission of other content")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    read = read_boxes(args.boxes)
    points = points_of(choose_boxes(read, min_prob=args.min_prob, at_most=args.at_most))
    text = format_submission(points, read_page_order(args.sample) if args.sample else None)
    existed = args.out.exists() and args.out.read_bytes() == text.encode()
    if args.out.exists() and not existed and not args.force:
        raise UserError(f"{args.out}: exists with other content; choose another --out, or --force to replace it")
    if not existed:
        atomic_text(args.out, text)
    report = {
        "pages": len(points.image_ids),
        "predictions": len(points),
        "empty_pages": int((np.diff(points.offsets) == 0).sum()),
        "left_out": len(read) - len(points),
    }
    if args.json:
        print(json.dumps(report))
        return
    line = "{predictions:,} characters on {pages:,} pages, {empty_pages:,} of them empty; {left_out:,} boxes left out"
    print(f"{args.out}: {'up to date, ' if existed else ''}{line.format(**report)}")
