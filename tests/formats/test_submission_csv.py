from io import BytesIO
from pathlib import Path

from read_pages import book_page, character, column, on_paper

from mojika.boxes.limits import MOST_PREDICTIONS
from mojika.boxes.submission import read_submission
from mojika.formats.submission_csv import write
from mojika.reading.page import Block, Candidate, Character, Column, Page


def written(*read: Page) -> str:
    file = BytesIO()
    write([on_paper(page) for page in read], file)
    return file.getvalue().decode()


def test_a_row_is_a_page_with_the_centres_of_its_boxes():
    page = Page("a,b", "a", 400, 600, (Block((column("かき", 11, 20),)),))
    assert written(page, Page("c", "c", 9, 9, ())) == ('image_id,labels\n"a,b",U+304B 31 40 U+304D 31 90\nc,\n')


def test_it_is_read_back_as_a_submission(tmp_path: Path):
    (tmp_path / "s.csv").write_text(written(book_page("a"), book_page("b")))
    points = read_submission(tmp_path / "s.csv")
    assert points.image_ids == ("a", "b")
    assert list(points.labels) == [each.label for each in book_page().characters] * 2


def test_of_too_many_characters_the_most_probable_stay():
    many = tuple(
        character("か" if at else "き", (at, 0, at + 1, 1), prob=0.2 if at == 0 else 0.5)
        for at in range(MOST_PREDICTIONS + 1)
    )
    text = written(Page("a", "a", 2000, 9, (Block((Column(many),)),)))
    assert text.count("U+304B") == MOST_PREDICTIONS
    assert "U+304D" not in text


def test_what_is_not_one_code_point_is_left_out():
    graphemes = [Character((0, 0, 2, 2), 1.0, (Candidate("7", char, 1.0),)) for char in ("ক্ষি", "ক")]
    assert written(Page("p", "p", 9, 9, (Block((Column(tuple(graphemes)),)),))).endswith("\np,U+0995 1 1\n")
