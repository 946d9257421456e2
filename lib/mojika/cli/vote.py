"""`mojika vote`: the label that most models read in each box."""

import argparse
import json
from pathlib import Path

import numpy as np

from mojika.boxes.page_boxes import read_boxes
from mojika.boxes.voting import vote
from mojika.cli.boxes_output import leave_boxes

EXAMPLE = """example:
  mojika vote output/test/refined_0*.parquet --out output/test/voted.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("boxes", type=Path, nargs="+", metavar="PARQUET", help="the same boxes, read by several models")
    parser.add_argument("--out", type=Path, required=True, metavar="PARQUET", help="boxes to write")
    parser.add_argument("--force", action="store_true", help="replace boxes that were made differently")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    predictions = [read_boxes(path) for path in args.boxes]
    voted = vote(predictions)
    existed = leave_boxes(args.out, voted, force=args.force)
    first, *others = (prediction.boxes["label"].to_numpy() for prediction in predictions)
    agreed = np.logical_and.reduce([np.ones(len(voted), bool), *(labels == first for labels in others)])
    report = {
        "pages": len(voted.pages),
        "boxes": len(voted),
        "models": len(predictions),
        "unanimous": int(agreed.sum()),
    }
    if args.json:
        print(json.dumps(report))
        return
    text = "{boxes:,} boxes on {pages:,} pages, {models} models agree on {unanimous:,}".format(**report)
    print(f"{args.out}: {'up to date, ' if existed else ''}{text}")
