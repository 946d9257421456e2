import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from lxml import etree
from made_pages import PAGES, all_kinds, on_image, opening, pages, plain
from schemas import schema, written

from mojika.formats.registry import FORMATS
from mojika.reading.page import Page

T = {"t": "http://www.tei-c.org/ns/1.0"}
ID = "{http://www.w3.org/XML/1998/namespace}id"


@pytest.fixture(scope="module")
def tei_schema():
    return schema("ndl-koten-ocr.rng")


def tei_of(page: Page) -> etree._Element:
    return etree.fromstring(written(FORMATS["tei"].write, on_image(page)))


def lines_of(root: etree._Element) -> list[str]:
    return [(each.tail or "").removesuffix("\n") for each in root.iterfind(".//t:lb", T)]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_pages_follow_the_schema_and_its_rules(page, tei_schema):
    root = tei_of(page)
    tei_schema.assertValid(root)
    zones = {zone.get(ID) for zone in root.iterfind(".//t:zone", T)}
    assert {each.get("corresp")[1:] for each in root.iterfind(".//t:lb", T)} <= zones
    assert all(re.fullmatch(r"\d+\.\d+", each.get("n")) for each in root.iterfind(".//t:lb", T))


@settings(max_examples=15)
@given(page=pages)
def test_any_page_follows_the_schema(page, tei_schema):
    tei_schema.assertValid(tei_of(page))


@pytest.mark.parametrize("name", ["plain", "opening", "all kinds", "bengali"])
def test_every_column_is_a_line_in_reading_order(name):
    assert lines_of(tei_of(PAGES[name])) == [column.text for column in PAGES[name].columns]


def test_each_character_has_a_zone_under_the_number_of_its_place():
    root = tei_of(plain())
    zone = root.xpath("//t:zone[@xml:id='character_1_2_3']", namespaces=T)[0]
    assert dict(zone.attrib) == {ID: "character_1_2_3", "ulx": "800", "uly": "190", "lrx": "840", "lry": "230"}
    assert [each.get("corresp") for each in root.iterfind(".//t:lb", T)][1] == "#column_1_2"
    assert len(root.findall(".//t:zone", T)) == 1 + 3 + 21


def test_the_pages_of_an_opening_begin_with_a_page_break():
    root = tei_of(opening())
    assert [each.get("n") for each in root.iterfind(".//t:pb", T)] == ["1", "2"]
    assert [each.get("n") for each in root.iterfind(".//t:lb", T)] == ["1.1", "2.1"]
    assert "https://example.org/iiif/1/canvas/p1" in root.findtext(".//t:sourceDesc/t:p", namespaces=T)


def test_kinds_of_columns_are_those_of_line_breaks():
    kinds = [each.get("type", "text") for each in tei_of(all_kinds()).iterfind(".//t:lb", T)]
    assert kinds == [column.kind for column in all_kinds().columns]


def test_the_surface_is_the_page():
    surface = tei_of(plain()).find(".//t:surface", T)
    assert dict(surface.attrib) == {ID: "page", "ulx": "0", "uly": "0", "lrx": "1000", "lry": "1500"}
    assert dict(surface[0].attrib) == {"url": "p%201.jpg", "width": "1000px", "height": "1500px"}


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("/scans/a b%c:d.jpg", "a%20b%25c%3Ad.jpg"),
        ("巻/一.jpg", "%E4%B8%80.jpg"),
        ("/scans/book.PDF page 12", "book.PDF_page_12.png"),  # as eScriptorium names it
        ("book.tif page 2", "p%201.jpg"),
        ("https://example.org/manifest.json page 3", "p%201.jpg"),
        ("https://example.org/i%20i/default.jpg?x=é", "https://example.org/i%20i/default.jpg?x=%C3%A9"),
    ],
)
def test_the_address_of_the_image_is_a_uri(source, url, tei_schema):
    root = tei_of(replace(plain(), source=source))
    assert root.find(".//t:graphic", T).get("url") == url
    tei_schema.assertValid(root)
