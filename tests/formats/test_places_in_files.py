"""Where things are according to the files alone: within the page, with an area, and each within what holds it."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from lxml import etree
from made_pages import PAGES, on_image, pages
from schemas import written

from mojika.formats.registry import FORMATS

FORMS = ["alto", "page", "page-2013", "tei", "tei-edition", "ndl"]
Box = tuple[float, float, float, float]


def of_points(text: str) -> Box:
    x, y = np.array(text.replace(",", " ").split(), float).reshape(-1, 2).T
    return x.min(), y.min(), x.max(), y.max()


def of_alto(element: etree._Element) -> list[Box]:
    x, y, width, height = (float(element.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
    shapes = [of_points(each.get("POINTS")) for each in element.iterfind("{*}Shape/{*}Polygon")]
    return [(x, y, x + width, y + height), *shapes]


def of_page_xml(element: etree._Element) -> list[Box]:
    return [of_points(each.get("points")) for each in element.iterfind("{*}Coords")]


def of_tei(element: etree._Element) -> list[Box]:
    return [tuple(float(element.get(name)) for name in ("ulx", "uly", "lrx", "lry"))]


def places(format: str, content: bytes) -> list[tuple[Box, Box | None]]:
    """Each place in a file, and the place that should hold it."""
    if format == "ndl":
        lines = json.loads(content)["contents"][0]
        return [((*line["boundingBox"][0], *line["boundingBox"][3]), None) for line in lines]
    root = etree.fromstring(content)
    if format.startswith("tei"):
        zones = {each.get("{http://www.w3.org/XML/1998/namespace}id"): of_tei(each)[0] for each in root.iter("{*}zone")}
        above = {name: f"{kind}_{number}" for name in zones for kind, number in [parent_of(name)]}
        return [(box, zones.get(above[name])) for name, box in zones.items()]
    tags, boxes_of = {
        "alto": (("PrintSpace", "TextBlock", "TextLine", "String", "Glyph"), of_alto),
        "page": (("TextRegion", "TextLine", "Word", "Glyph"), of_page_xml),
    }[format.removesuffix("-2013")]
    held = [(element, element.getparent()) for tag in tags for element in root.iter(f"{{*}}{tag}")]
    return [
        (inner, outer)
        for element, parent in held
        for inner in boxes_of(element)
        for outer in (boxes_of(parent) if etree.QName(parent).localname in tags else [None])
    ]


def parent_of(zone: str) -> tuple[str, str]:
    kind, *numbers = zone.split("_")
    return {"character": "column", "column": "block", "block": "page"}[kind], "_".join(numbers[:-1])


def check(format: str, page) -> None:
    for (x1, y1, x2, y2), outer in places(format, written(FORMATS[format].write, on_image(page))):
        assert 0 <= x1 < x2 <= page.width and 0 <= y1 < y2 <= page.height
        if outer is not None:
            assert outer[0] <= x1 and outer[1] <= y1 and x2 <= outer[2] and y2 <= outer[3]


@pytest.mark.parametrize("format", FORMS)
@pytest.mark.parametrize("name", [name for name in PAGES if name != "crowded"])
def test_places_lie_in_the_page_and_in_what_holds_them(format, name):
    check(format, PAGES[name])


@pytest.mark.parametrize("format", FORMS)
@settings(max_examples=10)
@given(page=pages)
def test_places_of_any_page(format, page):
    check(format, page)


@pytest.mark.parametrize("format", FORMS[:-1])
def test_every_glyph_keeps_its_box_to_the_pixel(format):
    """Boxes in whole pixels within the page are written as they are."""
    page = PAGES["all kinds"]
    boxes = {box for box, _ in places(format, written(FORMATS[format].write, on_image(page)))}
    assert {character.box for character in page.characters} <= boxes


@pytest.mark.parametrize("format", FORMS[:-1])
def test_ids_are_names_and_unique(format):
    root = etree.fromstring(written(FORMATS[format].write, on_image(PAGES["all kinds"])))
    names = [v for e in root.iter() for k, v in e.attrib.items() if etree.QName(k).localname.lower() == "id"]
    assert len(names) == len(set(names)) > 30
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
