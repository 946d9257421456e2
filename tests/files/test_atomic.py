import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mojika.files.atomic import atomic_folder, atomic_json, atomic_text, atomic_write, remove_leftovers


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_appears_whole_and_nothing_else_stays(tmp_path: Path):
    atomic_text(tmp_path / "new" / "a.txt", "文字\r\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "文字\r\n".encode()
    assert names(tmp_path / "new") == {"a.txt"}


def test_the_old_file_survives_a_failed_write(tmp_path: Path):
    atomic_json(tmp_path / "a.json", {"kept": True})
    with pytest.raises(ZeroDivisionError), atomic_write(tmp_path / "a.json", "w") as file:
        file.write("half")
        raise ZeroDivisionError
    assert (tmp_path / "a.json").read_text() == '{\n  "kept": true\n}\n'
    assert names(tmp_path) == {"a.json"}


def test_the_final_name_shows_the_old_content_until_the_end(tmp_path: Path):
    atomic_text(tmp_path / "a", "old")
    with atomic_write(tmp_path / "a") as file:
        file.write(b"new")
        file.flush()
        assert (tmp_path / "a").read_text() == "old"
    assert (tmp_path / "a").read_text() == "new"


def test_a_folder_replaces_the_old_one_whole(tmp_path: Path):
    target = tmp_path / "pack"
    with atomic_folder(target) as folder:
        (folder / "old").write_text("1")
    with atomic_folder(target) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "new").write_text("2")
        assert names(target) == {"old"}
    assert names(target) == {"deep"}
    assert names(tmp_path) == {"pack"}


def test_a_failed_folder_leaves_the_old_one(tmp_path: Path):
    target = tmp_path / "pack"
    with atomic_folder(target) as folder:
        (folder / "old").write_text("1")
    with pytest.raises(KeyboardInterrupt), atomic_folder(target) as folder:
        (folder / "new").write_text("2")
        raise KeyboardInterrupt
    assert names(target) == {"old"}
    assert names(tmp_path) == {"pack"}


def test_a_file_takes_the_leftovers_of_its_killed_writers_away_and_no_others(tmp_path: Path):
    code = (
        "import os, signal, sys\nfrom mojika.files.atomic import atomic_write\n"
        "with atomic_write(sys.argv[1]) as file:\n    file.write(b'x')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for name in ("a.csv", "b.csv"):
        killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], env=os.environ)
        assert killed.returncode == -signal.SIGKILL
    assert len(names(tmp_path)) == 2
    with atomic_write(tmp_path / "a.csv") as living:
        living.write(b"old")
        atomic_text(tmp_path / "a.csv", "new")  # a living writer of the same name is not disturbed
    assert (tmp_path / "a.csv").read_bytes() == b"old"
    atomic_text(tmp_path / "b.csv", "whole")
    assert names(tmp_path) == {"a.csv", "b.csv"}


def test_leftovers_of_a_killed_writer_go_and_those_of_a_living_one_stay(tmp_path: Path):
    code = (
        "import os, signal, sys\nfrom mojika.files.atomic import atomic_folder\n"
        "with atomic_folder(sys.argv[1]) as folder:\n"
        "    (folder / 'big').write_text('x')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "pack")], env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    assert len(names(tmp_path)) == 1 and not (tmp_path / "pack").exists()

    with atomic_write(tmp_path / "living") as file:
        file.write(b"y")
        remove_leftovers(tmp_path)
        assert len(names(tmp_path)) == 1  # the living one's
    assert names(tmp_path) == {"living"}
