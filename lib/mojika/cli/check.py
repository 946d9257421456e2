"""`mojika check`: list every fault of a data folder in one table."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mojika.data.checks import check_folder
from mojika.files.faults import Fault, write_faults
from mojika.runtime.exit_status import DONE, USER_ERROR

EXAMPLE = """example:
  mojika check input/kuzushiji-recognition --out faults.csv
  mojika check input/bengaliai-cv19

Rows count as in a spreadsheet: the header is row 1. Exit status 0 without faults, 2 with.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="train.csv with train_images, test_images; or class_map.csv, train.csv, test.csv and Parquet shards",
    )
    parser.add_argument("--out", type=Path, metavar="CSV", help="also write the table here")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    faults = check_folder(args.folder)
    if args.out:
        write_faults(args.out, faults)
    if args.json:
        print(json.dumps({"faults": len(faults), "table": [asdict(fault) for fault in faults]}, ensure_ascii=False))
    else:
        _print(args.folder, faults)
    return USER_ERROR if faults else DONE


def _print(folder: Path, faults: list[Fault]) -> None:
    if not faults:
        print(f"{folder}: no faults")
        return
    table = Table(title=f"{folder}: {len(faults):,} fault{'s' * (len(faults) > 1)}", title_justify="left")
    table.add_column("file", overflow="fold")
    table.add_column("row", justify="right")
    table.add_column("reason", overflow="fold", ratio=1)
    for fault in faults:
        table.add_row(Text(fault.file), "" if fault.row is None else str(fault.row), Text(fault.reason))
    console = Console()
    console.width = console.width if console.is_terminal else 140
    console.print(table)
