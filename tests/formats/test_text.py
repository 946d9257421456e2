from io import BytesIO

from read_pages import book_page, column, on_paper

from mojika.formats.text import plain_text, write
from mojika.reading.page import Block, Column, Page

EXPECTED = """\
伊勢物語

木曽路《きそぢ》は山《やま》
右の注
左の注
𛀁〱か
"""


def page_of(*columns: Column) -> Page:
    return Page("p", "p.jpg", 400, 600, (Block(columns),))


def test_columns_are_lines_with_furigana_behind_its_base():
    assert plain_text(book_page()) == EXPECTED


def test_without_furigana_it_is_the_text_of_the_page():
    page = page_of(column("いろは", 300, 0), column("にほ", 200, 0))
    assert plain_text(page) == page.text + "\n"


def test_a_base_that_kanji_do_not_tell_is_marked():
    base = column("山川と花", 300, 0)
    ruby = [column(text, 345, 0, 10, "furigana", places) for text, places in [("がは", (1, 1)), ("とはな", (2, 3))]]
    assert plain_text(page_of(base, *ruby)) == "山｜川《がは》｜と花《とはな》\n"


def test_furigana_of_neighbours_needs_no_mark_between():
    base = column("山川", 300, 0)
    ruby = [column(text, 345, 0, 10, "furigana", (at, at)) for at, text in enumerate(["やま", "かは"])]
    assert plain_text(page_of(base, *ruby)) == "山《やま》川《かは》\n"


def test_furigana_without_a_base_is_a_line():
    assert plain_text(page_of(column("は", 0, 0, 10, "furigana"), column("山", 0, 0))) == "《は》\n山\n"


def test_a_page_without_text_is_an_empty_file():
    file = BytesIO()
    write([on_paper(Page("p", "p.jpg", 9, 9, ()))], file)
    assert file.getvalue() == b""
