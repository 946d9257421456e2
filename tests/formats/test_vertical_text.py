from read_pages import book_page, column

from mojika.formats.vertical_text import vertical_text
from mojika.reading.page import Block, Candidate, Character, Column, Page

EXPECTED = """\
伊
勢
物
語

𛀁　木き
〱　曽そ
か　路ぢ
　　は
　　山や
　左右ま
　のの
　注注
"""


def page_of(*columns: Column) -> Page:
    return Page("p", "p", 999, 999, (Block(columns),))


def test_columns_stand_side_by_side_with_furigana_and_notes():
    assert vertical_text(book_page()) == EXPECTED


def test_columns_begin_at_their_height():
    page = page_of(column("いろは", 300, 50), column("にほ", 200, 150))
    assert vertical_text(page) == "　い\n　ろ\nには\nほ\n"


def test_text_goes_on_below_a_note_however_long_that_is():
    note = [column("右右右右", 325, 100, 20, "note"), column("左左左左左", 300, 100, 20, "note")]
    page = page_of(column("かき", 300, 0, 45), *note, column("く", 300, 225, 45), column("け", 200, 0, 45))
    assert vertical_text(page).splitlines() == ["け　か", "　　き", *["　左右"] * 4, "　左", "　　く"]


def test_letters_are_as_wide_as_everything_else():
    unknown = Character((0, 100, 40, 140), 0.9, (Candidate("U+E000", "U+E000", 0.9),))
    mixed = column("A ", 0, 0)
    assert vertical_text(page_of(Column((*mixed.characters, unknown)))) == "Ａ\n\n〓\n"


def test_blocks_are_apart_and_pages_may_be_empty():
    blocks = Block((column("い", 0, 0),)), Block((column("ろ", 0, 50),))
    assert vertical_text(Page("p", "p", 9, 9, blocks)) == "い\n\nろ\n"
    assert vertical_text(Page("p", "p", 9, 9, ())) == ""
