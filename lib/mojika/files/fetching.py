"""Local copies of objects in stores: each version of an object is fetched once, whole, and kept in the cache.

A copy is `stores/<address>/<version>/<name>` below the cache folder, both digests; beside the version `.json` is its
record (address, size, SHA-256), `.part` a copy that is not whole yet, and `.lock` is held by the process that fetches.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from mojika.errors import UserError
from mojika.files.atomic import atomic_folder, atomic_json, sync_folder
from mojika.files.cache import cache_folder
from mojika.files.fingerprints import digest, file_digest
from mojika.files.json_text import load_json
from mojika.files.object_stores import NoAnswer, Version, listed, read_from, version_of
from mojika.files.urls import Place, Url
from mojika.locks import lock

_TRIES = 5  # in a row without a byte
_SECONDS_BETWEEN_LINES = 10.0
_TOLD_FROM = 10 * 2**20  # bytes: smaller objects are fetched without a word
_AT_ONCE = 16


def fetched(place: Place) -> Path:
    """The file itself: a path as it is, of an object its local copy, fetched where this version is not in the cache.

    Within a process an address stays the version that it was first. Where the store does not answer, the newest copy
    is used, and a line says so. Raises `UserError` where there is no object or no answer.
    """
    if not isinstance(place, Url):
        return place
    copy = _fetched(place, cache_folder().absolute())
    if not copy.exists():  # the cache may be deleted at any time
        _fetched.cache_clear()
        copy = _fetched(place, cache_folder().absolute())
    return copy


def fetched_all(places: Iterable[Place]) -> list[Path]:
    """`fetched` of each, many at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(fetched, places))


def fetched_parts(folder: Url, names: Iterable[str]) -> Path:
    """A local folder with these objects of `folder` under their names; others of the same versions are the same one."""
    names = list(names)
    climbing = [name for name in names if Path(name).is_absolute() or ".." in Path(name).parts]
    if climbing:
        raise UserError(f"{folder}: expected names of files in it, found {climbing[0]!r}")
    return _linked(folder, dict(zip(names, fetched_all(folder / name for name in names), strict=True)))


def fetched_folder(place: Place) -> Path:
    """The folder itself, or a local one with all objects below the address; raises `UserError` for web servers."""
    if not isinstance(place, Url):
        return place
    objects = listed(place, below=True)
    if not objects:
        raise UserError(f"{place}: expected a folder, found nothing")
    names = [found.path.removeprefix(place.path.rstrip("/") + "/") for found in objects]
    return fetched_parts(place, [name for name in names if name and not name.endswith("/")])


@contextmanager
def naming(url: Url, copy: Path) -> Iterator[None]:
    """Errors about the copy name the address instead."""
    try:
        yield
    except UserError as error:
        raise UserError(str(error).replace(str(copy), str(url))) from None


@cache
def _fetched(url: Url, cache: Path) -> Path:
    if not url.name or url.name in (".", ".."):
        raise UserError(f"{url}: expected the address of an object, found that of a whole store")
    entry = cache / "stores" / digest(url.secret)[:24]
    try:
        version = version_of(url)
    except NoAnswer:
        copy = _newest_copy(entry, url)
        if copy is None:
            raise
        return copy
    copy = entry / digest([version.size, version.tag])[:16] / url.name
    if not _is_whole(copy):
        copy.parent.mkdir(parents=True, exist_ok=True)
        with _alone(copy, url):
            if not _is_whole(copy):
                _fetch(url, version, copy)
    return copy


def _linked(folder: Url, files: dict[str, Path]) -> Path:
    """A folder of hard links to copies; it is named after them, so it never changes."""
    key = digest({name: str(path) for name, path in files.items()})[:24]
    linked = cache_folder().absolute() / "stores" / "folders" / key / folder.name
    if not linked.exists():
        with atomic_folder(linked) as temporary:
            for name, path in files.items():
                (temporary / name).parent.mkdir(parents=True, exist_ok=True)
                os.link(path, temporary / name)
    return linked


