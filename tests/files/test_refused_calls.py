"""Every system call that writes an output is refused once: the older output stays, whole, and its name is told."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from failing_calls import ERRORS, Refusal, missing, watched
from file_faults import full_disk

from mojika.files.atomic import atomic_folder, atomic_text, atomic_write
from mojika.runtime.exit_status import run_entry_point


def write_text(path: Path, text: str) -> None:
    atomic_text(path, text)


def write_large(path: Path, text: str) -> None:
    with atomic_write(path, "w") as file:
        for _ in range(20):
            file.write(text * 1000)


def write_folder(path: Path, text: str) -> None:
    with atomic_folder(path) as folder:
        (folder / "below").mkdir()
        (folder / "below" / "a.txt").write_text(text)


def content(path: Path) -> str:
    return ((path / "below" / "a.txt") if path.is_dir() else path).read_text()


@pytest.mark.parametrize("write", [write_text, write_large, write_folder])
def test_what_is_refused_leaves_the_older_output_and_says_its_name(tmp_path, write: Callable[[Path, str], None]):
    if reason := missing():
        pytest.skip(reason)
    place, log = tmp_path / "place", tmp_path / "log"
    place.mkdir()
    out = place / "out"
    write(out, "old")
    older = content(out)

    def work() -> int:
        def entry() -> int:
            write(out, "new")
            return 0

        return run_entry_point("mojika", entry)

    calls = watched(work, place, log).calls
    newer = content(out)
    assert {call.kind for call in calls} >= {"write", "sync", "rename"} and older != newer
    for at, call in enumerate(calls):
        write(out, "old")
        outcome = watched(work, place, log, Refusal(at, ERRORS[call.kind][at % 2]))
        shown = f"{call}: {outcome}"
        if outcome.status:  # making a folder that is there may be refused
            assert (outcome.status, outcome.said.count("error: ")) == (2, 1) and str(place) in outcome.said, shown
        assert content(out) in ((older, newer) if outcome.status else (newer,)), shown
        assert os.listdir(place) == ["out"], shown


def test_a_call_of_a_library_is_refused_too(tmp_path):
    import sqlite3

    if reason := missing():
        pytest.skip(reason)

    def work() -> int:
        database = sqlite3.connect(tmp_path / "study.db")
        database.execute("CREATE TABLE trial (number)")
        return 0

    calls = watched(work, tmp_path, tmp_path.with_name("log")).calls
    first = next(at for at, call in enumerate(calls) if call.kind == "write")
    (tmp_path / "study.db").unlink()
    outcome = watched(work, tmp_path, tmp_path.with_name("log"), Refusal(first, ERRORS["write"][0]))
    assert outcome.status == 1 and "disk is full" in outcome.said


@pytest.mark.parametrize("error", [OSError("error closing file"), OSError(errno.EIO, os.strerror(errno.EIO))])
def test_what_names_no_file_is_told_with_the_output(tmp_path, capsys, error):
    def entry() -> int:
        with atomic_folder(tmp_path / "out"):
            raise error

    assert run_entry_point("mojika", entry) == 2
    assert f", while {tmp_path}/out was written\n" in capsys.readouterr().err


def test_a_file_that_is_too_large_is_told_by_its_name(tmp_path):
    with full_disk(), pytest.raises(OSError, match="File too large") as told:
        atomic_text(tmp_path / "out.txt", "text")
    assert told.value.filename == str(tmp_path / "out.txt")
    assert os.listdir(tmp_path) == []
