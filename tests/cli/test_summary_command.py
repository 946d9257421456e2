"""`mojika summary` and `mojika table`: what they write and print of several reports."""

import json
from pathlib import Path

import pytest

from mojika.cli.main import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("first.json").write_text('{"f1": 0.5, "recall": null, "pages": 3}')
    Path("final.json").write_text('{"f1": 0.75, "recall": 1.0, "pages": 12}')
    return tmp_path


def test_a_summary_is_written_and_counted(folder, capsys):
    assert (
        main(["summary", "f1_{}=final.json:pages", "{}=first.json:recall,f1", "seconds=9", "--out", "out/summary.json"])
        == 0
    )
    assert capsys.readouterr().out == "out/summary.json: 3 numbers, left out as null: recall\n"
    assert Path("out/summary.json").read_text() == '{\n  "f1_pages": 12,\n  "f1": 0.5,\n  "seconds": 9\n}\n'


def test_a_summary_can_be_printed_too_and_may_be_empty(folder, capsys):
    assert main(["summary", "--out", "summary.json", "--json", "f1=first.json:f1"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(Path("summary.json").read_text()) == {"f1": 0.5}
    assert main(["summary", "--out", "summary.json"]) == 0
    assert json.loads(Path("summary.json").read_text()) == {}


@pytest.mark.parametrize("number, said", [
    ("f1=second.json:f1", "second.json: no such file"),
    ("f2=first.json:f2", "first.json: no f2; there are f1, recall, pages"),
])  # fmt: skip
def test_what_is_missing_is_one_line_and_leaves_the_summary_as_it_was(folder, capsys, number, said):
    Path("summary.json").write_text("before")
    assert main(["summary", "pages=first.json:pages", number, "--out", "summary.json"]) == 2
    assert capsys.readouterr().err == f"mojika summary: error: {said}\n"
    assert Path("summary.json").read_text() == "before"
    assert sorted(path.name for path in folder.iterdir()) == ["final.json", "first.json", "summary.json"]


def test_a_table_has_a_line_for_each_report_under_the_headers(folder, capsys):
    assert (
        main(["table", "first models=first.json", str(folder / "final.json"), "--columns", "F1=f1,recall,pages"]) == 0
    )
    assert capsys.readouterr().out.splitlines() == [
        "                   F1   recall    pages",
        "first models   0.5000        –        3",
        "final          0.7500   1.0000       12",
    ]


def test_a_table_as_json_has_the_numbers_of_each_report(folder, capsys):
    assert main(["table", "first.json", "--columns", "F1=f1,recall", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"first": {"f1": 0.5, "recall": None}}


def test_a_table_of_a_missing_report_is_refused(folder, capsys):
    assert main(["table", "second.json", "--columns", "f1"]) == 2
    assert capsys.readouterr().err == "mojika table: error: second.json: no such file\n"
