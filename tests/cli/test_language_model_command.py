import json
from pathlib import Path

import pytest

from mojika.cli.main import main

TEXT = "いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえてあさきゆめみしゑひもせす\n\n" * 3


@pytest.fixture
def texts(tmp_path: Path) -> list[str]:
    (tmp_path / "poem.txt").write_text(TEXT)
    (tmp_path / "train.csv").write_text("image_id,labels\nbook_1,U+3044 50 10 20 20 U+308D 50 35 20 20\n")
    return [str(tmp_path / "poem.txt"), str(tmp_path / "train.csv")]


def test_a_model_is_made_once_and_tells_how_well_it_foresees_a_book(texts, tmp_path, capsys):
    command = [
        "language-model",
        *texts,
        "--hold-out",
        "book",
        "--out",
        str(tmp_path / "a.ngrams"),
        "--license",
        "cc0-1.0",
    ]
    assert main([*command, "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert (numbers["order"], numbers["characters"]) == (4, 47)
    assert 1 < numbers["perplexity"]["book"] < 47
    before = (tmp_path / "a.ngrams").read_bytes()
    assert main(command) == 0
    assert "up to date" in capsys.readouterr().out and (tmp_path / "a.ngrams").read_bytes() == before
    assert main([*command, "--order", "2"]) == 2
    assert "another" in capsys.readouterr().err or (tmp_path / "a.ngrams").read_bytes() == before


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--hold-out", "nobody"], "expected a book of the texts"),
        (["--hold-out", "book", "poem"], "expected text to learn from"),
        (["--least", "2,1"], "expected numbers that do not fall"),
    ],
)
def test_what_is_wrong_is_one_line_and_writes_nothing(flags, expected, texts, tmp_path, capsys):
    assert main(["language-model", *texts, *flags, "--out", str(tmp_path / "a.ngrams")]) == 2
    told = capsys.readouterr().err
    assert expected in told and told.count("\n") == 1
    assert not (tmp_path / "a.ngrams").exists()
