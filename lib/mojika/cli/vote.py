"""`mojika vote`: the label that most models read in each box."""

import argparse
from pathlib import Path

from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made

EXAMPLE = """example:
  mojika vote output/test/refined_0*.parquet --out output/test/voted.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "boxes", type=Path, nargs="+", metavar="PARQUET", help="the same boxes with labels of several models"
    )
    parser.add_argument(
        "--ties",
        choices=["prob", "label"],
        default="prob",
        help="which of several labels that equally many models read is taken: the most probable one or, as in 2019, "
        "the first in alphabetical order unless all models disagree (default: prob)",
    )
    add_out(parser, "PARQUET", "boxes")
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.page_boxes import BOXES, read_boxes, write_boxes
    from mojika.boxes.voting import count_unanimous, vote

    predictions = [read_boxes(path) for path in args.boxes]
    voted = vote(predictions, args.ties)
    existed = is_up_to_date(args, BOXES, voted.made_from)
    if not existed:
        write_boxes(args.out, voted)
    report = {
        "pages": len(voted.pages),
        "boxes": len(voted),
        "models": len(predictions),
        "unanimous": count_unanimous(predictions),
    }
    text = "{boxes:,} boxes on {pages:,} pages, {models} models agree on {unanimous:,}".format(**report)
    return made(args.out, report, text, existed=existed)
