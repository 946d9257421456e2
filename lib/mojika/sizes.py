"""Sizes of images in pixels: one number is the side of a square, two are height and width, in this order."""

import re

from mojika.errors import UserError

Size = int | tuple[int, int]


def height_width(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def parse_size(text: str, flag: str) -> Size:
    """`64` or `137x236`, as `flag` was given it; equal sides make a square. Raises `UserError` for anything else."""
    found = re.fullmatch(r"([0-9]{1,6})(?:[x×]([0-9]{1,6}))?", text)
    sides = [int(side) for side in found.groups() if side] if found else [0]
    if min(sides) < 1:
        raise UserError(f"{flag} {text}: expected a positive number of pixels, or HEIGHTxWIDTH such as 137x236")
    return sides[0] if len(set(sides)) == 1 else (sides[0], sides[1])


def size_text(size: Size) -> str:
    """As flags have it."""
    return str(size) if isinstance(size, int) else "{}x{}".format(*size)
