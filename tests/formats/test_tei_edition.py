from dataclasses import replace

import pytest
from hypothesis import given, settings
from lxml import etree
from made_pages import PAGES, all_kinds, column, leaning, on_image, page, pages, plain
from schemas import written

from mojika.formats.registry import FORMATS
from mojika.reading.page import Block, Page

T = {"t": "http://www.tei-c.org/ns/1.0"}


def edition_of(page: Page) -> etree._Element:
    return etree.fromstring(written(FORMATS["tei-edition"].write, on_image(page)))


def lines_of(root: etree._Element) -> dict[str, str]:
    """The text of each column by its zone; of several readings the first."""
    body = root.find(".//t:body", T)
    lines = {each.get("facs"): "" for each in body.iter("{*}lb", "{*}rt")}
    for character in body.xpath(".//t:c | .//t:unclear[not(preceding-sibling::t:unclear)]", namespaces=T):
        place = character.xpath("(ancestor::t:rt | preceding::t:lb[1])/@facs", namespaces=T)
        lines[place[-1]] += character.text or ""
    return lines


@pytest.mark.parametrize("name", ["plain", "opening", "all kinds", "bengali", "empty"])
def test_every_column_is_there(name):
    texts = sorted(column.text for column in PAGES[name].columns)
    assert sorted(lines_of(edition_of(PAGES[name])).values()) == texts


def test_furigana_is_ruby_over_its_base():
    [ruby] = edition_of(all_kinds()).findall(".//t:ruby", T)
    base, reading = ruby.findall("t:rb//t:unclear[1]", T), ruby.findall("t:rt//t:unclear[1]", T)
    assert ("".join(e.text for e in base), "".join(e.text for e in reading)) == ("昔", "むかし")
    assert ruby.find("t:rt", T).get("facs") == "#column_1_3"


def test_furigana_without_a_base_or_with_one_that_is_taken_is_a_column():
    furigana = [column("ふり", 845, 100, "furigana", 14, base) for base in (None, (0, 1), (1, 2), (2, 2))]
    root = edition_of(page(Block((column("昔男有りけり", 800, 100), *furigana))))
    assert [each.get("facs") for each in root.findall(".//t:rt", T)] == ["#column_1_3", "#column_1_5"]
    assert root.xpath("count(//t:seg[@type='furigana'])", namespaces=T) == 2


def test_both_half_columns_of_a_note_are_one_note():
    [note] = edition_of(all_kinds()).findall(".//t:note", T)
    assert note.get("place") == "inline"
    assert [each.get("facs") for each in note.findall("t:lb", T)] == ["#column_1_4", "#column_1_5"]


def test_certain_characters_stand_alone_and_uncertain_ones_with_alternatives():
    first, *others = plain().blocks[0].columns[0].characters
    sure = replace(first, candidates=(replace(first.candidates[0], prob=0.97), *first.candidates[1:]))
    block = Block((replace(plain().blocks[0].columns[0], characters=(sure, *others)),))
    root = edition_of(page(block))
    [certain], uncertain = root.findall(".//t:c", T), root.find(".//t:choice", T)
    assert dict(certain.attrib) == {"facs": "#character_1_1_1", "cert": "0.9700"}
    readings = [(each.text, each.get("cert")) for each in uncertain]
    assert readings == [("ろ", "0.6000"), ("似", "0.3000"), ("𛂞", "0.2000")]


def test_one_uncertain_reading_is_no_choice():
    root = edition_of(leaning())
    assert root.find(".//t:choice", T) is None and len(root.findall(".//t:unclear", T)) == 23


def test_zones_lie_in_each_other_with_the_outline_of_the_column():
    zone = edition_of(plain()).find(".//t:zone/t:zone", T)
    assert (zone.get("type"), zone.get("points")) == ("column", "940,100 940,410 900,410 900,100")
    assert [each.get("type") for each in zone] == ["character"] * 7


@settings(max_examples=15)
@given(page=pages)
def test_every_facs_of_any_page_names_something_there(page):
    root = edition_of(page)
    ids = set(root.xpath("//@xml:id"))
    assert {each[1:] for each in root.xpath("//@facs")} <= ids
