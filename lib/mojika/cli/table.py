"""`mojika table`: the same numbers of several reports, one report a line."""

import argparse
from pathlib import Path

from mojika.files.reports import read_report

EXAMPLE = """example:
  mojika table output/bengali/valid/*.json --columns score,seen=score_seen,unseen=score_unseen
  mojika table "first models=first.json" "refined models=final.json" --columns F1=f1,precision,recall
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "reports", nargs="*", metavar="[NAME=]FILE",
        help="a line for the JSON object in FILE, called NAME (default: the file's own name)",
    )  # fmt: skip
    parser.add_argument(
        "--columns", required=True, metavar="[HEADER=]KEY,…",
        help="keys of the numbers to show, in order, with other words above them where given; a number that a report "
        "does not have is shown as –",
    )  # fmt: skip


def run(args: argparse.Namespace) -> None:
    columns = [_named(text, text) for text in args.columns.split(",")]
    rows = [_named(text, Path(text).stem) for text in args.reports]
    lines = [("", *(header for header, _ in columns))]
    for name, file in rows:
        report = read_report(Path(file))
        lines.append((name, *(_cell(report.get(key)) for _, key in columns)))
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for name, *cells in lines:
        numbers = (f"{cell:>{max(width, 7) + 2}}" for cell, width in zip(cells, widths[1:], strict=True))
        print(f"{name:<{widths[0]}}{''.join(numbers)}")


def _named(text: str, default: str) -> tuple[str, str]:
    """Of `NAME=VALUE` both; of a value alone, which may be a path with an equals sign, the default name and itself."""
    name, equals, value = text.partition("=")
    return (name, value) if equals and "/" not in name else (default, text)


def _cell(value: object) -> str:
    match value:
        case float():
            return f"{value:.4f}"
        case None:
            return "–"
        case _:
            return str(value)
