"""Argument types: numbers with limits, for `argparse`."""

import argparse
import math
import re


def positive(text: str) -> int:
    """A whole number above 0."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, found {text}")
    return value


def not_negative(text: str) -> int:
    """A whole number of at least 0."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 0, found {text}")
    return value


def fraction(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, found {text}")
    return value


def whole_numbers(text: str) -> tuple[int, ...]:
    """Whole numbers above 0, separated by commas."""
    return tuple(positive(field) for field in text.split(","))


def positive_numbers(text: str) -> tuple[float, ...]:
    """Numbers above 0, separated by commas."""
    values = tuple(map(float, text.split(",")))
    if not all(0 < value < math.inf for value in values):
        raise argparse.ArgumentTypeError(f"expected numbers above 0, found {text}")
    return values


def positive_number(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text}")
    return value


def not_negative_number(text: str) -> float:
    """A number of at least 0."""
    value = float(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of at least 0, found {text}")
    return value


def views(text: str) -> int | str:
    """A number of views, or their name."""
    return int(text) if text.isdecimal() else text


DEVICES = "auto, cpu, cuda, cuda:N or mps"


def names_device(text: str) -> bool:
    """Whether it is one of `DEVICES`; N counts GPUs from 0."""
    return re.fullmatch(r"auto|cpu|cuda(:\d+)?|mps", text) is not None


def device(text: str) -> str:
    if not names_device(text):
        raise argparse.ArgumentTypeError(f"expected {DEVICES}, found {text}")
    return text


def scale_sizes(text: str) -> dict[int | None, int]:
    """`200`, or `210:200,124:120`: sides in pixels by those of the training; one for all is found under None."""
    sides: dict[int | None, int] = {}
    for field in text.split(","):
        own, colon, side = field.rpartition(":")
        key = positive(own) if colon else None
        if key in sides:
            raise argparse.ArgumentTypeError(f"expected one size, or one for each size of training, found {text}")
        sides[key] = positive(side)
    return sides
