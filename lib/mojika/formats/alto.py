"""ALTO 4.4 (https://www.loc.gov/standards/alto/): a TextLine with one String for each column, a Glyph for each
character with its alternatives."""

from collections.abc import Iterable
from typing import IO, Any

from lxml import etree
from lxml.builder import ElementMaker

from mojika.formats.format import PageOnImage
from mojika.formats.geometry import Points, Rectangle
from mojika.formats.layout import Glyph, Layout, Line, Region, laid_out
from mojika.formats.provenance import PROGRAM, VERSION, file_name, settings_in_json
from mojika.formats.writing import writable
from mojika.reading.page import Page

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LONGEST_VARIANT = 3  # code points that the schema lets a Variant have; of a Glyph it is one
ALTO = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE, "xsi": XSI})
TAGS = {
    "text": "a column or a block of text",
    "title": "a title",
    "note": "a half column of a note in two lines (warichu)",
    "furigana": "a reading beside the characters that it belongs to",
}


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """One page as ALTO; raises `ValueError` unless there is just one."""
    (each,) = pages
    etree.ElementTree(alto(each.page)).write(file, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def alto(page: Page) -> Any:
    """The root element."""
    layout = laid_out(page)
    parts = [_description(page), _tags(layout), *_reading_order(layout), ALTO.Layout(_page(page, layout))]
    return ALTO.alto(*parts, {f"{{{XSI}}}schemaLocation": f"{NAMESPACE} {SCHEMA}"}, SCHEMAVERSION="4.4")


def _description(page: Page) -> Any:
    return ALTO.Description(
        ALTO.MeasurementUnit("pixel"),
        ALTO.sourceImageInformation(
            ALTO.fileName(file_name(page)),
            ALTO.fileIdentifier(writable(page.source)),
            *([ALTO.documentIdentifier(writable(page.canvas))] if page.canvas else []),
        ),
        ALTO.Processing(
            ALTO.processingCategory("contentGeneration"),
            ALTO.processingStepDescription("characters found and read, put into reading order"),
            *([] if page.confidence is None else [ALTO.processingStepDescription(_confidence_of_order(page))]),
            *([ALTO.processingStepSettings(settings_in_json(page))] if page.made_by else []),
            ALTO.processingSoftware(ALTO.softwareName(PROGRAM), ALTO.softwareVersion(VERSION)),
            ID="reading",
        ),
    )


def _confidence_of_order(page: Page) -> str:
    return f"confidence of the reading order: {page.confidence:.4f}"


def _tags(layout: Layout) -> Any:
    """What kinds of columns and blocks are on the page, what furigana belongs to, and which pages are in an opening."""
    found = {line.kind for line in layout.lines} | {region.kind for region in layout.regions}
    kinds = [kind for kind in TAGS if kind in found]
    lines = [ALTO.OtherTag(ID=_tag(kind), LABEL=kind, DESCRIPTION=TAGS[kind]) for kind in kinds]
    bases = [
        ALTO.OtherTag(ID=_tag_of_base(line), TYPE="base", LABEL=f"{line.base[0].id} {line.base[-1].id}")
        for line in layout.lines
        if line.base
    ]
    leaves = sorted({region.leaf for region in layout.regions})
    regions = [ALTO.LayoutTag(ID=_tag_of_leaf(n), TYPE="leaf", LABEL=f"leaf {n + 1}") for n in leaves]
    return ALTO.Tags(*lines, *bases, *regions)


def _tag(kind: str) -> str:
    return f"kind_{kind}"


def _tag_of_base(line: Line) -> str:
    return f"base_of_{line.id}"


def _tag_of_leaf(leaf: int) -> str:
    return f"leaf_{leaf + 1}"


def _reading_order(layout: Layout) -> list[Any]:
    """Blocks one after the other, in each its columns; nothing for a page without text, as the schema demands."""
    if not layout.regions:
        return []
    groups = [
        ALTO.OrderedGroup(
            *(ALTO.ElementRef(ID=f"order_of_{line.id}", REF=line.id) for line in region.lines),
            ID=f"order_of_{region.id}",
            REF=region.id,
        )
        for region in layout.regions
    ]
    return [ALTO.ReadingOrder(ALTO.OrderedGroup(*groups, ID="order"))]


def _page(page: Page, layout: Layout) -> Any:
    regions = layout.regions
    space = Rectangle.around([each.place for each in regions]) if regions else Rectangle(0, 0, page.width, page.height)
    return ALTO.Page(
        ALTO.PrintSpace(*(_block(layout, region) for region in regions), **_placed(space)),
        ID="page",
        WIDTH=f"{page.width}",
        HEIGHT=f"{page.height}",
        PHYSICAL_IMG_NR="1",
        PROCESSINGREFS="reading",
        LANG=layout.writing.language,
        **({} if layout.probability is None else {"PC": f"{layout.probability:.4f}"}),
    )


def _block(layout: Layout, region: Region) -> Any:
    return ALTO.TextBlock(
        _shape(region.outline),
        *(_line(layout, line) for line in region.lines),
        ID=region.id,
        TAGREFS=f"{_tag(region.kind)} {_tag_of_leaf(region.leaf)}",
        LANG=layout.writing.language,
        BASEDIRECTION=_direction(layout),
        **_placed(region.place),
    )


def _line(layout: Layout, line: Line) -> Any:
    return ALTO.TextLine(
        _shape(line.outline),
        _string(line),
        ID=line.id,
        TAGREFS=f"{_tag(line.kind)} {_tag_of_base(line)}" if line.base else _tag(line.kind),
        BASELINE=_points(line.baseline),
        BASEDIRECTION=_direction(layout),
        **_placed(line.place),
    )


def _string(line: Line) -> Any:
    """The column. Where it is a single character, alternatives that are too long for a Variant are the String's."""
    alone = line.glyphs[0].readings[1:] if len(line.glyphs) == 1 else ()
    longer = [ALTO.ALTERNATIVE(each.text) for each in alone if len(each.text) > LONGEST_VARIANT]
    glyphs = [element for glyph in line.glyphs for element in _glyphs(glyph)]
    unsure = (f"{9 * (1 - probability):.0f}" for glyph in line.glyphs for probability in _of_each_code_point(glyph))
    return ALTO.String(
        *longer,
        *glyphs,
        ID=line.id.replace("column", "string"),
        CONTENT=line.text,
        WC=f"{line.probability:.4f}",
        CC=" ".join(unsure),
        **_placed(line.place),
    )


def _glyphs(glyph: Glyph) -> list[Any]:
    """A Glyph for each code point, as the schema demands, all of them in the character's place; the first has the
    alternatives to the whole character that the schema can hold."""
    taken, *others = glyph.readings
    variants = [
        ALTO.Variant(CONTENT=each.text, VC=f"{each.probability:.4f}")
        for each in others
        if len(each.text) <= LONGEST_VARIANT
    ]
    return [
        ALTO.Glyph(
            *([] if n else variants),
            ID=f"{glyph.id}_{n + 1}" if n else glyph.id,
            CONTENT=code_point,
            GC=f"{taken.probability:.4f}",
            **_placed(glyph.place),
        )
        for n, code_point in enumerate(taken.text)
    ]


def _of_each_code_point(glyph: Glyph) -> list[float]:
    return [glyph.readings[0].probability] * len(glyph.readings[0].text)


def _direction(layout: Layout) -> str:
    return "ttb" if layout.writing.downwards else "ltr"


def _shape(points: Points) -> Any:
    return ALTO.Shape(ALTO.Polygon(POINTS=_points(points)))


def _points(points: Points) -> str:
    """`x y x y`, the older of the two ways that the schema describes: eScriptorium reads no other."""
    return " ".join(f"{x} {y}" for x, y in points)


def _placed(place: Rectangle) -> dict[str, str]:
    values = {"HPOS": place.x1, "VPOS": place.y1, "WIDTH": place.width, "HEIGHT": place.height}
    return {name: f"{value}" for name, value in values.items()}
