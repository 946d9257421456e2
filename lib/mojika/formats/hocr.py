"""hOCR 1.2 (https://kba.github.io/hocr-spec/1.2/), as Tesseract writes it: an `ocr_line` with one `ocrx_word` for each
column, an `ocrx_cinfo` for each character."""

from collections.abc import Iterable
from typing import IO, Any

from lxml import etree
from lxml.builder import ElementMaker

from mojika.formats.format import PageOnImage
from mojika.formats.geometry import Points, Rectangle
from mojika.formats.layout import Glyph, Line, Region, laid_out
from mojika.formats.provenance import PROGRAM, VERSION, file_name, settings_in_json
from mojika.formats.writing import writable
from mojika.reading.page import Page

NAMESPACE = "http://www.w3.org/1999/xhtml"
DOCTYPE = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
)
HTML = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})
_STYLE = ".ocr_line { display: block }"
_STYLE_DOWNWARDS = f".ocr_carea {{ writing-mode: vertical-rl }} {_STYLE}"
_CLASSES = ("ocr_page", "ocr_carea", "ocr_par", "ocr_line", "ocrx_word", "ocrx_cinfo", "ocrp_wconf", "ocrp_poly")


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """One page as hOCR; raises `ValueError` unless there is just one."""
    (each,) = pages
    root = hocr(each.page)
    for element in root.iter():  # readers take a blank within a line for one of the text
        if element.get("class") not in ("ocrx_word", "ocrx_cinfo"):
            element.tail = "\n"
    etree.ElementTree(root).write(file, encoding="UTF-8", xml_declaration=True, doctype=DOCTYPE)


def hocr(page: Page) -> Any:
    """The root element."""
    layout = laid_out(page)
    language = layout.writing.language
    about = {
        "ocr-system": f"{PROGRAM} {VERSION}",
        "ocr-capabilities": " ".join(_CLASSES),
        "ocr-number-of-pages": "1",
        "ocr-langs": language,
        "ocr-scripts": layout.writing.script,
        "mojika-source": writable(page.source),
        **({"mojika-canvas": writable(page.canvas)} if page.canvas else {}),
        **({"mojika-settings": settings_in_json(page)} if page.made_by else {}),
    }
    head = HTML.head(
        HTML.title(writable(page.name)),
        HTML.meta({"http-equiv": "Content-Type", "content": "text/html; charset=utf-8"}),
        *(HTML.meta(name=name, content=content) for name, content in about.items()),
        HTML.style(_STYLE_DOWNWARDS if layout.writing.downwards else _STYLE),
    )
    whole = Rectangle(0, 0, page.width, page.height)
    image = file_name(page).replace('"', "'")  # hOCR has no way to say one
    title = _title(f'image "{image}"', _box(whole), "ppageno 0")
    body = _element("div", "ocr_page", "page_1", title, *map(_area, layout.regions))
    return HTML.html(head, HTML.body(body), lang=language)


def _area(region: Region) -> Any:
    title = _title(_box(region.place), _kind(region.kind), f"x_leaf {region.leaf}")
    paragraph = _element(
        "p", "ocr_par", region.id.replace("block", "paragraph"), _box(region.place), *map(_line, region.lines)
    )
    return _element("div", "ocr_carea", region.id, title, paragraph)


def _line(line: Line) -> Any:
    base = f"x_base {line.base[0].id} {line.base[-1].id}" if line.base else ""
    title = _title(_box(line.place), f"poly {_points(line.outline)}", _kind(line.kind), base)
    word = _element(
        "span",
        "ocrx_word",
        line.id.replace("column", "word"),
        _title(_box(line.place), f"x_wconf {100 * line.probability:.0f}"),
        *map(_character, line.glyphs),
    )
    return _element("span", "ocr_line", line.id, title, word)


def _character(glyph: Glyph) -> Any:
    place, taken = glyph.place, glyph.readings[0]
    box = f"x_bboxes {place.x1} {place.y1} {place.x2} {place.y2}"
    element = _element("span", "ocrx_cinfo", glyph.id, _title(box, f"x_conf {100 * taken.probability:.2f}"))
    element.text = taken.text
    return element


def _element(tag: str, kind: str, identifier: str, title: str, *children: Any) -> Any:
    return HTML(tag, *children, {"class": kind, "id": identifier, "title": title})


def _title(*properties: str) -> str:
    return "; ".join(filter(None, properties))


def _kind(kind: str) -> str:
    """What a column is, where it isn't simply text."""
    return "" if kind == "text" else f"x_kind {kind}"


def _box(place: Rectangle) -> str:
    return f"bbox {place.x1} {place.y1} {place.x2} {place.y2}"


def _points(points: Points) -> str:
    return " ".join(f"{x} {y}" for x, y in points)
