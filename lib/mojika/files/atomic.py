"""Files and folders that are either whole or not there: temporary name in the same folder, flush, fsync, rename, fsync.

A temporary name starts with a dot, ends in `.tmp` and stays locked while its writer lives, so that what a killed
process left behind can be told from what another one is writing. On file systems without locks it is left behind for a
day. Where a path is a link, what it leads to is replaced and the link stays.
"""

import errno
import glob
import hashlib
import io
import json
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from mojika.errors import UserError
from mojika.locks import lock

_LONG_NAME = 96  # bytes: with what is added to it, a name within the 143 that some file systems allow
_OF_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DAY = 24 * 3600  # seconds


@contextmanager
def atomic_write(path: Path | str, mode: str = "wb") -> Iterator[IO]:
    """A file handle whose content appears under `path` when the block ends well, and nowhere when it does not.

    `mode` is `wb` or `w` (UTF-8, line ends as written). What killed processes left behind under the same name is
    removed first. Devices and pipes (`/dev/stdout`) are written to as they are. An `OSError` of writing names `path`.
    """
    path = _target(path)
    if _is_stream(path):
        with _opened(path, mode) as file:
            yield file
        return
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent, path.name)
    temporary = _temporary_beside(path)
    with _naming(path, temporary):
        try:
            with _opened(temporary, mode) as file:
                lock(file)
                yield file
                file.flush()
                _sync(file.fileno(), temporary)
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
def atomic_folder(path: Path | str, mark: str | None = None) -> Iterator[Path]:
    """A temporary sibling folder that takes the place of `path`, whole, when the block ends well.

    An older folder of that name is deleted only when the new one is in its place; a file or a device is not replaced,
    nor a folder of other things: one without the file `mark`.
    Leftovers of killed processes under the same name are removed first.
    """
    path = _target(path)
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    expect_nothing_else(path, mark)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent, path.name)
    temporary = _temporary_beside(path)
    with _naming(path, temporary):
        temporary.mkdir()
        handle = os.open(temporary, os.O_RDONLY)
        try:
            lock(handle)
            yield temporary
            _sync_tree(temporary)
            _take_place(temporary, path)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        finally:
            os.close(handle)


def expect_nothing_else(path: Path | str, mark: str | None) -> None:
    """Raises `UserError` where `path` is a folder that holds something, but no file `mark`."""
    folder = Path(path)
    if mark and folder.is_dir() and not (folder / mark).is_file() and any(folder.iterdir()):
        raise UserError(f"{path}: expected nothing or a folder with {mark}, found other files, which are not replaced")


def expect_place_for(path: Path | str) -> None:
    """Raise what writing `path` would raise for links, files in its way and permissions, before any work is done."""
    target = _target(path)
    above = next(each for each in target.parents if each.exists())
    if not above.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    if not os.access(above, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def remove_leftovers(folder: Path | str, name: str | None = None) -> None:
    """Delete the temporary files and folders in `folder` (of `name`, or of any) whose writers no longer live.

    Those that this user may not open or delete stay.
    """
    for leftover in Path(folder).glob(f".{'*' if name is None else glob.escape(_short(name))}.*.tmp"):
        with suppress(OSError):  # that of another user, or its writer finished just now
            _remove_if_abandoned(leftover)


def _remove_if_abandoned(leftover: Path) -> None:
    is_folder = leftover.is_dir()
    handle = os.open(leftover, os.O_RDONLY if is_folder else os.O_RDWR)  # NFS locks what may be written
    try:
        if not lock(handle, wait=False) and time.time() - _last_change(leftover) < _DAY:
            return
    except BlockingIOError:
        return  # its writer is at work
    else:
        if is_folder:
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
    finally:
        os.close(handle)


def sync_folder(folder: Path | str) -> None:
    """Make the folder's entries (renames, new names) durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        _sync(handle, folder)
    finally:
        os.close(handle)


class _File(io.FileIO):
    """A file whose errors say which one it is, as those of opening do."""

    def write(self, data: Any) -> int:
        with _of(self.name):
            return super().write(data)

    def close(self) -> None:
        with _of(self.name):
            super().close()


def _opened(path: Path, mode: str) -> IO:
    file = io.BufferedWriter(_File(path, "w"))
    return file if "b" in mode else io.TextIOWrapper(file, encoding="utf-8", newline="")


def _sync(handle: int, path: Path | str) -> None:
    with _of(path):
        os.fsync(handle)


@contextmanager
def _of(path: Path | str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def _target(path: Path | str) -> Path:
    """Where links lead; raises `UserError` where they lead to a folder that is not there, as of a disk that is not."""
    path = Path(path)
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    if not target.parent.is_dir():
        raise UserError(f"{path}: a link to {target}, whose folder is not there")
    return target


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def _temporary_beside(path: Path) -> Path:
    return path.with_name(f".{_short(path.name)}.{secrets.token_hex(4)}.tmp")


def _short(name: str) -> str:
    """The name itself, or its beginning and a digest where it has no room for what a temporary name adds."""
    encoded = os.fsencode(name)
    if len(encoded) <= _LONG_NAME:
        return name
    return f"{encoded[: _LONG_NAME - 20].decode(errors='ignore')}~{hashlib.sha256(encoded).hexdigest()[:16]}"


@contextmanager
def _naming(path: Path, temporary: Path) -> Iterator[None]:
    """Errors about the temporary name, and about a full disk, name the path instead; others of no name mention it."""
    try:
        yield
    except OSError as error:
        name = error.filename
        if isinstance(name, str | Path) and Path(name).is_relative_to(temporary):
            error.filename, error.filename2 = str(path / Path(name).relative_to(temporary)), None
        elif name is None and error.errno in _OF_WRITING:
            error.filename = str(path)
        elif name is None and not isinstance(error, io.UnsupportedOperation):  # which is a defect
            error.strerror = f"{error.strerror or error}, while {path} was written"
            error.errno = error.errno or errno.EIO  # Arrow and Pillow do not say it
        raise


def _last_change(path: Path) -> float:
    within = path.iterdir() if path.is_dir() else ()
    return max(os.stat(each).st_mtime for each in (path, *within))


def _sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(Path(parent) / name, "rb") as file:
                _sync(file.fileno(), file.name)
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
    try:
        sync_folder(path.parent)
    finally:
        if old:
            shutil.rmtree(old, ignore_errors=True)
