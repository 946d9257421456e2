"""`mojika submit`: write the boxes that were read as a competition's submission."""

import argparse
from itertools import zip_longest
from pathlib import Path

from mojika.boxes.limits import MOST_PREDICTIONS
from mojika.cli.stage import Report, add_flags, add_out, made
from mojika.errors import UserError
from mojika.parameters.argument_types import fraction, positive

EXAMPLE = """example:
  mojika submit output/test/voted.parquet --sample input/kuzushiji-recognition/sample_submission.csv \\
      --out output/test/submission.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("boxes", type=Path, metavar="PARQUET", help="boxes with labels")
    add_out(parser, "CSV", "submission")
    parser.add_argument("--sample", type=Path, metavar="CSV", help="sample_submission.csv whose order of pages is used")
    parser.add_argument(
        "--min-prob", type=fraction, default=0.0, metavar="P", help="leave out less probable labels (default: 0)"
    )
    parser.add_argument(
        "--at-most", type=positive, metavar="N",
        help=f"keep the N most probable labels of a page (default: all; more than {MOST_PREDICTIONS:,} are refused)",
    )  # fmt: skip
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.page_boxes import read_boxes
    from mojika.boxes.submission import choose_boxes, format_submission, points_of, read_page_order
    from mojika.files.atomic import atomic_text

    read = read_boxes(args.boxes)
    points = points_of(choose_boxes(read, min_prob=args.min_prob, at_most=args.at_most))
    text = format_submission(points, read_page_order(args.sample) if args.sample else None)
    existed = args.out.is_file() and args.out.read_bytes() == text.encode()
    if args.out.is_file() and not existed and not args.force:
        different = _first_difference(args.out.read_text(errors="replace"), text)
        raise UserError(f"{args.out}: exists, {different}; choose another --out, or --force to replace it")
    if not existed:
        atomic_text(args.out, text)
    report = {
        "pages": len(points.image_ids),
        "predictions": len(points),
        "empty_pages": int((points.offsets[1:] == points.offsets[:-1]).sum()),
        "left_out": len(read) - len(points),
    }
    line = "{predictions:,} characters on {pages:,} pages, {empty_pages:,} of them empty; {left_out:,} boxes left out"
    return made(args.out, report, line.format(**report), existed=existed)


def _first_difference(there: str, now: str) -> str:
    lines = zip_longest(there.splitlines(), now.splitlines(), fillvalue="")
    row, old, new = next(((row, old, new) for row, (old, new) in enumerate(lines, 1) if old != new), (1, "", ""))
    page = (new or old).partition(",")[0]
    return f"and differs from row {row:,} on" + (f", page {page}" if page else "")
