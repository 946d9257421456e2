"""A page that was read: blocks of columns of characters, in reading order. Formats write it, and our JSON keeps it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "note", "furigana", "title"]
Corners = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels of the upright page; x2 and y2 exclusive


@dataclass(frozen=True)
class Candidate:
    """One reading of a character: its label in the class list, what to show for it, and its probability."""

    label: str
    char: str
    prob: float


@dataclass(frozen=True)
class Character:
    """A box with its readings, the likeliest first; the first one is taken. `box_score` is that of the detector.

    Raises `ValueError` where there is no reading or the box has no area.
    """

    box: Corners
    box_score: float
    candidates: tuple[Candidate, ...]

    def __post_init__(self) -> None:
        x1, y1, x2, y2 = self.box
        if not self.candidates:
            raise ValueError("expected a reading of the character, found none")
        if not (x1 < x2 and y1 < y2):
            raise ValueError(f"expected a box with an area, found {x1:g}, {y1:g}, {x2:g}, {y2:g}")

    @property
    def label(self) -> str:
        return self.candidates[0].label

    @property
    def char(self) -> str:
        return self.candidates[0].char

    @property
    def prob(self) -> float:
        return self.candidates[0].prob


@dataclass(frozen=True)
class Column:
    """Characters that are read one after the other: a column of text, a half column of a two-line note (`note`),
    furigana, or a title.

    Furigana belongs to `base`, the places `(first, last)` of the characters beside it in the column that comes before
    it in its block and is not furigana itself; None where no base was found, and for all other kinds.
    """

    characters: tuple[Character, ...]
    kind: Kind = "text"
    base: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        return "".join(character.char for character in self.characters)

    @property
    def box(self) -> Corners:
        return around(character.box for character in self.characters)


@dataclass(frozen=True)
class Block:
    """Columns that belong together: a text block, a tier, a caption. `leaf` is the number of the page within an opening
    (two pages in one image), counted in reading order from 0."""

    columns: tuple[Column, ...]
    leaf: int = 0

    @property
    def box(self) -> Corners:
        return around(column.box for column in self.columns)


@dataclass(frozen=True)
class Page:
    """What was read on one image.

    `name` is that of its files (`/` between subfolders), `source` what a person would call it: a file, a PDF and its
    page, the address of a canvas. `width` and `height` are those of the upright image, in pixels. `confidence` in
    [0, 1] is that of the reading order, None where it is not known. `gutters` are the x where an opening's pages meet.
    `made_by` says what read it: plain values. `canvas` is the address of the IIIF canvas that the image came from, and
    `canvas_size` its width and height, which need not be those of the image.
    """

    name: str
    source: str
    width: int
    height: int
    blocks: tuple[Block, ...]
    confidence: float | None = None
    gutters: tuple[float, ...] = ()
    made_by: dict[str, object] | None = None
    canvas: str | None = None
    canvas_size: tuple[int, int] | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns in reading order."""
        return tuple(column for block in self.blocks for column in block.columns)

    @property
    def characters(self) -> tuple[Character, ...]:
        """All characters in reading order, furigana after the column that it belongs to."""
        return tuple(character for column in self.columns for character in column.characters)

    @property
    def text(self) -> str:
        """A line for each column, an empty line between blocks; furigana is left out."""
        blocks = ("\n".join(c.text for c in block.columns if c.kind != "furigana") for block in self.blocks)
        return "\n\n".join(text for text in blocks if text)


def around(boxes: Iterable[Corners]) -> Corners:
    """The smallest rectangle that holds all `boxes`; raises `ValueError` where there is none."""
    x1, y1, x2, y2 = zip(*boxes, strict=True)
    return min(x1), min(y1), max(x2), max(y2)
