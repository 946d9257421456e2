import json
from pathlib import Path

import pytest
from scripted import ScriptedReader
from tiny_readers import draw_page

from mojika.errors import UserError
from mojika.formats.page_files import find_page_files
from mojika.reader.from_json import write_from_json
from mojika.reader.page_work import PageWork
from mojika.reader.run import recognize_pages
from mojika.scans.find_scans import find_scans


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The results of two pages, of which one is corrected."""
    for name in ("a", "b"):
        draw_page(tmp_path / "scans" / f"{name}.png")
    scans, _ = find_scans([str(tmp_path / "scans")], cache=tmp_path / "cache")
    list(recognize_pages(PageWork(ScriptedReader(), tmp_path / "out", ("json", "ndl", "alto")), scans))
    corrected = json.loads((tmp_path / "out" / "scans" / "a.json").read_text())
    corrected["boxes"][0]["char"] = "か"
    (tmp_path / "out" / "scans" / "a.json").write_text(json.dumps(corrected))
    return tmp_path / "out"


def test_every_format_is_written_from_what_was_corrected(out, tmp_path):
    (out / "notes.json").write_text('["of somebody else"]')
    found = write_from_json(find_page_files([out]), tmp_path / "anew", ("text", "json", "page", "csv"))
    assert [each.became for each in found] == ["written", "written"]
    assert (tmp_path / "anew" / "scans" / "a.txt").read_text() == "か\n"
    assert "か" in (tmp_path / "anew" / "scans" / "a.page.xml").read_text()
    rows = (tmp_path / "anew" / "submission.csv").read_text().splitlines()
    assert len(rows) == 3 and "U+304B" in rows[1] and "U+3042" in rows[2]


def test_what_is_broken_is_named_and_the_rest_is_written(out, tmp_path):
    (out / "scans" / "b.json").write_text('{"format": "mojika page"')
    found = list(write_from_json(find_page_files([out]), tmp_path / "anew", ("text",)))
    assert [each.became for each in found] == ["written", "failed"]
    assert found[1].fault.startswith(f"{out / 'scans' / 'b.json'} line 1")
    assert not (tmp_path / "anew" / "scans" / "b.txt").exists()


def test_images_come_from_the_inputs_or_from_where_they_were(out, tmp_path):
    [_] = write_from_json([out / "scans" / "a.json"], tmp_path / "anew", ("pdf",))
    (tmp_path / "scans").rename(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=r"scans/a\.png is not there; name the input beside the JSON"):
        list(write_from_json([out / "scans" / "a.json"], tmp_path / "other", ("pdf",)))
    scans, _ = find_scans([str(tmp_path / "elsewhere")], cache=tmp_path / "cache")
    [_] = write_from_json([out / "scans" / "a.json"], tmp_path / "other", ("pdf",), scans={"scans/a": scans[0]})
    assert (tmp_path / "other" / "pages.pdf").read_bytes()[:4] == b"%PDF"


def test_two_pages_of_one_name_are_refused(out, tmp_path):
    (out / "copy.json").write_bytes((out / "scans" / "a.json").read_bytes())
    found = list(write_from_json(find_page_files([out]), tmp_path / "anew", ("text",)))
    assert sorted(each.became for each in found) == ["failed", "written", "written"]
    with pytest.raises(UserError, match="expected the JSON of pages in it, found none"):
        find_page_files([tmp_path / "scans"])


def test_two_pages_that_would_have_one_file_are_refused(out, tmp_path):
    """Also where their names differ, so that none is written over the other without a word."""
    for at, name in enumerate(("a", "./a", "a.json/b")):
        page = json.loads((out / "scans" / "b.json").read_text()) | {"name": name}
        (tmp_path / f"{at}.json").write_text(json.dumps(page))
    files = [tmp_path / f"{at}.json" for at in range(3)]
    written, again, below = write_from_json(files, tmp_path / "anew", ("json",))
    assert (written.became, again.became, below.became) == ("written", "failed", "failed")
    assert again.reason == "a.json: a file of page a and one of page ./a would have this name; rename an input"
    assert below.reason == "a.json: a file of page a and a folder of page a.json/b would have this name"


def test_pages_that_are_called_like_files_of_all_pages_are_found(out):
    """A page called rococo is no coco.json; of what is damaged the name decides."""
    page = (out / "scans" / "b.json").read_text()
    for name in ("rococo", "coco", "manifest", "c.ndl"):
        (out / f"{name}.json").write_text(page)
    (out / "d.ndl.json").write_text("{")
    assert {file.name for file in find_page_files([out])} == {"a.json", "b.json"} | {
        f"{name}.json" for name in ("rococo", "coco", "manifest", "c.ndl")
    }
