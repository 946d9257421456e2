"""What can be wrong with a file that a command is given, and how a command that takes it well ends."""

import ctypes
import errno
import fcntl
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LONG = "n" * 246  # with a suffix of four characters 250 bytes
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2


@contextmanager
def without_rights_of_root() -> Iterator[None]:
    """Let permissions count for root, too; skips the test where that cannot be had."""
    if os.geteuid():
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if libc.capget(header, data):
        pytest.skip("the process cannot ask for its capabilities")
    before = data[0]
    data[0] &= ~(1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH)
    if libc.capset(header, data):
        pytest.skip("the process cannot give up rights of root")
    try:
        yield
    finally:
        data[0] = before
        libc.capset(header, data)


@contextmanager
def full_disk() -> Iterator[None]:
    """Every write to a file fails, whoever does it: the process may write files of no byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def without_locks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", refuse)
        patch.setattr(fcntl, "lockf", refuse)
        yield


def _folder_for_it(path: Path) -> Path:
    path.mkdir()
    (path / "other.txt").write_text("other")
    return path


def _file_for_it(path: Path) -> Path:
    path.write_text("other")
    return path


def _closed(path: Path) -> Path:
    path.chmod(0)
    return path


def _in_a_circle(path: Path) -> Path:
    path.symlink_to(path)
    return path


def _read_only(path: Path) -> Path:
    path.parent.chmod(0o555)
    return path


# What stands in the place of an input: of a file, and of a folder. Each makes it under a path, and returns that.
BROKEN_INPUTS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], Path]]] = {
    "missing": (lambda path: path,) * 2,
    "no such parent": (lambda path: path / "below" / path.name,) * 2,
    "the other kind": (_folder_for_it, _file_for_it),
    "unreadable": (lambda path: _closed(_file_for_it(path)), lambda path: _closed(_folder_for_it(path))),
    "a link in a circle": (_in_a_circle,) * 2,
}
# What is in a file instead of what it should hold.
OTHER_CONTENTS: dict[str, bytes] = {
    "nothing": b"",
    "zeros": bytes(300),
    "a web page": b"<html>503 Service Unavailable</html>",
    "noise": bytes(value * value * 151 % 251 for value in range(3000)),
    "UTF-16": "image_id,labels\na,\n".encode("utf-16"),
    "JSON of another kind": b"[]",
    "JSON without an end": b"[" * 5000,
    "an open quote": b'a,"b\n',
    "a pickle that calls": b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85\x94R\x94.",
    "the head of an archive": b"PK\x03\x04" + bytes(30),
    "both ends of Parquet": b"PAR1" + bytes(50) + b"PAR1",
    "a table without rows": b"image_id,labels\n",
    "a page without characters": b"image_id,labels\nbrsk000_01,\n",
    "the head of SQLite": b"SQLite format 3\0" + bytes(84),
}
# What stands in the place of an output, which may be a folder.
BROKEN_OUTPUTS: dict[str, Callable[[Path, bool], Path]] = {
    "the other kind": lambda path, is_folder: _file_for_it(path) if is_folder else _folder_for_it(path),
    "below a file": lambda path, _: _file_for_it(path) / f"below{path.suffix}",
    "read-only": lambda path, _: _read_only(path),
    "a link in a circle": lambda path, _: _in_a_circle(path),
    "a link to no disk": lambda path, _: _link(path, path.parent / "unmounted" / path.name),
    "full disk": lambda path, _: path,
}


def _link(path: Path, target: Path) -> Path:
    path.symlink_to(target)
    return path
