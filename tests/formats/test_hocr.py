"""hOCR as a parser of HTML and hocr-tools (of PyPI, where they are installed) read it."""

import shutil
import subprocess

import pytest
from lxml import etree, html
from made_pages import PAGES, all_kinds, on_image, plain
from schemas import written

from mojika.formats.registry import FORMATS

READABLE = [name for name in PAGES if name != "hostile"]


def hocr_of(page) -> html.HtmlElement:
    return html.document_fromstring(written(FORMATS["hocr"].write, on_image(page)))


def properties(element) -> dict[str, str]:
    return dict(each.strip().partition(" ")[::2] for each in element.get("title").split(";"))


@pytest.mark.parametrize("name", PAGES)
def test_it_is_xml_whose_boxes_lie_in_each_other(name):
    root = etree.fromstring(written(FORMATS["hocr"].write, on_image(PAGES[name])))
    boxes = {
        each: [int(n) for n in properties(each)["bbox"].split()]
        for each in root.iterfind(".//*[@title]")
        if "bbox" in properties(each)
    }
    assert boxes
    for element, (x1, y1, x2, y2) in boxes.items():
        assert x1 < x2 and y1 < y2
        outer = next((boxes[above] for above in element.iterancestors() if above in boxes), None)
        assert outer is None or (outer[0] <= x1 and outer[1] <= y1 and x2 <= outer[2] and y2 <= outer[3])
    identifiers = root.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("name", READABLE)
def test_a_parser_of_html_finds_the_columns_in_reading_order(name):
    lines = hocr_of(PAGES[name]).xpath("//*[@class='ocr_line']")
    assert [line.text_content() for line in lines] == [column.text for column in PAGES[name].columns]


def test_characters_have_box_and_probability():
    root = hocr_of(plain())
    assert properties(root.xpath("//*[@class='ocrx_cinfo']")[0]) == {"x_bboxes": "900 100 940 140", "x_conf": "60.00"}
    assert properties(root.xpath("//*[@class='ocrx_word']")[0])["x_wconf"] == "60"
    assert properties(root.xpath("//*[@class='ocr_page']")[0])["image"] == '"p 1.jpg"'


def test_columns_say_what_they_are():
    lines = hocr_of(all_kinds()).xpath("//*[@class='ocr_line']")
    assert [properties(line).get("x_kind") for line in lines] == [
        "title",
        None,
        "furigana",
        "note",
        "note",
        None,
        "title",
    ]


@pytest.mark.skipif(not shutil.which("hocr-check"), reason="needs hocr-tools, see docs/formats.md")
@pytest.mark.parametrize("name", READABLE)
def test_hocr_tools_find_nothing_wrong_and_every_line(name, tmp_path):
    path = tmp_path / "page.hocr"
    path.write_bytes(written(FORMATS["hocr"].write, on_image(PAGES[name])))
    checked = subprocess.run(["hocr-check", str(path)], capture_output=True, text=True)
    assert "ok 1 - " in checked.stderr and "not ok" not in checked.stderr
    lines = subprocess.run(["hocr-lines", str(path)], capture_output=True, text=True, check=True).stdout
    assert "".join(lines.split()) == "".join("".join(column.text for column in PAGES[name].columns).split())
