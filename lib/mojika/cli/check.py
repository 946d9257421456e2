"""`mojika check`: list every fault of a data folder in one table."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mojika.cli.stage import Report, add_flags
from mojika.files.urls import output, place
from mojika.runtime.exit_status import DONE, USER_ERROR

if TYPE_CHECKING:
    from mojika.files.faults import Fault

EXAMPLE = """example:
  mojika check input/kuzushiji-recognition --out faults.csv
  mojika check input/bengaliai-cv19

Rows count as in a spreadsheet: the header is row 1. Exit status 0 without faults, 2 with.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        type=place,
        metavar="FOLDER",
        help="train.csv with train_images, test_images; or class_map.csv, train.csv, test.csv and Parquet shards",
    )
    parser.add_argument("--out", type=output, metavar="CSV", help="file to which the table of faults is also written")
    add_flags(parser, "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.data.checks import check_folder
    from mojika.files.faults import write_faults

    faults = check_folder(args.folder)
    if args.out:
        write_faults(args.out, faults)
    numbers = {"faults": len(faults), "table": [asdict(fault) for fault in faults]}
    text = _table(args.folder, faults) if faults else f"{args.folder}: no faults"
    return Report(numbers, text, status=USER_ERROR if faults else DONE)


def _table(folder: Path, faults: Sequence["Fault"]) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{folder}: {len(faults):,} fault{'s' * (len(faults) > 1)}", title_justify="left")
    table.add_column("file", overflow="fold")
    table.add_column("row", justify="right")
    table.add_column("reason", overflow="fold", ratio=1)
    for fault in faults:
        table.add_row(Text(fault.file), "" if fault.row is None else str(fault.row), Text(fault.reason))
    console = Console()
    console.width = console.width if console.is_terminal else 140
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip("\n")
