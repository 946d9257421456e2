"""TEI P5 (https://tei-c.org) as the schema for the National Diet Library's OCR of old books narrows it: paragraphs of
lines, and a facsimile with a zone for each block, column and character."""

from collections import Counter
from collections.abc import Iterable
from typing import IO, Any

from lxml import etree
from lxml.builder import ElementMaker

from mojika.formats.format import PageOnImage
from mojika.formats.geometry import Rectangle
from mojika.formats.layout import Layout, Line, Region, laid_out
from mojika.formats.provenance import PROGRAM, VERSION, image_address, settings_in_json
from mojika.formats.writing import writable
from mojika.reading.page import Page

NAMESPACE = "http://www.tei-c.org/ns/1.0"
ID, LANG = "{http://www.w3.org/XML/1998/namespace}id", "{http://www.w3.org/XML/1998/namespace}lang"
TEI = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """One page as TEI; raises `ValueError` unless there is just one."""
    (each,) = pages
    etree.ElementTree(tei(each.page)).write(file, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def tei(page: Page) -> Any:
    """The root element."""
    layout = laid_out(page)
    numbers, breaks = line_numbers(layout), page_breaks(layout)
    paragraphs = [_paragraph(region, breaks[region.id], numbers) for region in layout.regions]
    body = TEI.body(*(paragraphs or [TEI.p(page_break(0))]))
    return TEI.TEI(header(page), TEI.text(body, {LANG: layout.writing.language}), _facsimile(page, layout))


def header(page: Page) -> Any:
    """What is known of image and program."""
    read = TEI.respStmt(TEI.resp("automatic transcription"), TEI.name(f"{PROGRAM} {VERSION}"))
    sources = [page.source, *([page.canvas] if page.canvas else [])]
    how = f" Settings: {settings_in_json(page)}" if page.made_by else ""
    return TEI.teiHeader(
        TEI.fileDesc(
            TEI.titleStmt(TEI.title(writable(page.name)), read),
            TEI.publicationStmt(TEI.p(f"Written by {PROGRAM}.{how}")),
            TEI.sourceDesc(TEI.p(writable(", ".join(sources)))),
        )
    )


def line_numbers(layout: Layout) -> dict[str, str]:
    """For the id of each line the number of its page in an opening and its own: 1.1, 1.2, …, 2.1, …"""
    counts, numbers = Counter[int](), {}
    for region in layout.regions:
        for line in region.lines:
            counts[region.leaf] += 1
            numbers[line.id] = f"{region.leaf + 1}.{counts[region.leaf]}"
    return numbers


def page_breaks(layout: Layout) -> dict[str, list[Any]]:
    """For the id of each region the break before it, if a page of an opening begins there."""
    before = [None, *(region.leaf for region in layout.regions)]
    return {
        region.id: [] if region.leaf == leaf else [page_break(region.leaf)]
        for leaf, region in zip(before, layout.regions, strict=False)
    }


def page_break(leaf: int) -> Any:
    """The beginning of a page of an opening, counted from 0."""
    return TEI.pb(n=f"{leaf + 1}", facs="#page")


def graphic(page: Page) -> Any:
    """The image."""
    return TEI.graphic(url=image_address(page), width=f"{page.width}px", height=f"{page.height}px")


def corners(place: Rectangle) -> dict[str, str]:
    """The attributes of a zone or surface."""
    return {"ulx": f"{place.x1}", "uly": f"{place.y1}", "lrx": f"{place.x2}", "lry": f"{place.y2}"}


def _paragraph(region: Region, before: list[Any], numbers: dict[str, str]) -> Any:
    lines = (_line(line, numbers[line.id]) for line in region.lines)
    return TEI.p(*before, *lines, {ID: region.id.replace("block", "text")})


def _line(line: Line, number: str) -> Any:
    """The break before a column and the column's text; the kind of a column that is not plain text is the break's."""
    kind = {} if line.kind == "text" else {"type": line.kind}
    element = TEI.lb(n=number, corresp=f"#{line.id}", **kind)
    element.tail = f"{line.text}\n"
    return element


def _facsimile(page: Page, layout: Layout) -> Any:
    zones = []
    for region in layout.regions:
        zones.append(_zone(region.id, region.place))
        for line in region.lines:
            zones.append(_zone(line.id, line.place))
            zones += [_zone(glyph.id, glyph.place) for glyph in line.glyphs]
    whole = Rectangle(0, 0, page.width, page.height)
    return TEI.facsimile(TEI.surface(graphic(page), *zones, {ID: "page"}, **corners(whole)))


def _zone(name: str, place: Rectangle) -> Any:
    return TEI.zone({ID: name}, **corners(place))
