import re

import pytest
from lxml import etree
from made_pages import PAGES, all_kinds, on_image
from schemas import schema, written

from mojika.formats.registry import FORMATS

# The attributes that the schema of 2013-07-15 has, of those that the files of 2019-07-15 use.
ATTRIBUTES = {
    "Page": {"imageFilename", "imageWidth", "imageHeight"},
    "OrderedGroup": {"id"},
    "RegionRefIndexed": {"index", "regionRef"},
    "TextRegion": {"id", "type", "custom", "readingDirection"},
    "TextLine": {"id", "custom"},
    "Word": {"id"},
    "Glyph": {"id"},
    "TextEquiv": {"conf"},
    "Coords": {"points"},
    "Baseline": {"points"},
}


@pytest.fixture(scope="module")
def schema_of_2019():
    return schema("pagecontent-2019-07-15.xsd")


def page_2013_of(page) -> etree._Element:
    return etree.fromstring(written(FORMATS["page-2013"].write, on_image(page)))


@pytest.mark.parametrize("page", [PAGES["all kinds"], PAGES["opening"], PAGES["empty"]])
def test_pages_have_only_what_2013_knew(page):
    for element in page_2013_of(page)[1].iter():
        name = etree.QName(element)
        assert name.namespace == "http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15"
        assert set(element.attrib) <= ATTRIBUTES.get(name.localname, set())


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_they_are_pages_of_2019_but_for_the_namespace(page, schema_of_2019):
    """2019 allows all that 2013 did, so far as these files have it."""
    content = etree.tostring(page_2013_of(page)).replace(b"2013-07-15", b"2019-07-15")
    schema_of_2019.assertValid(etree.fromstring(content))


def test_each_glyph_keeps_its_likeliest_reading():
    root = page_2013_of(all_kinds())
    readings = root.xpath("//*[local-name()='Glyph']/*/*[local-name()='Unicode']/text()")
    assert readings == [character.char for character in all_kinds().characters]
    orders = root.xpath("//*[local-name()='TextRegion']/@custom")
    assert [re.match(r"readingOrder \{index:(\d+);\}", each)[1] for each in orders] == ["0", "1"]
