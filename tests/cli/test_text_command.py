import json
import subprocess
import sys

import pytest

from mojika.cli.main import main

LABELS = """image_id,labels
page_1,U+3044 100 150 40 40 U+3042 100 100 40 40 U+3046 30.5 100 40 40
empty,
"""


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(LABELS)
    return path


def test_text_of_each_page_with_a_line_for_each_column(labels, capsys):
    assert main(["text", str(labels)]) == 0
    assert capsys.readouterr().out == "page_1\nあい\nう\n\nempty\n"


def test_names_and_labels_do_not_steer_the_terminal(labels, capsys):
    labels.write_text("image_id,labels\na\x1b[31m\u202eb,U+001B 100 100 40 40\n")
    assert main(["text", str(labels)]) == 0
    assert capsys.readouterr().out.split("\n")[0] == r"a\x1b[31m\u202eb"


def test_columns_of_characters_as_json(labels, capsys):
    assert main(["text", str(labels), "--json"]) == 0
    pages = json.loads(capsys.readouterr().out)
    assert list(pages) == ["page_1", "empty"] and pages["empty"] == []
    assert [[character["char"] for character in column] for column in pages["page_1"]] == [["あ", "い"], ["う"]]
    assert pages["page_1"][0][0] == {"char": "あ", "label": "U+3042", "x": 100, "y": 100, "w": 40, "h": 40}
    assert pages["page_1"][1][0]["x"] == 30.5


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_what_is_written_is_what_would_be_printed(labels, tmp_path, capsys, flags):
    main(["text", str(labels), *flags])
    printed = capsys.readouterr().out
    assert main(["text", str(labels), *flags, "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_text().rstrip("\n") == printed.rstrip("\n")
    assert "3" in capsys.readouterr().out  # characters


def test_faulty_labels_are_one_line_and_nothing_is_written(tmp_path, capsys):
    (tmp_path / "labels.csv").write_text("image_id,labels\npage,U+3042 1 2 3\n")
    assert main(["text", str(tmp_path / "labels.csv"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_torch_is_not_imported(labels):
    program = (
        "import sys; from mojika.cli.main import main; main(['text', sys.argv[1]]); sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(labels)], check=True, capture_output=True)
