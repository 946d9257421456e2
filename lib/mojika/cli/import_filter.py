"""`mojika import-filter`: boosters that were published in 2019, as a filter."""

import argparse
from pathlib import Path

from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made

EXAMPLE = """example:
  mojika import-filter booster_for_val_nms030_tta7_5models_hard_prob.pkl \\
      --boxes output/test/final_nms.parquet --out models/2019/boosters
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="PKL", help="boosters of 2019: a list in one file, or one in each"
    )
    parser.add_argument(
        "--boxes", type=Path, required=True, metavar="BOXES",
        help="boxes read by the models whose boxes it will filter: their class list becomes the filter's",
    )  # fmt: skip
    add_out(parser, "DIR", "filter (a folder)")
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.filter_model import FILTER, Filter, write_filter
    from mojika.boxes.filter_of_2019 import read_boosters_of_2019
    from mojika.boxes.page_boxes import read_boxes
    from mojika.files.fingerprints import file_digest

    classes = read_boxes(args.boxes).classes.digest
    made_from = {"stage": "import-filter", "files": [file_digest(file) for file in args.files], "class_list": classes}
    boosters = [booster for file in args.files for booster in read_boosters_of_2019(file)]
    report = {"boosters": len(boosters), "trees": sum(booster.num_trees() for booster in boosters)}
    existed = is_up_to_date(args, FILTER, made_from)
    if not existed:
        write_filter(args.out, Filter(tuple(boosters), classes, made_from, {"trees": report["trees"]}, of_2019=True))
    return made(args.out, report, "{boosters:,} boosters with {trees:,} trees".format(**report), existed=existed)
