import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from lxml import etree
from made_pages import PAGES, all_kinds, bengali, on_image, opening, pages, plain
from schemas import schema, written

from mojika.formats.registry import FORMATS
from mojika.reading.page import Page

P = {"p": "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"}


@pytest.fixture(scope="module")
def page_schema():
    return schema("pagecontent-2019-07-15.xsd")


def page_xml_of(page: Page) -> etree._Element:
    return etree.fromstring(written(FORMATS["page"].write, on_image(page)))


def found(page: Page, path: str) -> list[str]:
    return page_xml_of(page).xpath(path, namespaces=P)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_pages_follow_the_schema(page, page_schema):
    page_schema.assertValid(page_xml_of(page))


@settings(max_examples=15)
@given(page=pages)
def test_any_page_follows_the_schema(page, page_schema):
    page_schema.assertValid(page_xml_of(page))


@pytest.mark.parametrize("name", ["plain", "opening", "all kinds", "bengali"])
def test_every_column_is_a_line_in_reading_order(name):
    page = PAGES[name]
    columns = [column.text for column in page.columns]
    assert found(page, "//p:TextLine/p:TextEquiv/p:Unicode/text()") == columns
    assert found(page, "//p:TextRegion/p:TextEquiv/p:Unicode/text()") == [
        "\n".join(column.text for column in block.columns) for block in page.blocks
    ]
    assert "".join(found(page, "//p:Glyph/p:TextEquiv[@index='1']/p:Unicode/text()")) == "".join(columns)


def test_the_order_is_in_the_reading_order_and_in_custom():
    page = opening()
    assert found(page, "//p:RegionRefIndexed/@regionRef") == ["block_1", "block_2"]
    assert found(page, "//p:TextRegion/@custom") == [
        "readingOrder {index:0;} leaf {index:0;}",
        "readingOrder {index:1;} leaf {index:1;}",
    ]
    lines = found(all_kinds(), "//p:TextRegion[1]/p:TextLine/@custom")
    assert [line.split("}")[0] for line in lines] == [f"readingOrder {{index:{n};" for n in range(6)]
    assert found(plain(), "string(//p:ReadingOrder/@conf)") == "0.9300"


def test_kinds_and_the_base_of_furigana_are_in_custom():
    assert [line.partition("} ")[2] for line in found(all_kinds(), "//p:TextLine/@custom")] == [
        "structure {type:title;}",
        "",
        "furigana {first:character_1_2_1; last:character_1_2_1;} structure {type:furigana;}",
        "structure {type:note;}",
        "structure {type:note;}",
        "",
        "structure {type:title;}",
    ]
    assert found(all_kinds(), "//p:TextRegion/@type") == ["paragraph", "heading"]


def test_glyphs_have_box_and_readings_with_probability():
    glyph = page_xml_of(plain()).find(".//p:Glyph", P)
    assert dict(glyph.find("p:Coords", P).attrib) == {
        "points": "900,100 940,100 940,140 900,140",
        "conf": "0.9000",
    }
    readings = [(e.get("index"), e.get("conf"), e.findtext("p:Unicode", namespaces=P)) for e in glyph[1:]]
    assert readings == [("1", "0.6000", "い"), ("2", "0.3000", "似"), ("3", "0.2000", "𛂞")]


def test_columns_run_downwards_from_right_to_left_and_bengali_lines_to_the_right():
    assert set(found(plain(), "//@readingDirection")) == {"top-to-bottom"}
    assert set(found(plain(), "//@textLineOrder")) == {"right-to-left"}
    assert found(plain(), "//p:Baseline/@points")[0] == "930,100 930,410"
    assert set(found(bengali(), "//@readingDirection")) == {"left-to-right"}
    assert found(bengali(), "//p:Page/@primaryScript") == ["Beng - Bengali"]


def test_the_file_names_image_program_and_models():
    root = page_xml_of(replace(all_kinds(), canvas="https://example.org/c1"))
    assert root.find("p:Page", P).get("imageFilename") == "p 1.jpg"
    assert root.findtext("p:Metadata/p:Creator", namespaces=P).startswith("Mojika ")
    items = {each.get("name"): each.get("value") for each in root.iterfind(".//p:MetadataItem", P)}
    assert items == {"source": "/scans/book/p 1.jpg", "canvas": "https://example.org/c1", "recognition": "Mojika"}
    assert dict(root.find(".//p:Label", P).attrib) == {"type": "models", "value": '["検出", "読み"]'}


@pytest.mark.parametrize("format", ["alto", "page", "page-2013", "tei", "tei-edition", "ndl"])
def test_a_file_is_one_page(format):
    with pytest.raises(ValueError):
        FORMATS[format].write([on_image(plain()), on_image(plain())], io.BytesIO())
