import json
import re
from pathlib import Path

import pytest
from tiny_readers import SETTINGS, draw_page, write_tiny_reader

from mojika.cli.main import main


@pytest.fixture
def models(tmp_path: Path) -> list[str]:
    return write_tiny_reader(tmp_path)


def recognize(tmp_path: Path, models: list[str], *flags: str) -> int:
    given = [str(tmp_path / "scans"), "--out", str(tmp_path / "out"), "--models", *models, "--device", "cpu"]
    return main(["recognize", *given, *SETTINGS, *flags])


def test_pages_become_text_and_json_and_a_bad_one_is_named(tmp_path, models, capsys):
    draw_page(tmp_path / "scans" / "one.page.png", 1)
    draw_page(tmp_path / "scans" / "巻 2" / "one.page.png", 2)
    (tmp_path / "scans" / "zz.jpg").write_text("no image")
    assert recognize(tmp_path, models) == 2
    told = capsys.readouterr()
    assert told.out == "2 read, 0 up to date, 1 failed\n"
    assert "reading on cpu\n" in told.err and "failed: " in told.err and "zz.jpg" in told.err
    assert "one.page.png: " in told.err and "pages/min" in told.err
    text = (tmp_path / "out" / "scans" / "巻 2" / "one.page.txt").read_text()
    page = json.loads((tmp_path / "out" / "scans" / "one.page.json").read_text())
    assert set(text) <= set("あいうえおか\n") and len(text) > 1
    assert (page["width"], page["height"]) == (120, 160) and page["made_by"]["settings"]["at_most"] == 12

    (tmp_path / "scans" / "zz.jpg").unlink()
    assert recognize(tmp_path, models, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"pages": 2, "read": 0, "up_to_date": 2, "failed": 0}
    assert recognize(tmp_path, models, "--padding", "0.2") == 0
    assert capsys.readouterr().out == "2 read, 0 up to date, 0 failed\n"


def test_results_of_one_page_are_in_texts_where_one_stands(tmp_path, models, monkeypatch):
    draw_page(tmp_path / "page.png", 1)
    monkeypatch.chdir(tmp_path)
    assert main(["recognize", "page.png", "--models", *models, "--device", "cpu", *SETTINGS]) == 0
    assert Path("texts/page.txt").read_text()


def test_shards_are_disjoint_and_leave_nothing_out(tmp_path, models, capsys):
    for number in range(5):
        draw_page(tmp_path / "scans" / f"{number}.png", number)
    counts = []
    for part in (1, 2):
        assert recognize(tmp_path, models, "--shard", f"{part}/2") == 0
        counts.append(capsys.readouterr().out)
    assert counts == ["3 read, 0 up to date, 0 failed\n", "2 read, 0 up to date, 0 failed\n"]
    assert len(list((tmp_path / "out" / "scans").glob("*.txt"))) == 5


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--formats", "text,docx"], "expected formats of text, .*, found 'docx'"),
        (["--models", "nowhere"], "nowhere"),
        (["--shard", "3/2"], "expected a part from 1/N to N/N, found 3/2"),
        (["--device", "cuda"], "--device cuda: torch sees no CUDA device here"),
    ],
)
def test_what_a_user_did_wrong_is_one_line_and_nothing_is_written(tmp_path, models, capsys, flags, message):
    draw_page(tmp_path / "scans" / "1.png")
    try:
        status = recognize(tmp_path, models, *flags)
    except SystemExit as end:
        status = end.code
    assert status == 2
    told = capsys.readouterr().err
    assert re.search(message, told), told
    assert not list((tmp_path / "out").rglob("*.txt"))
