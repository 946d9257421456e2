"""Pages as plain text that looks as it was set: columns side by side from right to left, to be read aloud."""

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO

from mojika.formats.format import PageOnImage
from mojika.reading.page import Block, Column, Page

_BLANK, _UNKNOWN = "\u3000", "〓"
_WIDE = {narrow: narrow + 0xFEE0 for narrow in range(0x21, 0x7F)} | {0x20: 0x3000}


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """UTF-8, a line feed behind each line, an empty line between pages."""
    file.write("\n".join(vertical_text(item.page) for item in pages).encode())


def vertical_text(page: Page) -> str:
    """The text of `page` in cells of one width, for fonts whose characters are all as wide as the ideographic space.

    Blocks are one below the other. Columns begin at the height at which they do on the page; furigana stands at the
    right of its base, the half columns of a note side by side. Letters of ASCII are widened; of characters that have
    only a label 〓 is shown.
    """
    return "\n".join("".join(f"{line}\n" for line in _rows(block)) for block in page.blocks if block.columns)


@dataclass(eq=False)
class _Strip:
    """A column of cells: its text by rows, its place on the page and the row that is free below all of it."""

    x1: float
    x2: float
    bottom: float = 0
    cells: dict[int, str] = field(default_factory=dict)
    furigana: "_Strip | None" = None

    @property
    def free(self) -> int:
        return max(self.cells, default=-1) + 1

    def add(self, column: Column, row: int) -> int:
        """Put the characters below what is there, from `row` on if it is free; returns the first one's row."""
        row = max(row, self.free)
        self.cells |= {row + at: _cell(each.char) for at, each in enumerate(column.characters)}
        self.bottom = max(self.bottom, column.box[3])
        return row

    def holds(self, column: Column) -> bool:
        """Whether half of the narrower one of both stands above or below the other."""
        x1, _, x2, _ = column.box
        return min(self.x2, x2) - max(self.x1, x1) > min(self.x2 - self.x1, x2 - x1) / 2


def _rows(block: Block) -> Iterator[str]:
    strips = list(_cells(_strips(block)))
    for row in range(max(strip.free for strip in strips)):
        yield "".join(strip.cells.get(row, _BLANK) for strip in reversed(strips)).rstrip(_BLANK)


def _cells(strips: list[_Strip]) -> Iterator[_Strip]:
    for strip in strips:
        yield from (each for each in (strip.furigana, strip) if each is not None)


def _strips(block: Block) -> list[_Strip]:
    """From right to left."""
    top, pitch = block.box[1], _pitch(block)
    strips: list[_Strip] = []
    beside: tuple[_Strip, int] | None = None  # of the column that furigana may belong to: its strip and first row
    for column in block.columns:
        x1, y1, x2, _ = column.box
        row = round((y1 - top) / pitch)
        if column.kind == "furigana" and column.base is not None and beside is not None:
            strip, first = beside
            strip.furigana = strip.furigana or _Strip(x1, x2)
            strip.furigana.add(column, first + column.base[0])
            continue
        above = [strip for strip in strips if strip.holds(column)]
        row = max([row, *(strip.free for strip in above if strip.bottom <= y1 + pitch / 2)])
        strip = next((strip for strip in above if strip.free <= row), _Strip(x1, x2))
        if strip not in strips:
            right = sum(each.x1 + each.x2 > x1 + x2 for each in strips)
            strips.insert(right, strip)
        row = strip.add(column, row)
        if column.kind != "furigana":
            beside = strip, row
    return strips


def _pitch(block: Block) -> float:
    """From one character to the next, in pixels, as most of the text is set."""
    columns = [column for column in block.columns if column.kind == "text"] or block.columns
    tops = [[each.box[1] for each in column.characters] for column in columns]
    steps = [below - above for column in tops for above, below in pairwise(column) if below > above]
    heights = [each.box[3] - each.box[1] for column in columns for each in column.characters]
    return statistics.median(steps or heights)


def _cell(char: str) -> str:
    return _UNKNOWN if len(char) > 1 and char.isascii() else char.translate(_WIDE)
