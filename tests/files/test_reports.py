"""Numbers picked from reports and joined under flat names; what is missing is said in one line."""

import json
from pathlib import Path

import pytest

from mojika.errors import UserError
from mojika.files.reports import joined, parse_numbers, read_report


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "valid: a=b.json"  # what a path may hold besides
    path.write_text(json.dumps({"accuracy": 0.5, "pages": 3, "name": "x", "exact": True, "f1": None, "more": {}}))
    return path


def numbers(*texts: str) -> dict:
    return joined(map(parse_numbers, texts))


def test_one_number_several_and_all_get_flat_names_in_the_order_given(report):
    found = numbers(f"best={report}:accuracy", f"val_{{}}_first={report}:pages,accuracy", "seconds=12", "share=.5")
    assert list(found.items()) == [
        ("best", 0.5), ("val_pages_first", 3), ("val_accuracy_first", 0.5), ("seconds", 12), ("share", 0.5)
    ]  # fmt: skip
    assert isinstance(found["seconds"], int)


def test_all_numbers_of_a_report_are_neither_texts_nor_truth_values_nor_null(tmp_path):
    (tmp_path / "all.json").write_text('{"a": 1, "b": "x", "c": true, "d": null, "e": [1], "f": 2.5, "g": NaN}')
    assert numbers(f"{{}}={tmp_path}/all.json") == {"a": 1, "f": 2.5}


def test_a_number_that_is_null_is_asked_for_but_not_there(report):
    assert numbers(f"{{}}={report}:f1,pages") == {"f1": None, "pages": 3}


@pytest.mark.parametrize("text, said", [
    ("accuracy", "accuracy: expected NAME=FILE:KEY or NAME=VALUE"),
    ("=valid.json:a", "expected NAME=FILE:KEY or NAME=VALUE"),
    ("a=", "expected NAME=FILE:KEY or NAME=VALUE"),
    ("a=valid.json:", "expected keys behind the colon"),
    ("a=valid.json:b,,c", "expected keys behind the colon"),
    ("a=valid.json", "a can name one number; several need {} in it, as in a_{}"),
    ("a=valid.json:b,c", "a can name one number"),
    ("a=nan", "a=nan: expected a finite number"),
])  # fmt: skip
def test_what_selects_no_number_is_refused(text, said):
    with pytest.raises(UserError, match=said.replace("{}", r"\{\}")):
        parse_numbers(text)


@pytest.mark.parametrize("key, said", [
    ("macro_recall", "no macro_recall; there are accuracy, pages, name, exact, f1, more"),
    ("name", 'name: expected a number, found "x"'),
    ("exact", "exact: expected a number, found true"),
    ("more", "more: expected a number, found {}"),
])  # fmt: skip
def test_a_key_without_a_number_is_named_with_its_file(report, key, said):
    with pytest.raises(UserError) as error:
        numbers(f"x={report}:{key}")
    assert str(error.value) == f"{report}: {said}"


def test_a_name_serves_one_number(report):
    with pytest.raises(UserError, match="pages: two numbers of this name"):
        numbers("pages=1", f"{{}}={report}:accuracy,pages")


@pytest.mark.parametrize("content, said", [
    (None, "no such file"),
    (b"{", "expected a JSON object: "),
    (b"", "expected a JSON object: "),
    (b"\xff", "expected a JSON object: "),
    (b"[1]", r"expected a JSON object, found \[1\]"),
])  # fmt: skip
def test_a_file_that_is_no_report_is_named(tmp_path, content, said):
    path = tmp_path / "report.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=f"^{path}: .*{said}"):
        read_report(path)
