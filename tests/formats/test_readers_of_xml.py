"""What programs of other people find in our files. Some need environments of their own (docs/formats.md)."""

import pytest
from made_pages import PAGES, on_image
from schemas import written

from mojika.formats.registry import FORMATS

READABLE = [name for name in PAGES if name != "hostile"]


@pytest.mark.parametrize("format", ["page", "page-2013"])
@pytest.mark.parametrize("name", [name for name in READABLE if name != "crowded"])
def test_pypxml_finds_text_order_and_readings(name, format, tmp_path):
    pypxml = pytest.importorskip("pypxml")
    page, path = PAGES[name], tmp_path / "page.xml"
    path.write_bytes(written(FORMATS[format].write, on_image(page)))
    read = pypxml.PageXML.open(path)
    assert read.reading_order == [region["id"] for region in read.regions]
    lines = [line for region in read.regions for line in region.find_all("TextLine")]
    assert [pypxml.PageUtil.find_text(line) for line in lines] == [column.text for column in page.columns]
    glyphs = [glyph for line in lines for glyph in line.find("Word").find_all("Glyph")]
    readings = [
        [(pypxml.PageUtil.find_text(each), float(each["conf"])) for each in glyph.find_all("TextEquiv")]
        for glyph in glyphs
    ]
    kept = 1 if format == "page-2013" else None
    assert readings == [[(c.char, round(c.prob, 4)) for c in each.candidates[:kept]] for each in page.characters]


@pytest.mark.parametrize("name", READABLE)
def test_ocrd_finds_text_order_and_alternatives_and_no_inconsistency(name, tmp_path):
    ocrd_page = pytest.importorskip("ocrd_models.ocrd_page", reason="needs ocrd, see docs/formats.md")
    from ocrd_validators.page_validator import PageValidator

    page, path = PAGES[name], tmp_path / "page.xml"
    path.write_bytes(written(FORMATS["page"].write, on_image(page)))
    strict = {"page_textequiv_consistency": "strict", "check_coords": True, "check_baseline": True}
    assert PageValidator.validate(filename=str(path), **strict).errors == []
    regions = ocrd_page.parse(str(path), silence=True).get_Page().get_AllRegions(["Text"], order="reading-order")
    glyphs = [g for region in regions for line in region.get_TextLine() for g in line.get_Word()[0].get_Glyph()]
    readings = [[(each.Unicode, each.conf) for each in glyph.get_TextEquiv()] for glyph in glyphs]
    assert readings == [[(c.char, round(c.prob, 4)) for c in each.candidates] for each in page.characters]


@pytest.mark.parametrize("format", ["alto", "page", "page-2013"])
@pytest.mark.parametrize("name", READABLE)
def test_kraken_finds_lines_in_order_with_kinds_and_baselines(name, format, tmp_path):
    XMLPage = pytest.importorskip("kraken.lib.xml", reason="needs kraken, see docs/formats.md").XMLPage
    page, path = PAGES[name], tmp_path / "page.xml"
    path.write_bytes(written(FORMATS[format].write, on_image(page)))
    read = XMLPage(path)
    assert (read.image_size, read.imagename.name) == ((page.width, page.height), "p 1.jpg")
    for order in ("line_implicit", "order") if page.blocks else ("line_implicit",):
        assert [line.text for line in read.get_sorted_lines(order)] == [column.text for column in page.columns]
    lines = read.get_sorted_lines()
    kinds = [line.tags.get("type", [{"type": "text"}])[0]["type"] for line in lines]
    assert kinds == [column.kind for column in page.columns]
    assert all(len(line.baseline) >= 2 and len(line.boundary) >= 4 for line in lines)
