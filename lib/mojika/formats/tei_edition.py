"""TEI P5 (https://tei-c.org) to begin an edition with: furigana as `ruby`, two-line notes as `note`, and each character
with its zone and its certainty, with the alternatives where it is uncertain."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import IO, Any

from lxml import etree

from mojika.formats.format import PageOnImage
from mojika.formats.geometry import Points, Rectangle
from mojika.formats.layout import Glyph, Layout, Line, Region, laid_out
from mojika.formats.tei import ID, LANG, TEI, corners, graphic, header, line_numbers, page_break, page_breaks
from mojika.reading.page import Page

SCHEMA = "https://tei-c.org/release/xml/tei/custom/schema/relaxng/tei_all.rng"  # editors check the file with it
CERTAIN_FROM = 0.9  # probability; below it, a character is written with its alternatives


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """One page as TEI; raises `ValueError` unless there is just one."""
    (each,) = pages
    root = tei_edition(each.page)
    root.addprevious(etree.PI("xml-model", f'href="{SCHEMA}" schematypens="http://relaxng.org/ns/structure/1.0"'))
    root.getroottree().write(file, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def tei_edition(page: Page) -> Any:
    """The root element."""
    layout = laid_out(page)
    numbers, breaks = line_numbers(layout), page_breaks(layout)
    paragraphs = [_paragraph(region, breaks[region.id], numbers) for region in layout.regions]
    body = TEI.body(*(paragraphs or [TEI.p(page_break(0))]))
    return TEI.TEI(header(page), _facsimile(page, layout), TEI.text(body, {LANG: layout.writing.language}))


def _paragraph(region: Region, before: list[Any], numbers: dict[str, str]) -> Any:
    """A block. It begins with an end of line: where there is text, lxml adds no blanks between characters."""
    parts: list[Any] = []
    for is_note, columns in groupby(_with_furigana(region.lines), key=lambda column: column[0].kind == "note"):
        nodes = [node for line, beside in columns for node in _column(line, beside, numbers[line.id])]
        parts += [TEI.note(*nodes, place="inline", type="warichu")] if is_note else nodes
    return TEI.p("\n", *before, *parts, facs=f"#{region.id}")


def _with_furigana(lines: Iterable[Line]) -> list[tuple[Line, list[Line]]]:
    """Each column with the furigana that has its base there. Furigana without a base, or whose base overlaps that of
    other furigana, is a column of its own."""
    columns: list[tuple[Line, list[Line]]] = []
    based = -1
    for line in lines:
        at = _span(line, columns[based][0]) if line.base else None
        if at and all(at.stop <= other.start or at.start >= other.stop for other in _spans(columns[based])):
            columns[based][1].append(line)
        else:
            columns.append((line, []))
            based = len(columns) - 1 if line.kind != "furigana" else based
    return columns


def _span(furigana: Line, base: Line) -> range:
    first = base.glyphs.index(furigana.base[0])
    return range(first, first + len(furigana.base))


def _spans(column: tuple[Line, list[Line]]) -> list[range]:
    return [_span(furigana, column[0]) for furigana in column[1]]


def _column(line: Line, beside: list[Line], number: str) -> Iterator[Any]:
    yield TEI.lb(n=number, facs=f"#{line.id}")
    characters = list(_characters(line, beside))
    yield from [TEI.seg(*characters, type=line.kind)] if line.kind in ("title", "furigana") else characters


def _characters(line: Line, beside: list[Line]) -> Iterator[Any]:
    starts = {_span(furigana, line).start: furigana for furigana in beside}
    at = 0
    while at < len(line.glyphs):
        furigana = starts.get(at)
        if furigana:
            base, reading = map(_character, furigana.base), map(_character, furigana.glyphs)
            yield TEI.ruby(TEI.rb(*base), TEI.rt(*reading, place="right", facs=f"#{furigana.id}"))
        else:
            yield _character(line.glyphs[at])
        at += len(furigana.base) if furigana else 1


def _character(glyph: Glyph) -> Any:
    """A certain character, or a choice of uncertain ones; of one reading alone, no choice."""
    taken, place = glyph.readings[0], {"facs": f"#{glyph.id}"}
    if taken.probability >= CERTAIN_FROM:
        return TEI.c(taken.text, place, cert=f"{taken.probability:.4f}")
    if len(glyph.readings) == 1:
        return TEI.unclear(taken.text, place, cert=f"{taken.probability:.4f}")
    readings = (TEI.unclear(each.text, cert=f"{each.probability:.4f}") for each in glyph.readings)
    return TEI.choice(*readings, place)


def _facsimile(page: Page, layout: Layout) -> Any:
    whole = Rectangle(0, 0, page.width, page.height)
    blocks = (
        _zone(r.id, "block", r.place, r.outline, [_column_zone(line) for line in r.lines]) for r in layout.regions
    )
    return TEI.facsimile(TEI.surface(graphic(page), *blocks, {ID: "page"}, **corners(whole)))


def _column_zone(line: Line) -> Any:
    inside = [_zone(glyph.id, "character", glyph.place, (), []) for glyph in line.glyphs]
    return _zone(line.id, "column", line.place, line.outline, inside)


def _zone(name: str, kind: str, place: Rectangle, outline: Points, inside: list[Any]) -> Any:
    points = {"points": " ".join(f"{x},{y}" for x, y in outline)} if outline else {}
    return TEI.zone(*inside, {ID: name}, type=kind, **corners(place), **points)
