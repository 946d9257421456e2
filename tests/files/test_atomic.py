import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from file_faults import without_rights_of_root

from mojika.errors import UserError
from mojika.files.atomic import (
    atomic_folder,
    atomic_json,
    atomic_text,
    atomic_write,
    expect_place_for,
    remove_leftovers,
)


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


def test_an_output_that_is_a_link_is_written_where_it_leads(tmp_path: Path):
    disk = tmp_path / "disk"
    for make, link in ((lambda path: atomic_text(path, "new"), "file"), (_make_folder, "folder")):
        (tmp_path / link).symlink_to(disk / link)
        disk.mkdir(exist_ok=True)
        for _ in range(2):  # at first it leads to nothing
            make(tmp_path / link)
            assert (tmp_path / link).is_symlink() and not (disk / link).is_symlink()
    assert names(disk) == {"file", "folder"}
    assert names(tmp_path) == {"disk", "file", "folder"}


def test_a_link_to_a_disk_that_is_not_there_or_to_itself_is_told(tmp_path: Path):
    (tmp_path / "far").symlink_to(tmp_path / "unmounted" / "file")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(UserError, match="a link to .*unmounted/file, whose folder is not there"):
        atomic_text(tmp_path / "far", "new")
    with pytest.raises(OSError, match="levels of symbolic links"):
        atomic_text(tmp_path / "circle", "new")
    assert names(tmp_path) == {"far", "circle"}


def test_a_folder_takes_the_place_of_no_file(tmp_path: Path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(NotADirectoryError, match="file"), atomic_folder(tmp_path / "file"):
        pass
    assert (tmp_path / "file").read_text() == "old" and names(tmp_path) == {"file"}


def test_whether_a_place_can_be_written_is_known_before_the_work(tmp_path: Path):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "file").touch()
    (tmp_path / "closed").mkdir(mode=0o555)
    expect_place_for(tmp_path / "new" / "folder" / "file")
    with without_rights_of_root():
        for place in ("circle", "file/below", "closed/below/file"):
            with pytest.raises(OSError, match=place):
                expect_place_for(tmp_path / place)
    assert names(tmp_path) == {"circle", "file", "closed"}


def test_names_may_be_as_long_as_the_file_system_allows(tmp_path: Path):
    longest = "頁" * 85  # 255 bytes
    code = (
        "import os, signal, sys\nfrom mojika.files.atomic import atomic_write\n"
        "with atomic_write(sys.argv[1]) as file:\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / longest)], env=os.environ)
    assert len(names(tmp_path)) == 1
    atomic_text(tmp_path / longest, "whole")
    assert names(tmp_path) == {longest}
    _make_folder(tmp_path / ("b" * 255))
    assert names(tmp_path) == {longest, "b" * 255}


def test_a_folder_where_a_file_is_written_is_told_by_its_own_name(tmp_path: Path):
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(IsADirectoryError) as told:
        atomic_text(tmp_path / "out.csv", "new")
    assert told.value.filename == str(tmp_path / "out.csv")
    with pytest.raises(OSError) as told, atomic_write(tmp_path / "full.csv"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert told.value.filename == str(tmp_path / "full.csv")
    assert names(tmp_path) == {"out.csv"}


def test_a_device_is_written_to_and_stays(tmp_path: Path):
    atomic_text("/dev/null", "nothing")
    assert Path("/dev/null").is_char_device()


def test_without_locks_files_are_written_and_leftovers_go_after_a_day(tmp_path: Path, monkeypatch):
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    for name, age in ((".a.0.tmp", 25 * 3600), (".a.1.tmp", 3600)):
        (tmp_path / name).write_text("half")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    atomic_text(tmp_path / "a", "whole")
    _make_folder(tmp_path / "folder")
    assert names(tmp_path) == {"a", "folder", ".a.1.tmp"}


def _make_folder(path: Path) -> None:
    with atomic_folder(path) as folder:
        (folder / "content").write_text("1")
