"""What other programs find: the models of iiif-prezi3 where it is installed, and the rules of the specification."""

import json
import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from read_pages import book_page, on_paper, pages

from mojika.formats.iiif import annotation_page, write_annotations, write_manifest
from mojika.reading.page import Page

BASE = "https://example.org/books/1"


def manifest(*read: Page, base: str | None = BASE) -> dict[str, Any]:
    file = BytesIO()
    write_manifest([replace(on_paper(page), address=base) for page in read], file)
    return json.loads(file.getvalue())


def ids_of(value: Any) -> list[str]:
    if isinstance(value, list):
        return [each for item in value for each in ids_of(item)]
    if isinstance(value, dict):
        return [value["id"] for _ in range("id" in value)] + [each for item in value.values() for each in ids_of(item)]
    return []


def test_columns_are_lines_followed_by_their_glyphs():
    items = annotation_page(book_page(), BASE)["items"]
    assert [item["body"]["value"] for item in items if item["textGranularity"] == "line"] == [
        column.text for column in book_page().columns
    ]
    assert [item["body"]["value"] for item in items[:5]] == ["伊勢物語", *"伊勢物語"]
    assert [item["target"].partition("#")[2] for item in items[:2]] == ["xywh=340,20,40,190", "xywh=340,20,40,40"]
    assert {item["motivation"] for item in items} == {"supplementing"}


def test_addresses_are_below_the_base():
    made = manifest(book_page("頁 1/a#b"))
    (canvas,) = made["items"]
    assert canvas["id"] == f"{BASE}/%E9%A0%81%201/a%23b/canvas"
    assert canvas["annotations"][0]["id"] == f"{BASE}/%E9%A0%81%201/a%23b.annotations.json"
    image = canvas["items"][0]["items"][0]["body"]
    assert (image["id"], image["format"]) == (f"{BASE}/%E9%A0%81%201/a%23b.jpg", "image/jpeg")
    assert (image["width"], image["height"]) == (canvas["width"], canvas["height"]) == (400, 600)
    assert made["viewingDirection"] == "right-to-left"


def test_a_page_of_a_manifest_keeps_its_canvas():
    (canvas,) = manifest(book_page(canvas="https://library.example/canvas/3"), base=None)["items"]
    assert canvas["id"] == "https://library.example/canvas/3"
    assert "items" not in canvas
    targets = [each["target"].partition("#")[0] for each in canvas["annotations"][0]["items"]]
    assert set(targets) == {canvas["id"]}


def test_regions_are_in_the_units_of_the_canvas_where_the_image_is_smaller():
    read = book_page(canvas="https://library.example/canvas/3", canvas_size=(800, 1800))  # of an image of 400 x 600
    (canvas,) = manifest(read, base=None)["items"]
    (plain,) = manifest(book_page(), base=None)["items"]
    assert (canvas["width"], canvas["height"]) == (800, 1800)
    for scaled, own in zip(canvas["annotations"][0]["items"], plain["annotations"][0]["items"], strict=True):
        x, y, width, height = (int(number) for number in own["target"].partition("#xywh=")[2].split(","))
        assert scaled["target"].endswith(f"#xywh={2 * x},{3 * y},{2 * width},{3 * height}")


@pytest.mark.parametrize("base", [BASE, None])
def test_ids_are_uris_that_occur_once_and_stay_the_same(base: str | None):
    read = book_page("a"), book_page("b"), Page("c", "c.png", 10, 20, ())
    ids = ids_of(manifest(*read, base=base))
    assert len(set(ids)) == len(ids)
    assert all(re.match("https://example.org/books/1/|urn:uuid:", each) for each in ids)
    assert ids == ids_of(manifest(*read, base=base))


def test_the_file_of_a_page_holds_what_the_manifest_does():
    file = BytesIO()
    write_annotations([replace(on_paper(book_page()), address=BASE)], file)
    alone = json.loads(file.getvalue())
    assert alone.pop("@context")[-1] == "http://iiif.io/api/presentation/3/context.json"
    assert alone == manifest(book_page())["items"][0]["annotations"][0]


@given(pages())
@settings(max_examples=8)
def test_regions_are_whole_pixels_of_the_canvas(page: Page):
    across, down = page.canvas_size or (page.width, page.height)
    for item in annotation_page(page)["items"]:
        x, y, width, height = map(int, item["target"].partition("#xywh=")[2].split(","))
        assert min(x, y) >= 0 and min(width, height) >= 1
        assert x + width <= across and y + height <= down


def test_prezi3_reads_it():
    prezi = pytest.importorskip("iiif_prezi3", reason="needs iiif-prezi3, see docs/formats.md")
    read = prezi.Manifest(**manifest(book_page(), book_page("b")))
    assert [canvas.width for canvas in read.items] == [400, 400]
    annotations = read.items[1].annotations[0].items
    assert annotations[0].body.value == "伊勢物語"
    assert json.loads(read.json())["viewingDirection"] == "right-to-left"
