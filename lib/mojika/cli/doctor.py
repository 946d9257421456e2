"""`mojika doctor`: what this machine has, and what to do where something is missing."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mojika.cli.stage import Report, add_flags
from mojika.runtime.exit_status import DONE, USER_ERROR

if TYPE_CHECKING:
    from mojika.reader.diagnosis import Finding

_MARKS = {"ok": "ok", "missing": "--", "broken": "!!"}

EXAMPLE = """example:
  mojika doctor models/reader
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models", nargs="*", metavar="MODELS", help="readers to look at, beside those that are found below models/"
    )
    add_flags(parser, "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.reader.default_models import MODELS
    from mojika.reader.diagnosis import diagnose

    findings = list(diagnose(args.models, Path(MODELS)))
    broken = sum(finding.level == "broken" for finding in findings)
    missing = sum(finding.level == "missing" for finding in findings)
    lines = [line for finding in findings for line in _lines(finding)]
    lines.append(f"{broken} broken, {missing} missing" if broken or missing else "nothing is missing")
    numbers = {"broken": broken, "missing": missing, "findings": [asdict(finding) for finding in findings]}
    return Report(numbers, "\n".join(lines), status=USER_ERROR if broken else DONE)


def _lines(finding: "Finding") -> list[str]:
    line = f"{_MARKS[finding.level]}  {finding.topic:<14} {finding.text}"
    return [line, *([f"    {'':<14} → {finding.remedy}"] if finding.remedy else [])]
