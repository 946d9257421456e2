"""PDFium and poppler find each character's text on its box, in the order that it is read in."""

import csv
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from read_pages import book_page, character, column, on_paper, pages

from mojika.formats.format import PageOnImage
from mojika.formats.pdf import DOTS_PER_INCH, write
from mojika.reading.page import Block, Character, Column, Page

pdfium = pytest.importorskip("pypdfium2", reason="needs pypdfium2")
POINTS = 72 / DOTS_PER_INCH


def pdf_of(*pages: PageOnImage) -> bytes:
    file = BytesIO()
    write(pages, file)
    return file.getvalue()


def page_of(*columns: Column) -> Page:
    return Page("p", "p.jpg", 1200, 1600, (Block(columns),))


def text_of(pdf: bytes, number: int = 0) -> str:
    with pdfium.PdfDocument(pdf) as document:
        return document[number].get_textpage().get_text_range()


def poppler(path: Path) -> str:
    return subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True).stdout


def without_blanks(text: str) -> str:
    return "".join(text.split())


def test_characters_are_in_reading_order_with_furigana_and_notes():
    page = book_page()
    assert without_blanks(text_of(pdf_of(on_paper(page)))) == "".join(each.char for each in page.characters)


def test_a_column_is_a_line():
    texts = ["いろはに", "ほへ", "とちり", "ぬ", "るをわかよ"]
    page = page_of(*(column(text, 1000 - 100 * at, 50, 60) for at, text in enumerate(texts)))
    assert text_of(pdf_of(on_paper(page))).split() == texts


starts = st.sampled_from([50.0, 50.5, 51.0, 80.0, 110.0, 200.0])


@given(st.lists(st.tuples(st.integers(1, 5), starts, st.sampled_from([30.0, 60.0])), min_size=2, max_size=8))
@settings(max_examples=15)
def test_columns_keep_their_order_wherever_they_start(columns: list[tuple[int, float, float]]):
    letters = iter("いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえてあさきゆめみしゑひもせす")
    page = page_of(
        *(
            column("".join(next(letters) for _ in range(length)), 1100 - 80 * at, y, side)
            for at, (length, y, side) in enumerate(columns)
        )
    )
    assert without_blanks(text_of(pdf_of(on_paper(page)))) == without_blanks(page.text)


def test_every_character_has_its_text_and_its_box():
    page = page_of(column("𛀁〱か〻\U0002b740", 600, 100, 50))
    with pdfium.PdfDocument(pdf_of(on_paper(page))) as document:
        text = document[0].get_textpage()
        assert text.get_text_range() == "𛀁〱か〻\U0002b740"
        assert document[0].get_size() == pytest.approx((1200 * POINTS, 1600 * POINTS), abs=0.01)
        found = np.array([text.get_charbox(at) for at in (0, 2, 3, 4, 5)]) / POINTS  # UTF-16
    expected = [(each.box[0], 1600 - each.box[3], each.box[2], 1600 - each.box[1]) for each in page.characters]
    np.testing.assert_allclose(found[:, [0, 2, 3]], np.array(expected)[:, [0, 2, 3]], atol=2.6)
    assert (found[:, 1] >= np.array(expected)[:, 1] - 16).all()  # down to where the next one begins


def test_a_grapheme_of_several_code_points_runs_to_the_right():
    graphemes = [character("ক", (100 + 80 * at, 100, 170 + 80 * at, 170)) for at in range(2)]
    whole = tuple(
        type(each)(each.box, 0.9, (type(each.candidates[0])("7", text, 0.9),))
        for each, text in zip(graphemes, ["ক্ষি", "বাং"], strict=True)
    )
    assert text_of(pdf_of(on_paper(page_of(Column(whole))))) == "ক্ষিবাং"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (Debian package poppler-utils)")
def test_poppler_finds_the_columns(tmp_path: Path):
    title = column("序", 1100, 60, 60), column("若い時の", 1000, 50, 60), column("気強", 900, 50, 60)
    page = page_of(*title, *book_page().columns)
    (tmp_path / "page.pdf").write_bytes(pdf_of(on_paper(page)))
    assert poppler(tmp_path / "page.pdf").split() == [each.text for each in page.columns]


