"""Which pages are read, and which files written, by a run over what other runs left."""

import json
from pathlib import Path

import pytest
from scripted import ScriptedReader, text_of
from tiny_readers import draw_page

from mojika.errors import Interrupted, UserError
from mojika.reader.page_work import PageWork
from mojika.reader.run import recognize_pages
from mojika.scans.find_scans import find_scans


def recognize(tmp_path: Path, reader: ScriptedReader, formats: str = "text,json", *, inputs=None, **more) -> list[str]:
    """What became of each page."""
    scans, _ = find_scans([str(each) for each in inputs or [tmp_path / "scans"]], cache=tmp_path / "cache")
    work = PageWork(reader, tmp_path / "out", tuple(formats.split(",")), **more)
    return [result.became for result in recognize_pages(work, scans)]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    for number in (1, 2):
        draw_page(tmp_path / "scans" / f"{number}.png", seed=number)
    return tmp_path / "scans"


def test_a_second_run_finds_everything_up_to_date_and_loads_nothing(pages, tmp_path):
    first, second = ScriptedReader(), ScriptedReader()
    assert recognize(tmp_path, first) == ["read", "read"] and first.times_loaded == 1
    assert text_of(tmp_path / "out", "scans/1") == "あ\n"
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*.*") if file.is_file()}
    assert recognize(tmp_path, second) == ["kept", "kept"] and second.times_loaded == 0
    assert before == {file: file.stat().st_mtime_ns for file in before}


def test_what_was_not_finished_is_read_by_the_next_run(pages, tmp_path):
    scans, _ = find_scans([str(pages)], cache=tmp_path / "cache")
    work = PageWork(ScriptedReader(), tmp_path / "out", ("text",))
    turns = iter([None, Interrupted("SIGTERM")])

    def stop_before_the_second() -> None:
        if signal := next(turns):
            raise signal

    with pytest.raises(Interrupted):
        list(recognize_pages(work, scans, stop_before_the_second))
    assert [path.name for path in (tmp_path / "out" / "scans").iterdir()] == ["1.txt"]
    again = ScriptedReader()
    assert recognize(tmp_path, again, "text") == ["kept", "read"] and again.pages_read == 1


def test_a_changed_image_and_other_models_make_a_page_stale_with_all_its_files(pages, tmp_path):
    recognize(tmp_path, ScriptedReader(), "text,json,alto")
    draw_page(pages / "2.png", seed=9, size=(50, 70))
    changed = ScriptedReader()
    assert recognize(tmp_path, changed, "text") == ["kept", "read"]
    assert 'WIDTH="70"' in (tmp_path / "out" / "scans" / "2.alto.xml").read_text()
    assert json.loads((tmp_path / "out" / "scans" / "2.json").read_text())["width"] == 70
    assert recognize(tmp_path, ScriptedReader("other models"), "text") == ["read", "read"]


def test_further_formats_and_deleted_files_are_made_without_reading(pages, tmp_path):
    recognize(tmp_path, ScriptedReader(), "text")
    (tmp_path / "out" / "scans" / "1.txt").unlink()
    again = ScriptedReader()
    assert recognize(tmp_path, again, "text,page") == ["kept", "kept"] and again.times_loaded == 0
    assert text_of(tmp_path / "out", "scans/1") == "あ\n" and (tmp_path / "out" / "scans" / "2.page.xml").exists()


def test_a_page_that_cannot_be_read_is_named_and_the_rest_is_read(pages, tmp_path):
    (pages / "1.png").write_bytes((pages / "1.png").read_bytes()[:-30])
    scans, _ = find_scans([str(pages)], cache=tmp_path / "cache")
    first, second = recognize_pages(PageWork(ScriptedReader(), tmp_path / "out", ("text",)), scans)
    assert (first.became, second.became) == ("failed", "read")
    assert first.fault.startswith(f"{pages / '1.png'}: expected a readable image") and "\n" not in first.fault


