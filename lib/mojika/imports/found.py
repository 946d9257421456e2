"""What was found in a data set of other people: pages with boxes of characters, or loose crops, and what is wrong."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mojika.data.class_folders import PARTS
from mojika.files.faults import Fault

TRAIN, VALID, TEST = "train", "valid", "test"
_WORDS = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True)
class Box:
    """A character of a page: its label as it was found, and x1, y1, x2, y2 in page pixels, `x2` and `y2` exclusive.

    `row` is the line in the file that has it, if it is such a file; the first line is row 1.
    """

    label: str
    x1: float
    y1: float
    x2: float
    y2: float
    row: int | None = None


@dataclass(frozen=True)
class FoundPage:
    """A page image with its boxes; `noted_in` is the file that describes it, `size` the width and height it says."""

    file: Path
    boxes: tuple[Box, ...]
    noted_in: str
    part: str = TRAIN
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class FoundCrop:
    """An image of one character, its label as it was found, and where that is said."""

    file: Path
    label: str
    noted_in: str
    part: str = TRAIN
    row: int | None = None


@dataclass
class Found:
    """`notes` are lines for people that say what was taken for what."""

    pages: list[FoundPage] = field(default_factory=list)
    crops: list[FoundCrop] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def first_of(faults: Sequence[Fault]) -> str:
    """The first fault, for the end of a message."""
    return f"; the first fault: {faults[0]}" if faults else ""


def part_in(name: str) -> str:
    """`train`, `valid` or `test` by the words in a relative path (`images/val/3.png`, `instances_train2017.json`)."""
    parts = [PARTS[word.lower()] for word in _WORDS.findall(name) if word.lower() in PARTS]
    return parts[0] if parts else TRAIN
