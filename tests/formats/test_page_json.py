"""What is written is read back, also after the edits that a person makes; what is wrong is named with its place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from read_pages import book_page, pages

from mojika.errors import UserError
from mojika.formats.page_json import page_json
from mojika.formats.page_json_reading import page_of, read_page_json
from mojika.reading.page import Candidate, Page

Plain = dict[str, Any]


def plain() -> Plain:
    return json.loads(page_json(book_page()))


@given(pages())
@settings(max_examples=20)
def test_reading_is_the_inverse_of_writing(page: Page):
    assert page_of(json.loads(page_json(page))) == page


def test_a_file_is_read_back(tmp_path: Path):
    path = tmp_path / "page.json"
    path.write_bytes(b"\xef\xbb\xbf" + page_json(book_page()).replace("\n", "\r\n").encode())
    assert read_page_json(path) == book_page()


def test_boxes_are_in_reading_order_each_on_a_line():
    text = page_json(book_page())
    boxes = json.loads(text)["boxes"]
    assert [box["char"] for box in boxes] == [each.char for each in book_page().characters]
    lines = [line for line in text.splitlines() if '"box"' in line]
    assert len(lines) == len(boxes)
    assert lines[0].startswith('    {"box": 0, "column": 0, "char": "伊", "label": "U+4F0A", "prob": 0.9, "x1": 340,')
    first = {"x1": 340, "y1": 20, "x2": 380, "y2": 60, "box_score": 0.8, "label": "U+4F0A", "char": "伊", "prob": 0.9}
    assert boxes[0].items() >= first.items()
    assert boxes[0]["top5"] == [{"char": "伊", "label": "U+4F0A", "prob": 0.9}]


def test_a_changed_character_gets_its_label_and_is_certain():
    edited = plain()
    edited["boxes"][0]["char"] = "や"
    character = page_of(edited).characters[0]
    assert character.candidates == (Candidate("U+3084", "や", 1.0), Candidate("U+4F0A", "伊", 0.9))


def test_a_changed_character_takes_the_label_of_the_alternative():
    edited = plain()
    edited["boxes"][0]["top5"].append({"char": "や", "label": "U+1B13C", "prob": 0.05})
    edited["boxes"][0]["char"] = "や"
    assert page_of(edited).characters[0].label == "U+1B13C"


def test_a_changed_label_gets_its_character():
    edited = plain()
    edited["boxes"][0]["label"] = "U+3084"
    assert page_of(edited).characters[0].candidates[0] == Candidate("U+3084", "や", 1.0)


def test_label_character_and_probability_can_be_changed_together():
    edited = plain()
    edited["boxes"][0] |= {"label": "7", "char": "ঠ", "prob": 0.5}
    assert page_of(edited).characters[0].candidates[0] == Candidate("7", "ঠ", 0.5)


def test_a_label_that_is_no_code_point_is_replaced_by_the_character():
    edited = plain()
    edited["boxes"][0] |= {"label": "7", "top5": [{"char": "伊", "label": "7", "prob": 0.9}], "char": "ঠ"}
    assert page_of(edited).characters[0].label == "ঠ"


def test_reordered_boxes_are_reordered_text():
    edited = plain()
    boxes = edited["boxes"]
    boxes[0], boxes[3] = boxes[3], boxes[0]
    assert page_of(edited).columns[0].text == "語勢物伊"


def test_the_order_of_boxes_of_different_columns_does_not_matter():
    edited = plain()
    edited["boxes"].sort(key=lambda box: (box["y1"], box["box"]))
    assert page_of(edited) == book_page()


def test_a_box_is_moved_to_another_column():
    edited = plain()
    edited["boxes"][3]["column"] = 1
    columns = page_of(edited).columns
    assert (columns[0].text, columns[1].text) == ("伊勢物", "語木曽路は山")


def test_furigana_follows_its_base_when_boxes_go():
    edited = plain()
    del edited["boxes"][4:6]  # 木曽
    columns = page_of(edited).columns
    assert (columns[1].text, columns[2].base, columns[3].base) == ("路は山", (0, 0), (2, 2))


def test_furigana_whose_base_is_gone_stays_without():
    edited = plain()
    edited["boxes"] = [box for box in edited["boxes"] if box["char"] != "山"]
    assert page_of(edited).columns[3].base is None


def test_a_column_whose_boxes_are_gone_is_left_out():
    edited = plain()
    edited["boxes"] = [box for box in edited["boxes"] if box["column"] != 0]
    page = page_of(edited)
    assert [block.columns[0].text for block in page.blocks] == ["木曽路は山"]


def test_columns_are_reordered_and_moved_to_other_blocks():
    edited = plain()
    edited["columns"].append(edited["columns"].pop(1))
    edited["columns"][-1] |= {"block": 9, "leaf": 0, "kind": "title"}
    last = page_of(edited).blocks[-1]
    assert (last.leaf, last.columns[0].kind, last.columns[0].text) == (0, "title", "木曽路は山")


def test_a_box_is_added_with_the_fewest_words():
    edited = plain()
    edited["columns"].append({"column": 99, "block": 5})
    edited["boxes"].append({"column": 99, "char": "𛀂", "x1": 1, "y1": 1, "x2": 2, "y2": 2.5})
    added = page_of(edited).blocks[-1].columns[0].characters[0]
    assert (added.candidates, added.box_score) == ((Candidate("U+1B002", "𛀂", 1.0),), 1.0)


def test_every_box_may_go():
    assert page_of(plain() | {"boxes": [], "columns": []}).blocks == ()


def drop(*path: Any) -> Callable[[Plain], None]:
    def change(page: Plain) -> None:
        for key in path[:-1]:
            page = page[key]
        del page[path[-1]]

    return change


def put(value: Any, *path: Any) -> Callable[[Plain], None]:
    def change(page: Plain) -> None:
        for key in path[:-1]:
            page = page[key]
        page[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("width"), "width: expected a whole number, found nothing"),
        (put(0, "width"), "width: expected a whole number from 1 on, found 0"),
        (put("", "name"), "name: expected text, found none"),
        (put("page", "format"), "format: expected 'mojika page', found \"page\""),
        (put(2, "version"), "version: expected 1, found 2; another version of mojika wrote it"),
        (put([], "boxes", 3), r"boxes\[3\]: expected an object, found \[\]"),
        (drop("boxes", 3, "char"), r"boxes\[3\]\.char: expected text, found nothing"),
        (put(True, "boxes", 3, "x1"), r"boxes\[3\]\.x1: expected a number, found true"),
        (put(float("nan"), "boxes", 3, "prob"), r"boxes\[3\]\.prob: expected a finite number, found nan"),
        (put(10**400, "boxes", 3, "prob"), "expected numbers of a usual size"),
        (put(0, "boxes", 3, "x2"), r"boxes\[3\]: expected a box with an area, found 340, 170, 0, 210"),
        (put(77, "boxes", 3, "column"), r"boxes\[3\]\.column: expected the number of one of the columns, found 77"),
        (put("x", "boxes", 3, "chra"), r"boxes\[3\]\.chra: expected a key among box, box_score, char,"),
        (put("\ud800", "boxes", 3, "char"), r"boxes\[3\]\.char: expected text, found half a surrogate pair"),
        (put("ruby", "columns", 2, "kind"), r"columns\[2\]\.kind: expected one of text, note, furigana, title, found"),
        (put(0, "columns", 2, "column"), "columns: expected each number of a column once"),
        (put(0, "columns", 2, "leaf"), r"columns\[2\]\.leaf: expected 1 as in the rest of its block, found 0"),
        (put([1], "columns", 2, "base"), r"columns\[2\]\.base: expected the first and the last box"),
        (put(["a", 1], "columns", 2, "base"), r"columns\[2\]\.base: expected a list of numbers, found \"a\" in it"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change: Callable[[Plain], None], message: str, tmp_path: Path):
    page = plain()
    change(page)
    path = tmp_path / "page.json"
    path.write_text(json.dumps(page))
    with pytest.raises(UserError, match=f"^{path}: {message}"):
        read_page_json(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{\n  "width": three\n}', r"page\.json line 2 column 12: expected the JSON of a page: "),
        (b"[]", r"page\.json: expected an object, found \[\]"),
        (b"\xff\xfe", r"page\.json: expected UTF-8, found another encoding at byte 0"),
        (b"[" * 200_000, r"page\.json: expected JSON, found lists nested too deeply"),
        (None, r"page\.json: expected the JSON of a page: No such file"),
    ],
)
def test_a_broken_file_is_one_line(content: bytes | None, message: str, tmp_path: Path):
    path = tmp_path / "page.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_page_json(path)
    assert "\n" not in str(error.value)