def real_pages(order: Path) -> Iterator[PageOnImage]:
    with order.open(encoding="utf-8") as file:
        for name, rows in groupby(csv.DictReader(file), lambda row: row["image_id"]):
            runs = groupby(rows, lambda row: row["column"])
            columns = tuple(Column(tuple(map(character_of_row, run))) for _, run in runs)
            block = Block(columns)
            page = Page(name, name, *(round(end) + 100 for end in block.box[2:]), (block,))
            yield PageOnImage(page, lambda: np.zeros((1, 1, 3), np.uint8))


def character_of_row(row: dict[str, str]) -> Character:
    x, y, width, height = (float(row[key]) for key in "xywh")
    return character(row["character"], (x, y, x + width, y + height))


def test_real_pages_with_notes_and_tiers_are_in_order(pages_in_order: Path, tmp_path: Path):
    pages = list(real_pages(pages_in_order))
    pdf = pdf_of(*pages)
    for number, each in enumerate(pages):
        assert without_blanks(text_of(pdf, number)) == without_blanks(each.page.text)
    if shutil.which("pdftotext"):
        (tmp_path / "pages.pdf").write_bytes(pdf)
        found = poppler(tmp_path / "pages.pdf").split("\f")
        assert [without_blanks(text) for text in found[:-1]] == [without_blanks(each.page.text) for each in pages]


@given(pages())
@settings(max_examples=10)
def test_any_page_can_be_opened(page: Page):
    assert text_of(pdf_of(PageOnImage(page, lambda: np.zeros((1, 1, 3), np.uint8)))) is not None


def test_the_text_is_not_seen():
    with pdfium.PdfDocument(pdf_of(on_paper(book_page()))) as document:
        shown = document[0].render(scale=1 / POINTS).to_numpy()
    x1, y1, x2, y2 = map(round, book_page().characters[0].box)
    assert abs(int(shown[y1 + 5 : y2 - 5, x1 + 5 : x2 - 5].mean()) - 110) < 3
    assert shown.mean() > 150


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_an_upright_jpeg_is_embedded_as_it_is(mode: str, tmp_path: Path):
    Image.new(mode, (400, 600)).save(tmp_path / "page.jpg", quality=30)
    item = PageOnImage(book_page(), lambda: pytest.fail("the image was decoded"), tmp_path / "page.jpg")
    pdf = pdf_of(item)
    assert (tmp_path / "page.jpg").read_bytes() in pdf
    with pdfium.PdfDocument(pdf) as document:
        assert document[0].render().to_numpy().max() < 5


def saved(path: Path, mode: str = "RGB", size: tuple[int, int] = (400, 600), turned: bool = False) -> Path:
    image = Image.new(mode, size)
    exif = image.getexif()
    if turned:
        exif[0x0112] = 6
    image.save(path, exif=exif)
    return path


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.jpg", {"mode": "CMYK"}),
        ("a.jpg", {"turned": True}),
        ("a.jpg", {"size": (40, 60)}),
        ("a.png", {}),
        ("b", None),
    ],
)
def test_other_originals_are_made_anew(name: str, how: dict | None, tmp_path: Path):
    original = tmp_path / name if how is None else saved(tmp_path / name, **how)
    item = on_paper(book_page())
    with pdfium.PdfDocument(pdf_of(PageOnImage(item.page, item.image, original))) as document:
        assert document[0].render().to_numpy().mean() > 150


def test_pages_are_written_one_by_one():
    file = BytesIO()

    def pages() -> Iterator[PageOnImage]:
        length = 0
        for at in range(3):
            yield on_paper(book_page(f"{at}"))
            assert file.tell() > length + 2000
            length = file.tell()

    write(pages(), file)
    with pdfium.PdfDocument(file.getvalue()) as document:
        assert len(document) == 3
        marks = [(mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]
        assert marks == [("0", 0), ("1", 1), ("2", 2)]


def test_a_book_may_need_several_fonts():
    rare = "".join(chr(0x4E00 + at) for at in range(20_000)) + "".join(chr(0x20000 + at) for at in range(6_000))
    pages = Page("a", "a", 100, 100, (Block((column(rare, 10, 0, side=0.8),)),)), page_of(column("一丁", 10, 0))
    pdf = pdf_of(*(PageOnImage(page, lambda: np.zeros((1, 1, 3), np.uint8)) for page in pages))
    assert pdf.count(b"/FontFile2") == 2
    assert (text_of(pdf, 0), text_of(pdf, 1)) == (rare, "一丁")


def test_pages_without_text_and_books_without_pages():
    assert text_of(pdf_of(on_paper(Page("p", "p", 10, 10, ())))) == ""
    assert pdf_of().startswith(b"%PDF-1.7")