def _fetch(url: Url, version: Version, copy: Path) -> None:
    part, tries = _beside(copy, "part"), 0
    if not version.tag:
        part.unlink(missing_ok=True)  # nothing says that the rest would be of the same version
    while True:
        before = _size(part)
        try:
            _append(url, version, part)
            break
        except NoAnswer as error:
            tries = 0 if _size(part) > before else tries + 1
            if tries == _TRIES:
                kept = f"{_megabytes(_size(part))} are here, the same command continues"
                raise UserError(f"{error}; {kept if version.tag else 'run the same command again'}") from None
            time.sleep(min(0.1 * 2**tries, 2))
    if version_of(url) != version:
        part.unlink()
        raise UserError(f"{url}: was changed while it was fetched; run the same command again")
    _keep(url, part, copy)


def _append(url: Url, version: Version, part: Path) -> None:
    """Complete the part; raises `NoAnswer` where the store breaks off."""
    part.touch()
    start = _size(part) if version.size is not None and _size(part) <= version.size else 0
    _expect_space(url, version, part, start)
    if start == version.size:
        return
    told = time.monotonic()
    if (version.size or 0) >= _TOLD_FROM:
        _say(f"fetching {url}: {_megabytes(start)} of {_megabytes(version.size or 0)}")
    with open(part, "r+b") as file:
        for at, piece in read_from(url, start, version):
            if file.tell() != at:
                file.seek(at)
                file.truncate()  # a new beginning, where the server cannot continue
            file.write(piece)
            if time.monotonic() - told >= _SECONDS_BETWEEN_LINES:
                told = time.monotonic()
                _say(f"fetching {url}: {_megabytes(file.tell())} of {_megabytes(version.size or 0)}")
    if version.size not in (None, _size(part)):
        raise NoAnswer(f"{url}: cut off after {_size(part):,} of {version.size:,} bytes")


def _expect_space(url: Url, version: Version, part: Path, start: int) -> None:
    free, needed = shutil.disk_usage(part.parent).free, (version.size or 0) - start
    if free < needed:
        raise UserError(
            f"{url}: needs {_megabytes(needed)}, {cache_folder()} has {_megabytes(free)} left; set MOJIKA_CACHE"
        )


def _keep(url: Url, part: Path, copy: Path) -> None:
    """Record the part and give it its name.

    The modification time follows from the content, so what is made from a copy that was fetched anew is made from the
    same.
    """
    sha256 = file_digest(part)
    with open(part, "rb") as file:
        os.utime(part, (_time_of(sha256), _time_of(sha256)))
        os.fsync(file.fileno())
    record = {"url": str(url), "size": _size(part), "sha256": sha256, "fetched": time.strftime("%Y-%m-%d %H:%M:%S")}
    atomic_json(_beside(copy, "json"), record)
    os.replace(part, copy)
    sync_folder(copy.parent)


def _is_whole(copy: Path) -> bool:
    """Whether the copy is there as it was recorded; its content is read where its time says that it was touched."""
    try:
        record = load_json(_beside(copy, "json").read_text(encoding="utf-8"))
        status = copy.stat()
    except (OSError, ValueError):
        return False
    untouched = status.st_mtime == _time_of(record["sha256"])
    return status.st_size == record["size"] and (untouched or file_digest(copy) == record["sha256"])


def _newest_copy(entry: Path, url: Url) -> Path | None:
    records = sorted(entry.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for copy in (path.with_suffix("") / url.name for path in records):
        if _is_whole(copy):
            _say(f"{url}: no answer; going on with the copy that was fetched before")
            return copy
    return None


@contextmanager
def _alone(copy: Path, url: Url) -> Iterator[None]:
    """One process at a time fetches; the kernel frees the lock with the process, however that ends."""
    with open(_beside(copy, "lock"), "a") as file:
        try:
            lock(file, wait=False)
        except BlockingIOError:
            _say(f"waiting for another process that fetches {url}")
            lock(file)
        yield


def _beside(copy: Path, suffix: str) -> Path:
    return copy.parent.with_name(f"{copy.parent.name}.{suffix}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _time_of(sha256: str) -> int:
    """Seconds since 1970, below 2^31."""
    return int(sha256[:8], 16) >> 1


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
