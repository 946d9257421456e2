"""Names of pages that a file system takes and a format may take for something else, read back by other parsers."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pypdfium2
import pytest
from lxml import etree, html
from read_pages import book_page, on_paper

from mojika.formats.registry import FORMATS, write_all, write_page

NAMES = [
    *("=cmd|\"x\",y;'z'", "<b>&amp;]]>--><script>", "-dash %2e%2e a#b?c", "..page", " sp  ace ", "a.json"),
    *("C:\\x (p)\\) $(id)`id`*~", "e\u0301 𠮷 いろは\u200f", "x" * 200),
]
XML = ("alto", "page", "page-2013", "tei", "tei-edition", "hocr")
NAMED = {  # where each says what the page, or its image, is called
    "alto": lambda root: root.findtext(".//{*}fileName").removesuffix(".jpg"),
    "page": lambda root: root.find(".//{*}Page").get("imageFilename").removesuffix(".jpg"),
    "page-2013": lambda root: root.find(".//{*}Page").get("imageFilename").removesuffix(".jpg"),
    "tei": lambda root: root.findtext(".//{*}title"),
    "tei-edition": lambda root: root.findtext(".//{*}title"),
    "hocr": lambda root: root.findtext(".//{*}title"),
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    pages = [replace(book_page(), name=name, source=f"/scans/{name}.jpg") for name in NAMES]
    shown = [replace(on_paper(page), address="https://example.org/texts") for page in pages]
    formats = [name for name in FORMATS if name != "overlay"]  # a picture, without the name
    written = [path for each in shown for path in write_page(each, folder / "out", formats)]
    written += write_all(shown, folder / "out", formats)
    assert sorted(folder.rglob("*.*")) == sorted(written)  # nothing more, and nothing elsewhere
    return folder / "out"


def test_names_come_back_from_the_files_of_each_page(out):
    for name in NAMES:
        for format in XML:
            root = etree.parse(out / f"{name}{FORMATS[format].suffix}").getroot()
            assert NAMED[format](root) == name, format
        found = html.parse(out / f"{name}.hocr")  # as a browser takes it
        assert found.findtext(".//title") == name and not found.findall(".//script") + found.findall(".//body//b")
        assert json.loads((out / f"{name}.json").read_text())["name"] == name
        assert json.loads((out / f"{name}.ndl.json").read_text())["imginfo"]["img_name"] == f"{name}.jpg"
        address = json.loads((out / f"{name}.annotations.json").read_text())["id"]
        assert unquote(address) == f"https://example.org/texts/{name}.annotations.json"


def test_names_come_back_from_the_files_of_all_pages(out):
    with open(out / "submission.csv", newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["image_id", *NAMES]
    assert [image["name"] for image in json.loads((out / "coco.json").read_text())["images"]] == NAMES
    canvases = json.loads((out / "manifest.json").read_text())["items"]
    assert [canvas["label"]["none"] for canvas in canvases] == [[name] for name in NAMES]
    assert len({canvas["id"] for canvas in canvases}) == len(NAMES)
    book = pypdfium2.PdfDocument(out / "pages.pdf")
    assert [mark.get_title() for mark in book.get_toc()] == NAMES and len(book) == len(NAMES)
    book.close()
