"""`mojika sample KIND OUT`: generate sample data in a competition's layout."""

import argparse
from pathlib import Path

from mojika.cli import sample_bengali, sample_glyphs, sample_kuzushiji
from mojika.cli.stage import Report, add_flags

KINDS = {"kuzushiji": sample_kuzushiji, "glyphs": sample_glyphs, "bengali": sample_bengali}
EXAMPLE = "example:\n" + "".join(kind.EXAMPLE.split("\n", 1)[1] for kind in KINDS.values())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND", title="kinds")
    for name, kind in KINDS.items():
        of_kind = kinds.add_parser(
            name,
            help=kind.SUMMARY,
            description=kind.SUMMARY[0].upper() + kind.SUMMARY[1:] + ".",
            epilog=kind.EXAMPLE,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        of_kind.add_argument("out", type=Path, metavar="OUT", help="folder of the sample to write")
        kind.add_arguments(of_kind)
        add_flags(of_kind, "seed", "workers", "force", "json")


def run(args: argparse.Namespace) -> Report:
    return KINDS[args.kind].run(args)
