import json

import pytest
from hypothesis import given, settings
from made_pages import PAGES, all_kinds, on_image, pages, plain
from schemas import written

from mojika.formats.registry import FORMATS


def ndl_of(page):
    return json.loads(written(FORMATS["ndl"].write, on_image(page)))


def test_a_page_has_the_keys_and_types_of_the_original():
    read = ndl_of(plain())
    assert read["imginfo"] == {
        "img_width": 1000, "img_height": 1500, "img_path": "/scans/book/p 1.jpg", "img_name": "p 1.jpg"
    }  # fmt: skip
    [lines] = read["contents"]
    assert lines[0] == {
        "boundingBox": [[900, 100], [900, 410], [940, 100], [940, 410]],
        "id": 0, "isVertical": "true", "text": "いろはにほへと", "isTextline": "true", "confidence": 0.6,
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in PAGES if name not in ("hostile", "crowded")])
def test_lines_are_the_columns_in_reading_order(name):
    [lines] = ndl_of(PAGES[name])["contents"]
    assert [(line["id"], line["text"]) for line in lines] == [(n, c.text) for n, c in enumerate(PAGES[name].columns)]


def test_furigana_is_no_line_of_text():
    [lines] = ndl_of(all_kinds())["contents"]
    assert [line["text"] for line in lines if line["isTextline"] == "false"] == ["むかし"]


@settings(max_examples=15)
@given(page=pages)
def test_any_page_can_be_written(page):
    ndl_of(page)
