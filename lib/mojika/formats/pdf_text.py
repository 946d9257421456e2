"""Where text stands in a PDF, so that each character lies on its box and programs find the order that it is read in.

A column is text that was turned by a quarter to the right: its line runs downwards, and one of an em, which is as wide
as its characters mostly are, has its foot at the left. Programs know text in such lines better than a vertical font:
poppler takes each character of one for a word.

A character reaches to where the next one begins, as far as that is near, so that no gap is taken for a space. PDFium
sorts text objects from left to right that begin as high as the one before, within half of the longer one of the two
characters between which the one ends and the other begins. There a column is two objects, of which the second begins
further down, or, where it is too short for that, one that is late: it begins just before the end of its first
character, which says that it is short.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from mojika.formats.pdf_font import LITTLE, STEPS, Extent, InvisibleFont, steps_near
from mojika.formats.writing import shown, writing_of
from mojika.reading.page import Column, Page

_NEAR = 2  # ems between characters that are taken for no space
_LEVEL = 0.5  # of a character's length, within which PDFium finds starts as high
_APART = 0.5  # pixels


@dataclass(frozen=True)
class _Span:
    """A character and where it reaches along its line, in pixels."""

    text: str
    start: float
    end: float
    advances: bool = True


@dataclass(frozen=True)
class _Line:
    """Characters that follow each other, `em` pixels across around `axis`. If it is `late`, it begins just before the
    first of them ends."""

    spans: tuple[_Span, ...]
    em: float
    axis: float
    late: bool = False

    @property
    def start(self) -> float:
        return self.spans[0].end - LITTLE * self.em if self.late else self.spans[0].start


def text_operators(page: Page, font: InvisibleFont) -> Iterator[str]:
    """What shows the text of `page`, in reading order, in pixels from its lower left corner, between `BT` and `ET`."""
    downwards = writing_of(page).downwards
    lines = [line for column in page.columns if column.characters for line in _lines(column, downwards)]
    for line in _objects(lines) if downwards else lines:
        end, foot = line.axis + line.em / 2, line.axis - line.em / 2
        if downwards:
            matrix = [0, -line.em, line.em, 0, foot, page.height - line.start]
        else:
            matrix = [line.em, 0, 0, line.em, line.start, page.height - end]
        yield f"{' '.join(f'{number:.2f}' for number in matrix)} Tm [<{_shown(line, font)}>] TJ"


def _lines(column: Column, downwards: bool) -> Iterator[_Line]:
    """The column, in parts where a character does not begin behind the one before it."""
    boxes = [character.box for character in column.characters]
    if not downwards:
        boxes = [(y1, x1, y2, x2) for x1, y1, x2, y2 in boxes]
    em = statistics.median(x2 - x1 for x1, _, x2, _ in boxes)
    ends = [
        after[1] if box[1] < after[1] < box[3] + _NEAR * em else box[3]
        for box, after in zip(boxes, [*boxes[1:], boxes[-1]], strict=True)
    ]
    spans = [
        _Span(shown(character.candidates[0]), box[1], end)
        for character, box, end in zip(column.characters, boxes, ends, strict=True)
    ]
    first = 0
    for at in range(1, len(spans) + 1):
        if at == len(spans) or spans[at].start < spans[at - 1].start + em / STEPS:
            axis = statistics.median((x1 + x2) / 2 for x1, _, x2, _ in boxes[first:at])
            yield _Line(tuple(spans[first:at]), em, axis)
            first = at


def _objects(lines: Sequence[_Line]) -> Iterator[_Line]:
    """The lines, some in two parts, so that PDFium leaves them in their order."""
    before: _Line | None = None
    for line, after in zip_longest(lines, lines[1:]):
        parts = _parts(before, line, after)
        if after is not None and _clash(parts[-1], after):
            *others, last = parts[-1].spans
            parts[-1] = replace(parts[-1], spans=(*others, replace(last, advances=False)))
        yield from parts
        before = parts[-1]


def _parts(before: _Line | None, line: _Line, after: _Line | None) -> list[_Line]:
    """The line as it is, in two, or late: the first of these that does not clash with its neighbours."""
    first, *others = line.spans
    late = replace(line, spans=(replace(first, advances=False), *others), late=True)
    possible: list[_Line] = []
    for parts in chain(_ways(line), _ways(late)):
        if before is None or not _clash(before, parts[0]):
            possible = possible or parts
            if after is None or not _clash(parts[-1], after):
                return parts
    return possible or [late]


def _ways(line: _Line) -> Iterator[list[_Line]]:
    """The line as it is, and in two, the second of which has at least two characters, which tell its direction."""
    yield [line]
    for at in range(len(line.spans) - 2, 0, -1):
        yield [replace(line, spans=line.spans[:at]), replace(line, spans=line.spans[at:], late=False)]


def _clash(line: _Line, after: _Line) -> bool:
    longest = max(_advance(line.spans[-1], line.em), _advance(after.spans[0], after.em))
    return abs(line.start - after.start) <= longest * _LEVEL + _APART


def _advance(span: _Span, em: float) -> float:
    """What the font says, in pixels."""
    return (steps_near((span.end - span.start) / em) / STEPS if span.advances else LITTLE) * em


def _shown(line: _Line, font: InvisibleFont) -> str:
    """Codes, between which numbers lead back by thousandths of an em."""
    shown_, at = "", line.start
    for number, span in enumerate(line.spans):
        back = round((at - span.start) / line.em * 1000)
        if back and span.advances:
            shown_ += f"> {back} <"
            at -= back / 1000 * line.em
        behind = line.late and number == 0
        steps = steps_near((at - span.start if behind else span.end - at) / line.em)
        shown_ += font.code(span.text, Extent(-steps if behind else steps, span.advances))
        at += (steps / STEPS if span.advances else LITTLE) * line.em
    return shown_
