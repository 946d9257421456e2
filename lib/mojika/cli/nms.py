"""`mojika nms`: of boxes that cover the same character keep the best."""

import argparse
import json
from pathlib import Path

from mojika.boxes.page_boxes import read_boxes
from mojika.boxes.suppression import merge, suppress_boxes
from mojika.cli.boxes_output import leave_boxes
from mojika.parameters.argument_types import fraction

EXAMPLE = """example:
  mojika nms output/test/soft_060000.parquet output/test/soft_100000.parquet --out output/test/nms.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("boxes", type=Path, nargs="+", metavar="PARQUET", help="boxes of the same pages, put together")
    parser.add_argument(
        "--by", choices=["prob", "box_score"], default="prob", help="what the better box has more of (default: prob)"
    )
    parser.add_argument(
        "--iou", type=fraction, default=0.3, help="overlap above which the worse box goes (default: 0.3)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="PARQUET", help="boxes to write")
    parser.add_argument("--force", action="store_true", help="replace boxes that were made differently")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    merged = merge([read_boxes(path) for path in args.boxes])
    kept = suppress_boxes(merged, by=args.by, iou=args.iou)
    existed = leave_boxes(args.out, kept, force=args.force)
    report = {"pages": len(kept.pages), "boxes": len(kept), "suppressed": len(merged) - len(kept)}
    if args.json:
        print(json.dumps(report))
        return
    text = "{boxes:,} boxes stay on {pages:,} pages, {suppressed:,} went".format(**report)
    print(f"{args.out}: {'up to date, ' if existed else ''}{text}")
