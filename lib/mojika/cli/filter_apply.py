"""`mojika filter-apply`: drop the boxes that are likely false positives."""

import argparse
import json
from pathlib import Path

import numpy as np

from mojika.boxes.filter_model import KEPT_FROM, Filter, read_filter
from mojika.boxes.page_boxes import BOXES, PageBoxes, read_boxes, write_boxes
from mojika.parameters.argument_types import fraction, positive
from mojika.runtime.parallel import available_cores

EXAMPLE = """example:
  mojika filter-apply output/test/nms.parquet --filter models/filter/boosters --out output/test/filtered.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("boxes", type=Path, metavar="BOXES", help="boxes with labels, after `mojika nms`")
    parser.add_argument("--filter", type=Path, required=True, metavar="DIR", help="as `mojika filter-train` wrote it")
    parser.add_argument(
        "--threshold", type=fraction, default=KEPT_FROM, help=f"probability to keep a box from (default: {KEPT_FROM})"
    )
    parser.add_argument("--keep-all", action="store_true", help="only add the column keep_prob, drop nothing")
    parser.add_argument("--out", type=Path, required=True, metavar="PARQUET", help="boxes to write")
    parser.add_argument("--workers", type=positive, default=available_cores(), help="threads (default: all cores)")
    parser.add_argument("--force", action="store_true", help="replace boxes that were made differently")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    boxes, trained = read_boxes(args.boxes), read_filter(args.filter)
    made_from = {
        "stage": "filter-apply",
        "boxes": boxes.fingerprint,
        "filter": trained.fingerprint,
        "threshold": args.threshold,
        "keep_all": args.keep_all,
    }
    exists = not args.force and BOXES.is_made_from(args.out, made_from)
    if not exists:
        write_boxes(args.out, _filtered(boxes, trained, made_from, args))
    probabilities = read_boxes(args.out).boxes["keep_prob"]
    kept = int((probabilities >= np.float32(args.threshold)).sum())
    report = {"pages": len(boxes.pages), "boxes": len(boxes), "kept": kept, "dropped": len(boxes) - kept}
    if args.json:
        print(json.dumps(report))
        return
    below = "marked" if args.keep_all else "dropped"
    text = f"{kept:,} of {len(boxes):,} boxes kept, {report['dropped']:,} below {args.threshold:g} {below}"
    print(f"{args.out}: {'up to date, ' if exists else ''}{text}")


def _filtered(boxes: PageBoxes, trained: Filter, made_from: dict[str, object], args: argparse.Namespace) -> PageBoxes:
    table = boxes.boxes.assign(keep_prob=trained.probabilities(boxes, args.workers))
    if not args.keep_all:
        table = table[table["keep_prob"] >= np.float32(args.threshold)]
    return boxes.with_boxes(table, made_from=made_from)
