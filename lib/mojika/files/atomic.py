"""Files and folders that are either whole or not there: temporary name in the same folder, flush, fsync, rename, fsync.

A temporary name starts with a dot, ends in `.tmp` and stays locked while its writer lives, so that what a killed
process left behind can be told from what another one is writing.
"""

import fcntl
import glob
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def atomic_write(path: Path | str, mode: str = "wb") -> Iterator[IO]:
    """A file handle whose content appears under `path` when the block ends well, and nowhere when it does not.

    `mode` is `wb` or `w` (UTF-8, line ends as written). What killed processes left behind under the same name is
    removed first.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent, path.name)
    temporary = _temporary_beside(path)
    encoding, newline = (None, None) if "b" in mode else ("utf-8", "")
    try:
        with open(temporary, mode, encoding=encoding, newline=newline) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def atomic_text(path: Path | str, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))


def atomic_json(path: Path | str, value: Any) -> None:
    """Write `value` as indented JSON, whole or not at all."""
    atomic_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


@contextmanager
def atomic_folder(path: Path | str) -> Iterator[Path]:
    """A temporary sibling folder that takes the place of `path`, whole, when the block ends well.

    An older folder of that name is deleted only when the new one is in its place. Leftovers of killed processes under
    the same name are removed first.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent, path.name)
    temporary = _temporary_beside(path)
    temporary.mkdir()
    lock = os.open(temporary, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield temporary
        _sync_tree(temporary)
        _take_place(temporary, path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def remove_leftovers(folder: Path | str, name: str | None = None) -> None:
    """Delete the temporary files and folders in `folder` (of `name`, or of any) whose writers no longer live."""
    for leftover in Path(folder).glob(f".{'*' if name is None else glob.escape(name)}.*.tmp"):
        try:
            handle = os.open(leftover, os.O_RDONLY)
        except FileNotFoundError:
            continue  # its writer finished just now
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # its writer is at work
        else:
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
        finally:
            os.close(handle)


def sync_folder(folder: Path | str) -> None:
    """Make the folder's entries (renames, new names) durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _temporary_beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")


def _sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(Path(parent) / name, "rb") as file:
                os.fsync(file.fileno())
        sync_folder(parent)


def _take_place(temporary: Path, path: Path) -> None:
    old = None
    if path.exists():
        old = _temporary_beside(path)
        os.replace(path, old)
    try:
        os.replace(temporary, path)
    except BaseException:
        if old:
            os.replace(old, path)
        raise
    sync_folder(path.parent)
    if old:
        shutil.rmtree(old, ignore_errors=True)
