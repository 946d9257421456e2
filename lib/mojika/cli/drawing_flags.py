"""Flags of the samples that are drawn with fonts and strokes of others."""

import argparse
from pathlib import Path


def add_fonts(parser: argparse.ArgumentParser, about: str) -> None:
    """`about` follows "folders with further fonts (.ttf, .otf)" in the help."""
    text = f"folders with further fonts (.ttf, .otf){about}"
    parser.add_argument("--fonts", type=Path, nargs="+", default=[], metavar="DIR", help=text)


def add_strokes(parser: argparse.ArgumentParser, about: str = "") -> None:
    """`about` follows "strokes of characters" in the help."""
    text = f"strokes of characters{about}, as scripts/get_strokes.sh makes them: many characters are then written from "
    parser.add_argument("--strokes", type=Path, metavar="NPZ", help=f"{text}them in cursive")
