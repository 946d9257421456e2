"""`mojika nms`: of boxes that cover the same character keep the best."""

import argparse
from pathlib import Path

from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made
from mojika.parameters.argument_types import fraction

EXAMPLE = """example:
  mojika nms output/test/soft_060000.parquet output/test/soft_100000.parquet --out output/test/nms.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "boxes", type=Path, nargs="+", metavar="PARQUET", help="boxes of the same pages, which are merged"
    )
    parser.add_argument(
        "--by",
        choices=["prob", "box_score"],
        default="prob",
        help="column by which boxes are compared; higher is better (default: prob)",
    )
    parser.add_argument(
        "--iou",
        type=fraction,
        default=0.3,
        help="overlap (IoU) above which the worse of two boxes is removed (default: 0.3)",
    )
    add_out(parser, "PARQUET", "boxes")
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.page_boxes import BOXES, read_boxes, write_boxes
    from mojika.boxes.suppression import merge, suppress_boxes

    merged = merge([read_boxes(path) for path in args.boxes])
    kept = suppress_boxes(merged, by=args.by, iou=args.iou)
    existed = is_up_to_date(args, BOXES, kept.made_from)
    if not existed:
        write_boxes(args.out, kept)
    report = {"pages": len(kept.pages), "boxes": len(kept), "suppressed": len(merged) - len(kept)}
    text = "{boxes:,} boxes stay on {pages:,} pages, {suppressed:,} went".format(**report)
    return made(args.out, report, text, existed=existed)
