"""`mojika table`: the same numbers of several reports, one report a line."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from mojika.cli.stage import Report, add_flags
from mojika.files.reports import read_report

EXAMPLE = """example:
  mojika table output/bengali/valid/*.json --columns score,seen=score_seen,unseen=score_unseen
  mojika table "first models=first.json" "refined models=final.json" --columns F1=f1,precision,recall
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "reports", nargs="*", metavar="[NAME=]FILE",
        help="report (a JSON object in FILE), shown as a line called NAME (default: the file's name)",
    )  # fmt: skip
    parser.add_argument(
        "--columns", required=True, metavar="[HEADER=]KEY,…",
        help="keys of the numbers to show, in order, each with an optional HEADER; a number missing from a report "
        "is shown as –",
    )  # fmt: skip
    add_flags(parser, "json")


def run(args: argparse.Namespace) -> Report:
    columns = [_named(text, text) for text in args.columns.split(",")]
    files = [_named(text, Path(text).stem) for text in args.reports]
    reports = [(name, read_report(Path(file))) for name, file in files]
    numbers = {name: {key: report.get(key) for _, key in columns} for name, report in reports}
    cells = ([name, *(_cell(report.get(key)) for _, key in columns)] for name, report in reports)
    return Report(numbers, _aligned([["", *(header for header, _ in columns)], *cells]))


def _named(text: str, default: str) -> tuple[str, str]:
    """Of `NAME=VALUE` both; of a value alone, which may be a path with an equals sign, the default name and itself."""
    name, equals, value = text.partition("=")
    return (name, value) if equals and "/" not in name else (default, text)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _aligned(lines: Sequence[Iterable[str]]) -> str:
    """The first cell of each line to the left, the others to the right of their columns."""
    first, *widths = (max(map(len, column)) for column in zip(*lines, strict=True))
    return "\n".join(
        f"{name:<{first}}" + "".join(f"{cell:>{max(width, 7) + 2}}" for cell, width in zip(cells, widths, strict=True))
        for name, *cells in lines
    )
