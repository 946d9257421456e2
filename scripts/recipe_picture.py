#!/usr/bin/env python3
"""The first crops of an image dump, two rows of eight, as a small picture for docs/recipes.md."""

import argparse
from pathlib import Path

from PIL import Image

SIDE, GAP = 64, 2  # of a crop, and between crops, in pixels
COLUMNS, ROWS, COLOURS = 8, 2, 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dump", type=Path, help="samples.png of train.py --image-dump, with crops of 64 pixels")
    parser.add_argument("picture", type=Path, metavar="PNG", help="picture to write")
    args = parser.parse_args()
    width, height = (count * (SIDE + GAP) + GAP for count in (COLUMNS, ROWS))
    picture = Image.open(args.dump).crop((0, 0, width, height))
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(args.picture, optimize=True)


if __name__ == "__main__":
    main()
