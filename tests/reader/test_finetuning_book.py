"""Which pages a reader is adapted to: a competition's label file, or JSON that a person has corrected."""

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_readers import draw_page

from mojika.data.page_labels import read_page_labels
from mojika.errors import UserError
from mojika.formats.page_json import page_json
from mojika.formats.page_json_reading import page_of
from mojika.reader.finetuning.book import read_book
from mojika.reading.labelled import page_of_labels

LABELS = """image_id,labels
one,U+3042 10 20 30 40 U+304B 50 20 30 40
two,
elsewhere,U+3042 1 1 5 5
"""


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    for name in ("one", "two", "three"):
        draw_page(tmp_path / "pages" / f"{name}.png")
    (tmp_path / "labels.csv").write_text(LABELS)
    return tmp_path / "pages"


def write_json(file: Path, labels_file: Path, size: tuple[int, int] = (120, 160), name: str = "scans/one") -> dict:
    page = page_of_labels(read_page_labels(labels_file)[0])
    plain = json.loads(page_json(page)) | {"name": name, "width": size[0], "height": size[1]}
    file.write_text(json.dumps(plain))
    return plain


def test_a_label_file_is_read_for_the_pages_that_are_there(pages):
    book = read_book(pages, pages.parent / "labels.csv")
    assert [page.image_id for page in book.pages] == ["one", "two"] and book.characters == 2
    assert book.unlabelled == ("three",) and sorted(book.files) == ["one", "two"]


def test_labels_say_how_small_characters_beside_others_are(pages):
    labels = pages.parent / "labels.csv"
    assert read_book(pages, labels).smallest_beside == 1
    labels.write_text(LABELS.replace("50 20 30 40", "42 20 12 25"))
    assert read_book(pages, labels).smallest_beside == pytest.approx((12 * 25 / (30 * 40)) ** 0.5)


def test_json_beside_the_pages_is_read_with_what_a_person_changed(pages):
    plain = write_json(pages / "one.json", pages.parent / "labels.csv")
    changed = {**plain["boxes"][0], "char": "き"}
    missed = {"column": changed["column"], "char": "龍", "x1": 90, "y1": 20, "x2": 110, "y2": 60}
    (pages / "one.json").write_text(json.dumps(plain | {"boxes": [changed, *plain["boxes"][1:], missed]}))
    book = read_book(pages)
    corrected = page_of(json.loads((pages / "one.json").read_text())).characters
    assert book.pages[0].labels == tuple(character.label for character in corrected)
    assert {"U+304D", "U+9F8D"} <= set(book.pages[0].labels)
    assert np.array_equal(book.pages[0].boxes, [character.box for character in corrected])
    assert read_book(pages, pages / "one.json").digest == book.digest
    write_json(pages / "one.json", pages.parent / "labels.csv")
    assert read_book(pages).digest != book.digest


def test_a_folder_without_images_is_refused(pages, tmp_path):
    (tmp_path / "texts").mkdir()
    write_json(tmp_path / "texts" / "one.json", pages.parent / "labels.csv")
    with pytest.raises(UserError, match="expected page images, found none; JSON of pages"):
        read_book(tmp_path / "texts")


def test_labels_get_the_names_that_the_reader_has_for_them(pages):
    book = read_book(pages, pages.parent / "labels.csv").labelled_as(("あ", "U+304B"))
    assert book.pages[0].labels == ("あ", "U+304B")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda pages, labels: labels.write_text("image_id,labels\none,\n"), "expected a labelled character"),
        (lambda pages, labels: labels.write_text("image_id,labels\none,U+3042 500 500 9 9\n"), "lies outside the page"),
        (lambda pages, labels: labels.unlink(), "no such file"),
        (lambda pages, labels: (pages / "preprocess.json").write_text(
            '{"kind": "preprocessed pages", "schema": 1, "backend": "opencv", "steps": [{"name": "denoise"}]}'
        ), "expected them as they were scanned"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_label_file_is_one_line(pages, spoil, message):
    labels = pages.parent / "labels.csv"
    spoil(pages, labels)
    with pytest.raises(UserError, match=message):
        read_book(pages, labels)


def test_what_is_wrong_with_json_is_one_line(pages):
    labels = pages.parent / "labels.csv"
    with pytest.raises(UserError, match="expected JSON of pages beside their images"):
        read_book(pages)
    with pytest.raises(UserError, match=r"a\.json: expected the JSON of pages, found nothing"):
        read_book(pages, pages / "a.json")
    write_json(pages / "one.json", labels, size=(120, 161))
    with pytest.raises(UserError, match=r"a page of 120 x 161 pixels, but .*one\.png has 120 x 160"):
        read_book(pages)
    for name in ("one.json", "again.json"):
        write_json(pages / name, labels)
    with pytest.raises(UserError, match="one is labelled twice"):
        read_book(pages)
