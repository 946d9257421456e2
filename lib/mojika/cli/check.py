"""`mojika check`: list every fault of data, packs, boxes, models and readers in one table."""

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from mojika.cli.stage import Report, add_flags
from mojika.files.urls import output, place
from mojika.runtime.exit_status import DONE, USER_ERROR

EXAMPLE = """example:
  mojika check input/kuzushiji-recognition --out faults.csv
  mojika check input/bengaliai-cv19
  mojika check input/packs/kuzushiji splits/train.csv models/reader boxes.parquet --json

What a path holds is told by its content: pages with or without labels, graphemes, label files, split and image lists,
packs, boxes, shards, models, readers, filters, IIIF manifests. What has no fault here, the stages accept. Rows count as
in a spreadsheet: the header is row 1. Exit status 0 without faults, 2 with.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        type=place,
        nargs="+",
        metavar="PATH",
        help="folder with train.csv and train_images, test_images; or with class_map.csv, train.csv, test.csv and "
        "Parquet shards; or anything else that the stages read",
    )
    parser.add_argument("--out", type=output, metavar="CSV", help="file to which the table of faults is also written")
    add_flags(parser, "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.files.faults import write_faults
    from mojika.inspection.drawn_faults import drawn_faults
    from mojika.inspection.look import faults_of

    found = {str(path): faults_of(path) for path in args.paths}
    faults = [
        replace(fault, file=_named(path, fault.file) if len(found) > 1 else fault.file)
        for path, (_, of_path) in found.items()
        for fault in of_path
    ]
    if args.out:
        write_faults(args.out, faults)
    checked = {path: kind for path, (kind, _) in found.items()}
    numbers = {"faults": len(faults), "table": [asdict(fault) for fault in faults], "checked": checked}
    sound = [f"{path}: no faults" for path, (_, of_path) in found.items() if not of_path]
    table = [drawn_faults(", ".join(found), faults)] if faults else []
    return Report(numbers, "\n".join([*sound, *table]), status=USER_ERROR if faults else DONE)


def _named(path: str, file: str) -> str:
    """The file of a fault beside those of other paths: of a file, or a folder itself, the path."""
    name = Path(path).name
    return path if file == name else str(Path(path) / file.removeprefix(f"{name}/"))
