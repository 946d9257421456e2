import pytest
from hypothesis import given, settings
from lxml import etree
from made_pages import PAGES, all_kinds, candidates, on_image, opening, page, pages, plain
from schemas import schema, written

from mojika.formats.registry import FORMATS
from mojika.reading.page import Block, Character, Column, Page

A = {"a": "http://www.loc.gov/standards/alto/ns-v4#"}


@pytest.fixture(scope="module")
def alto_schema():
    return schema("alto-4-4.xsd")


def alto_of(page: Page) -> etree._Element:
    return etree.fromstring(written(FORMATS["alto"].write, on_image(page)))


def attributes(page: Page, path: str) -> list[str]:
    return alto_of(page).xpath(path, namespaces=A)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_pages_follow_the_schema(page, alto_schema):
    alto_schema.assertValid(alto_of(page))


@settings(max_examples=15)
@given(page=pages)
def test_any_page_follows_the_schema(page, alto_schema):
    alto_schema.assertValid(alto_of(page))


@pytest.mark.parametrize("name", ["plain", "opening", "all kinds", "crowded", "bengali"])
def test_every_column_is_a_string_in_reading_order(name):
    assert attributes(PAGES[name], "//a:String/@CONTENT") == [column.text for column in PAGES[name].columns]


def test_the_reading_order_names_the_columns_of_each_block():
    root = alto_of(all_kinds())
    named = [root.xpath("//*[@ID=$id]", id=id)[0] for id in root.xpath("//a:ElementRef/@REF", namespaces=A)]
    assert [line.findtext("a:String", namespaces=A) is not None for line in named] == [True] * 7
    assert named == root.xpath("//a:TextLine", namespaces=A)


def test_glyphs_have_box_probability_and_alternatives():
    glyph = alto_of(plain()).find(".//a:Glyph", A)
    assert dict(glyph.attrib) == {
        "ID": "character_1_1_1", "CONTENT": "い", "GC": "0.6000",
        "HPOS": "900", "VPOS": "100", "WIDTH": "40", "HEIGHT": "40",
    }  # fmt: skip
    variants = [(each.get("CONTENT"), each.get("VC")) for each in glyph.iterfind("a:Variant", A)]
    assert variants == [("似", "0.3000"), ("𛂞", "0.2000")]


def test_a_character_of_several_code_points_is_as_many_glyphs_in_one_place():
    first = alto_of(PAGES["bengali"]).xpath("//a:Glyph[starts-with(@ID, 'character_1_1_1')]", namespaces=A)
    assert "".join(glyph.get("CONTENT") for glyph in first) == "ক্ষি"
    assert {tuple(glyph.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")) for glyph in first} == {
        ("100", "100", "120", "120")
    }
    assert [len(glyph) for glyph in first] == [2, 0, 0, 0]


def test_all_readings_of_a_single_grapheme_are_there():
    readings = candidates("ক্ষি", "ন্ত্র্যা", "ক্ষী", "বাং")
    root = alto_of(page(Block((Column((Character((0, 0, 50, 50), 1.0, readings),)),))))
    assert [each.text for each in root.iterfind(".//a:ALTERNATIVE", A)] == ["ন্ত্র্যা", "ক্ষী"]
    assert [each.get("CONTENT") for each in root.iterfind(".//a:Variant", A)] == ["বাং"]


def test_columns_run_downwards_and_bengali_lines_to_the_right():
    assert set(attributes(plain(), "//@BASEDIRECTION")) == {"ttb"}
    assert set(attributes(PAGES["bengali"], "//@BASEDIRECTION")) == {"ltr"}
    assert attributes(plain(), "//a:TextLine[1]/@BASELINE") == ["930 100 930 410"]
    assert attributes(PAGES["bengali"], "//@BASELINE") == ["100 190 595 190"]


def test_kinds_of_columns_and_leaves_are_tags():
    root = alto_of(all_kinds())
    labels = dict(zip(root.xpath("//a:OtherTag/@ID", namespaces=A), root.xpath("//a:OtherTag/@LABEL", namespaces=A)))  # noqa: B905
    tags = [[labels[id] for id in refs.split()] for refs in root.xpath("//a:TextLine/@TAGREFS", namespaces=A)]
    assert [kind for kind, *_ in tags] == [column.kind for column in all_kinds().columns]
    assert tags[2] == ["furigana", "character_1_2_1 character_1_2_1"]
    assert attributes(opening(), "//a:TextBlock/@TAGREFS") == ["kind_text leaf_1", "kind_text leaf_2"]


def test_what_cannot_be_written_is_one_replacement_character():
    text = attributes(PAGES["hostile"], "string(//a:String/@CONTENT)")
    assert text == "\ufffd" * 7 + "<&\"']]>\u200f "


def test_the_file_names_image_program_and_models():
    root = alto_of(all_kinds())
    assert root.findtext(".//a:fileName", namespaces=A) == "p 1.jpg"
    assert root.findtext(".//a:softwareName", namespaces=A) == "Mojika"
    assert "検出" in root.findtext(".//a:processingStepSettings", namespaces=A)
    assert root.find(".//a:Page", A).attrib["WIDTH"] == "1000"
