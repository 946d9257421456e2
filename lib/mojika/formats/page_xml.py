"""PAGE 2019-07-15 (https://github.com/PRImA-Research-Lab/PAGE-XML): a TextRegion for each block, a TextLine with one
Word for each column, a Glyph with a TextEquiv for each reading of a character."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Any

from lxml import etree
from lxml.builder import ElementMaker

from mojika.formats.format import PageOnImage
from mojika.formats.geometry import Points
from mojika.formats.layout import Glyph, Layout, Line, Region, laid_out
from mojika.formats.provenance import PROGRAM, VERSION, file_name, settings
from mojika.formats.writing import BENGALI, JAPANESE, writable
from mojika.reading.page import Page

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PAGE = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE, "xsi": XSI})
LANGUAGES = {JAPANESE: "Japanese", BENGALI: "Bengali"}
SCRIPTS = {JAPANESE: "Jpan - Japanese", BENGALI: "Beng - Bengali"}


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """One page as PAGE XML; raises `ValueError` unless there is just one."""
    (each,) = pages
    etree.ElementTree(page_xml(each.page)).write(file, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def page_xml(page: Page) -> Any:
    """The root element."""
    location = f"{NAMESPACE} {NAMESPACE}/pagecontent.xsd"
    return PAGE.PcGts(_metadata(page), _page(page, laid_out(page)), {f"{{{XSI}}}schemaLocation": location})


def _metadata(page: Page) -> Any:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    labels = [PAGE.Label(type=key, value=value) for key, value in settings(page).items()]
    places = {"source": page.source, "canvas": page.canvas}
    return PAGE.Metadata(
        PAGE.Creator(f"{PROGRAM} {VERSION}"),
        PAGE.Created(now),
        PAGE.LastChange(now),
        *(PAGE.MetadataItem(type="other", name=k, value=writable(v)) for k, v in places.items() if v),
        PAGE.MetadataItem(
            *([PAGE.Labels(*labels)] if labels else []), type="processingStep", name="recognition", value=PROGRAM
        ),
    )


def _page(page: Page, layout: Layout) -> Any:
    return PAGE.Page(
        *_reading_order(page, layout),
        *(_region(layout, at, region) for at, region in enumerate(layout.regions)),
        imageFilename=file_name(page),
        imageWidth=f"{page.width}",
        imageHeight=f"{page.height}",
        primaryLanguage=LANGUAGES[layout.writing],
        primaryScript=SCRIPTS[layout.writing],
        **_directions(layout),
        **({} if layout.probability is None else {"conf": f"{layout.probability:.4f}"}),
    )


def _reading_order(page: Page, layout: Layout) -> list[Any]:
    """The blocks one after the other; nothing for a page without text, as the schema demands."""
    if not layout.regions:
        return []
    references = (PAGE.RegionRefIndexed(index=f"{n}", regionRef=r.id) for n, r in enumerate(layout.regions))
    sure = {} if page.confidence is None else {"conf": f"{min(max(0.0, page.confidence), 1.0):.4f}"}
    return [PAGE.ReadingOrder(PAGE.OrderedGroup(*references, id="order"), **sure)]


def _region(layout: Layout, at: int, region: Region) -> Any:
    return PAGE.TextRegion(
        _coordinates(region.outline),
        *(_line(layout, n, line) for n, line in enumerate(region.lines)),
        _text("\n".join(line.text for line in region.lines)),
        id=region.id,
        type="heading" if region.kind == "title" else "paragraph",
        custom=f"readingOrder {{index:{at};}} leaf {{index:{region.leaf};}}",
        **_directions(layout),
    )


def _line(layout: Layout, at: int, line: Line) -> Any:
    word = PAGE.Word(
        _coordinates(line.outline),
        *map(_glyph, line.glyphs),
        _text(line.text, line.probability),
        id=line.id.replace("column", "word"),
        readingDirection=_directions(layout)["readingDirection"],
    )
    return PAGE.TextLine(
        _coordinates(line.outline),
        PAGE.Baseline(points=_points(line.baseline)),
        word,
        _text(line.text, line.probability),
        id=line.id,
        index=f"{at}",
        custom=f"readingOrder {{index:{at};}}{_structure(line)}",
        readingDirection=_directions(layout)["readingDirection"],
    )


def _structure(line: Line) -> str:
    """The characters that furigana belongs to; last, as eScriptorium wants it, the kind of a column if not text."""
    base = f" furigana {{first:{line.base[0].id}; last:{line.base[-1].id};}}" if line.base else ""
    return base + ("" if line.kind == "text" else f" structure {{type:{line.kind};}}")


def _glyph(glyph: Glyph) -> Any:
    """The readings are numbered from 1: the lowest number is the one to take."""
    readings = (_text(each.text, each.probability, at) for at, each in enumerate(glyph.readings, 1))
    place = PAGE.Coords(points=_points(glyph.place.corners), conf=f"{glyph.score:.4f}")
    return PAGE.Glyph(place, *readings, id=glyph.id)


def _text(text: str, probability: float | None = None, index: int | None = None) -> Any:
    given = {"index": index, "conf": None if probability is None else f"{probability:.4f}"}
    return PAGE.TextEquiv(PAGE.Unicode(text), {key: f"{value}" for key, value in given.items() if value is not None})


def _coordinates(points: Points) -> Any:
    return PAGE.Coords(points=_points(points))


def _points(points: Points) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _directions(layout: Layout) -> dict[str, str]:
    if layout.writing.downwards:
        return {"readingDirection": "top-to-bottom", "textLineOrder": "right-to-left"}
    return {"readingDirection": "left-to-right", "textLineOrder": "top-to-bottom"}
