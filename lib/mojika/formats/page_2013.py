"""PAGE 2013-07-15, the version that Transkribus reads: that of 2019 without what 2013 did not know."""

from collections.abc import Iterable
from typing import IO, Any

from lxml import etree
from lxml.builder import ElementMaker

from mojika.formats.format import PageOnImage
from mojika.formats.page_xml import XSI, page_xml
from mojika.reading.page import Page

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15"
PAGE = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE, "xsi": XSI})
ATTRIBUTES = {  # those of 2013; of other elements all
    "Page": ("imageFilename", "imageWidth", "imageHeight"),
    "ReadingOrder": (),
    "TextRegion": ("id", "type", "custom", "readingDirection"),
    "TextLine": ("id", "custom"),
    "Word": ("id",),
    "Coords": ("points",),
    "TextEquiv": ("conf",),
}


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """One page as PAGE XML; raises `ValueError` unless there is just one."""
    (each,) = pages
    etree.ElementTree(page_2013(each.page)).write(file, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def page_2013(page: Page) -> Any:
    """The root element."""
    root = _as_in_2013(page_xml(page))
    root.set(f"{{{XSI}}}schemaLocation", f"{NAMESPACE} {NAMESPACE}/pagecontent.xsd")
    return root


def _as_in_2013(element: Any) -> Any:
    """A copy with the likeliest reading of each glyph, without metadata beyond program and time."""
    name = etree.QName(element).localname
    children = [child for child in element if etree.QName(child).localname != "MetadataItem"]
    if name == "Glyph":
        children = children[:2]  # place and first reading
    attributes = {key: value for key, value in element.items() if key in ATTRIBUTES.get(name, element.attrib)}
    return PAGE(name, *([element.text] if element.text else []), *map(_as_in_2013, children), attributes)