def correct(file: Path) -> None:
    """As a person does, who reads the あ as い."""
    page = json.loads(file.read_text())
    page["boxes"][0]["char"] = "い"
    file.write_text(json.dumps(page))


def test_what_a_person_corrected_is_written_in_every_format_and_not_read_again(pages, tmp_path):
    recognize(tmp_path, ScriptedReader(), "text,json,alto")
    correct(tmp_path / "out" / "scans" / "1.json")
    other = ScriptedReader("other models")
    assert recognize(tmp_path, other, "text,page") == ["kept", "read"] and other.pages_read == 1
    assert text_of(tmp_path / "out", "scans/1") == "い\n"
    assert '"い"' in (tmp_path / "out" / "scans" / "1.alto.xml").read_text()
    assert json.loads((tmp_path / "out" / "scans" / "1.json").read_text())["boxes"][0]["prob"] == 1
    newest = ScriptedReader("newest models")
    assert recognize(tmp_path, newest) == ["kept", "read"]
    assert recognize(tmp_path, newest, force=True) == ["read", "read"]
    assert text_of(tmp_path / "out", "scans/1") == "あ\n"


def test_a_correction_that_is_no_json_any_more_is_named_and_left_alone(pages, tmp_path):
    recognize(tmp_path, ScriptedReader())
    (tmp_path / "out" / "scans" / "1.json").write_text('{"format": ')
    assert recognize(tmp_path, ScriptedReader("other models"), "text") == ["failed", "read"]
    assert (tmp_path / "out" / "scans" / "1.json").read_text() == '{"format": '


def test_a_page_of_the_same_name_from_elsewhere_does_not_replace_one(pages, tmp_path):
    other = draw_page(tmp_path / "others" / "1.png", seed=5)
    recognize(tmp_path, ScriptedReader(), "text", inputs=[pages / "1.png"])
    assert recognize(tmp_path, ScriptedReader(), "text", inputs=[other]) == ["failed"]
    assert recognize(tmp_path, ScriptedReader(), "text", inputs=[other], force=True) == ["read"]


def test_a_folder_that_has_moved_is_up_to_date(pages, tmp_path):
    recognize(tmp_path, ScriptedReader(), "text", inputs=[pages / "1.png"])
    pages.rename(tmp_path / "moved")
    assert recognize(tmp_path, ScriptedReader(), "text", inputs=[tmp_path / "moved" / "1.png"]) == ["kept"]


def test_a_page_that_does_not_fit_into_memory_is_named_and_a_defect_is_not_hidden(pages, tmp_path):
    class Failing(ScriptedReader):
        def __init__(self, error: Exception):
            super().__init__()
            self.error = error

        def read(self, pixels):
            if self.pages_read == 1:
                return super().read(pixels)
            self.pages_read = 1
            raise self.error

    assert recognize(tmp_path, Failing(MemoryError()), "text") == ["failed", "read"]
    with pytest.raises(RuntimeError, match="a defect"):
        recognize(tmp_path, Failing(RuntimeError("a defect")), "text", force=True)


def test_models_that_cannot_be_loaded_end_the_run(pages, tmp_path):
    class Broken(ScriptedReader):
        def load(self):
            raise UserError("models/reader: no such file")

    with pytest.raises(UserError, match="no such file"):
        recognize(tmp_path, Broken())


def test_a_damaged_state_is_as_good_as_none(pages, tmp_path):
    recognize(tmp_path, ScriptedReader(), "text")
    state = tmp_path / "out" / ".mojika" / "pages" / "scans" / "1.json"
    state.write_text(state.read_text()[:100])
    assert recognize(tmp_path, ScriptedReader(), "text") == ["read", "kept"]


def test_a_changed_number_in_a_state_has_its_page_read_again(pages, tmp_path):
    recognize(tmp_path, ScriptedReader(), "text")
    state = tmp_path / "out" / ".mojika" / "pages" / "scans" / "1.json"
    state.write_text(state.read_text().replace('"width": ', '"width": 1'))
    assert recognize(tmp_path, ScriptedReader(), "text") == ["read", "kept"]
