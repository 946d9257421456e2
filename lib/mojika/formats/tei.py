"""TEI P5 (https://tei-c.org) as the schema for the National Diet Library's OCR of old books narrows it: paragraphs of
lines, and a facsimile with a zone for each block, column and character."""

from collections.abc import Iterable
from itertools import groupby
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
    body = TEI.body(*(_paragraphs(layout) or [TEI.p(_page_break(0))]))
    return TEI.TEI(_header(page), TEI.text(body, {LANG: layout.writing.language}), _facsimile(page, layout))


def _header(page: Page) -> Any:
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


def _paragraphs(layout: Layout) -> list[Any]:
    """A paragraph for each block; the first one of each page in an opening begins with the page."""
    paragraphs = []
    for leaf, regions in groupby(layout.regions, key=lambda region: region.leaf):
        number = 0
        for n, region in enumerate(regions):
            breaks = [_line(line, f"{leaf + 1}.{number + at}") for at, line in enumerate(region.lines, 1)]
            paragraphs.append(_paragraph(region, [*([] if n else [_page_break(leaf)]), *breaks]))
            number += len(region.lines)
    return paragraphs


def _paragraph(region: Region, breaks: list[Any]) -> Any:
    return TEI.p(*breaks, {ID: region.id.replace("block", "text")})


def _page_break(leaf: int) -> Any:
    return TEI.pb(n=f"{leaf + 1}", facs="#page")


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
    graphic = TEI.graphic(url=image_address(page), width=f"{page.width}px", height=f"{page.height}px")
    whole = Rectangle(0, 0, page.width, page.height)
    return TEI.facsimile(TEI.surface(graphic, *zones, {ID: "page"}, **_corners(whole)))


def _zone(name: str, place: Rectangle) -> Any:
    return TEI.zone({ID: name}, **_corners(place))


def _corners(place: Rectangle) -> dict[str, str]:
    return {"ulx": f"{place.x1}", "uly": f"{place.y1}", "lrx": f"{place.x2}", "lry": f"{place.y2}"}
