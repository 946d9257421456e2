"""`mojika filter-apply`: drop the boxes that are likely false positives."""

import argparse
from pathlib import Path

from mojika.boxes.limits import KEPT_FROM
from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made
from mojika.parameters.argument_types import fraction

EXAMPLE = """example:
  mojika filter-apply output/test/nms.parquet --filter models/filter/boosters --out output/test/filtered.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("boxes", type=Path, metavar="BOXES", help="boxes with labels, after `mojika nms`")
    parser.add_argument(
        "--filter", type=Path, required=True, metavar="DIR", help="filter written by `mojika filter-train`"
    )
    parser.add_argument(
        "--filter-threshold",
        type=fraction,
        default=KEPT_FROM,
        help=f"lowest probability of a box that is kept (default: {KEPT_FROM})",
    )
    parser.add_argument("--keep-all", action="store_true", help="only add the column keep_prob, drop nothing")
    add_out(parser, "PARQUET", "boxes")
    add_flags(parser, "workers", "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.filter_model import filter_boxes, is_kept, read_filter
    from mojika.boxes.page_boxes import BOXES, read_boxes, write_boxes

    boxes, trained = read_boxes(args.boxes), read_filter(args.filter)
    made_from = {
        "stage": "filter-apply",
        "boxes": boxes.fingerprint,
        "filter": trained.fingerprint,
        "threshold": args.filter_threshold,
        "keep_all": args.keep_all,
    }
    existed = is_up_to_date(args, BOXES, made_from)
    if existed:
        filtered = read_boxes(args.out)
    else:
        filtered = filter_boxes(
            boxes, trained, made_from, threshold=args.filter_threshold, keep_all=args.keep_all, threads=args.workers
        )
        write_boxes(args.out, filtered)
    kept = int(is_kept(filtered, args.filter_threshold).sum())
    report = {"pages": len(boxes.pages), "boxes": len(boxes), "kept": kept, "dropped": len(boxes) - kept}
    below = "marked" if args.keep_all else "dropped"
    text = f"{kept:,} of {len(boxes):,} boxes kept, {report['dropped']:,} below {args.filter_threshold:g} {below}"
    return made(args.out, report, text, existed=existed)
