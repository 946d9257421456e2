"""A page as XML formats have it: numbered regions, lines and glyphs, on whole pixels, in writable characters."""

from dataclasses import dataclass

from mojika.formats.geometry import Points, Rectangle, baseline, outline
from mojika.formats.writing import Writing, shown, writing_of
from mojika.reading.page import Block, Character, Column, Kind, Page


@dataclass(frozen=True)
class Reading:
    """What may stand there, and how likely it is, in [0, 1]."""

    text: str
    probability: float


@dataclass(frozen=True)
class Glyph:
    """A character: its readings, the likeliest first, and how sure the detector was of its place, in [0, 1]."""

    id: str
    place: Rectangle
    readings: tuple[Reading, ...]
    score: float


@dataclass(frozen=True)
class Line:
    """A column. Of furigana `base` are the glyphs that it stands beside."""

    id: str
    kind: Kind
    glyphs: tuple[Glyph, ...]
    place: Rectangle
    outline: Points
    baseline: Points
    base: tuple[Glyph, ...] = ()

    @property
    def text(self) -> str:
        return "".join(glyph.readings[0].text for glyph in self.glyphs)

    @property
    def probability(self) -> float:
        return sum(glyph.readings[0].probability for glyph in self.glyphs) / len(self.glyphs)


@dataclass(frozen=True)
class Region:
    """A block, and the number of its page within an opening, from 0."""

    id: str
    leaf: int
    lines: tuple[Line, ...]
    place: Rectangle
    outline: Points

    @property
    def kind(self) -> Kind:
        """A title if all its lines are."""
        return "title" if all(line.kind == "title" for line in self.lines) else "text"


@dataclass(frozen=True)
class Layout:
    """All of a page in reading order; regions and lines of which nothing was read are left out."""

    regions: tuple[Region, ...]
    writing: Writing

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for region in self.regions for line in region.lines)

    @property
    def probability(self) -> float | None:
        """The mean of all characters; None where there is none."""
        each = [glyph.readings[0].probability for line in self.lines for glyph in line.glyphs]
        return sum(each) / len(each) if each else None


def laid_out(page: Page) -> Layout:
    """The regions of `page`: ids are `block_1`, `column_1_1`, `character_1_1_1`, …, numbered in reading order."""
    writing = writing_of(page)
    blocks = [block for block in page.blocks if any(column.characters for column in block.columns)]
    return Layout(tuple(_region(page, writing, f"{n}", block) for n, block in enumerate(blocks, 1)), writing)


def _region(page: Page, writing: Writing, number: str, block: Block) -> Region:
    lines: list[Line] = []
    base: tuple[Glyph, ...] = ()
    for at, column in enumerate((column for column in block.columns if column.characters), 1):
        lines.append(_line(page, writing, f"{number}_{at}", column, base))
        if column.kind != "furigana":
            base = lines[-1].glyphs
    places = [line.place for line in lines]
    around = outline(places, downwards=not writing.downwards)
    return Region(f"block_{number}", block.leaf, tuple(lines), Rectangle.around(places), around)


def _line(page: Page, writing: Writing, number: str, column: Column, before: tuple[Glyph, ...]) -> Line:
    glyphs = tuple(_glyph(page, f"{number}_{n}", character) for n, character in enumerate(column.characters, 1))
    places = [glyph.place for glyph in glyphs]
    beside = slice(column.base[0], column.base[1] + 1) if column.base and column.kind == "furigana" else slice(0)
    return Line(
        id=f"column_{number}",
        kind=column.kind,
        glyphs=glyphs,
        place=Rectangle.around(places),
        outline=outline(places, writing.downwards),
        baseline=baseline(places, writing.downwards),
        base=before[beside],
    )


def _glyph(page: Page, number: str, character: Character) -> Glyph:
    readings = tuple(Reading(shown(each), _probability(each.prob)) for each in character.candidates)
    place = Rectangle.within(character.box, page.width, page.height)
    return Glyph(f"character_{number}", place, readings, _probability(character.box_score))


def _probability(value: float) -> float:
    return min(max(0.0, value), 1.0)  # 0 for what is no number
