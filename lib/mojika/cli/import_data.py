"""`mojika import`: labelled data in other people's shapes as pages or lists that training takes."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mojika.cli.stage import Report, add_flags, add_out, made
from mojika.parameters.argument_types import fraction

if TYPE_CHECKING:
    from mojika.files.faults import Fault
    from mojika.imports.importing import Imported

_SHOWN = 20  # faults

EXAMPLE = """example:
  mojika import my_letters --out data/my_letters --valid-fraction 0.2     # my_letters/か/0001.png, …
  python train.py data/my_letters/train.csv data/my_letters/valid.csv --model resnet18
  mojika import crops.csv --file-column scan --label-column reading --out data/crops
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="FROM", help="folder or file of labelled data")
    add_out(parser, "DIR", "folder")
    parser.add_argument(
        "--shape", metavar="NAME", help="what FROM is, where it is not recognised; docs/own_data.md lists the names"
    )
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of the page images, if not in FROM")
    parser.add_argument("--file-column", metavar="NAME", help="column of a CSV that names the image files")
    parser.add_argument("--label-column", metavar="NAME", help="column of a CSV that has the labels")
    parser.add_argument(
        "--valid-fraction", type=fraction, metavar="P",
        help="put this share of every class of loose crops into valid.csv (default: as FROM divides them)",
    )  # fmt: skip
    add_flags(parser, "workers", "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.errors import UserError
    from mojika.imports.importing import import_data
    from mojika.imports.registry import SHAPES

    if args.shape and args.shape not in SHAPES:
        raise UserError(f"--shape {args.shape}: expected one of {', '.join(SHAPES)}")
    own = ("images", "file_column", "label_column")
    options = {name: getattr(args, name) for name in own if getattr(args, name)}
    imported = import_data(
        args.source, args.out, shape=args.shape, options=options, valid_fraction=args.valid_fraction,
        workers=args.workers, force=args.force,
    )  # fmt: skip
    faults = [{"file": fault.file, "row": fault.row, "reason": fault.reason} for fault in imported.faults]
    numbers = {
        "shape": imported.shape, "kind": imported.kind, **imported.numbers, "skipped": len(faults),
        "notes": imported.notes, "faults": faults,
    }  # fmt: skip
    report = made(args.out, numbers, _counted(imported), existed=imported.existed)
    text = "\n".join([*imported.notes, report.text, *_table(imported.faults, args.out), *_next_step(imported)])
    return Report(numbers, text)


def _counted(imported: "Imported") -> str:
    numbers = dict(imported.numbers)
    classes = numbers.pop("classes")
    characters = f", {numbers.pop('characters'):,} characters" if "characters" in numbers else ""
    parts = ", ".join(f"{count:,} in {part}.csv" for part, count in numbers.items())
    return f"{imported.kind} of {imported.shape}: {parts}{characters}; {classes:,} classes"


def _table(faults: "list[Fault]", out: Path) -> list[str]:
    if not faults:
        return []
    shown = [(f"{fault.file}{'' if fault.row is None else f' row {fault.row}'}", fault.reason) for fault in faults]
    width = max(len(where) for where, _ in shown[:_SHOWN])
    lines = [f"  {where:<{width}}  {reason}" for where, reason in shown[:_SHOWN]]
    more = f", of which these are the first {_SHOWN}" if len(faults) > _SHOWN else ""
    return [f"{len(faults):,} could not be used{more} ({out / 'skipped.csv'}):", *lines]


def _next_step(imported: "Imported") -> list[str]:
    if imported.kind == "crops" and "valid" not in imported.numbers:
        return ["nothing to validate on: --valid-fraction 0.2 takes a fifth of every class"]
    return []
