"""`mojika summary`: numbers of several reports in one file with flat keys, written whole or not at all."""

import argparse

from mojika.cli.stage import Report, add_flags, add_out, made
from mojika.files.atomic import atomic_json
from mojika.files.reports import joined, parse_numbers

EXAMPLE = """example:
  mojika score --labels train.csv --boxes final.parquet --json > final.json
  mojika evaluate best.model valid.csv --json > valid.json
  mojika summary f1=final.json:f1 valid_{}=valid.json:accuracy,macro_recall seconds=812 --out summary.json

  writes f1, valid_accuracy, valid_macro_recall and seconds; final_{}=final.json would take all numbers of final.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "numbers", nargs="*", metavar="NAME=FILE:KEY",
        help="read the number KEY from the JSON object in FILE and call it NAME; {} in NAME is replaced by the key, so "
        "that one NAME names several numbers (FILE:KEY,KEY) or all numbers of a file (FILE); NAME=VALUE adds a "
        "given number; numbers that are null in their file are left out",
    )  # fmt: skip
    add_out(parser, "JSON", "summary, replacing an existing one,")
    add_flags(parser, "json")


def run(args: argparse.Namespace) -> Report:
    numbers = joined(map(parse_numbers, args.numbers))
    summary = {name: value for name, value in numbers.items() if value is not None}
    atomic_json(args.out, summary)
    left_out = [name for name in numbers if name not in summary]
    text = f"{len(summary)} numbers{', left out as null: ' if left_out else ''}{', '.join(left_out)}"
    return made(args.out, summary, text)
