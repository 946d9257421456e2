"""Files of libraries' servers: each fetched once, by one request at a time to a host, and kept in the cache.

A copy lies under the digest of its address; beside it `.json` is its record (address, size, SHA-256, entity tag), and
`.part` what came of it so far.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.files.atomic import atomic_json
from mojika.files.fingerprints import digest, file_digest
from mojika.files.json_text import kept_object, load_json
from mojika.files.urls import Url
from mojika.locks import lock
from mojika.runtime.lines import say
from mojika.scans.request import Answer, ComeBack, NotContinued, TryLater, ask, expect_outward
from mojika.scans.sheets import content_digest

LARGEST = 2**30  # bytes
_PIECE = 2**18
_LONGEST_WAIT = 120.0  # seconds that a server may ask for before we leave it to the user
_TOLD_FROM = 10.0  # seconds
_ANSWERS, _SILENT = ".", "!"  # what the file of a host says; or the time until which it wants no requests
_SILENCE = 120.0  # seconds for which a host without an answer is asked once for each file


@dataclass(frozen=True)
class Web:
    """`pause` in seconds between two requests to a host, also of other processes with the same `cache`. A request that
    brings nothing is made up to `tries` times, after `wait` seconds, then twice as long, or when the server says."""

    cache: Path
    pause: float = 0.5
    tries: int = 5
    wait: float = 1.0

    def fetched(self, url: Url, *, again: bool = False, named_by: Url | None = None) -> Path:
        """The local copy; a server is asked where there is none, or for a newer one if `again`.

        An address that another server named (`named_by`) may not lead into the local network. Raises `UserError`
        where nothing comes of it, `Refused` where the server does not have it.
        """
        if named_by:
            expect_outward(named_by, url)
        copy = self.cache / "web" / digest(url.secret)[:32]
        record = _record(copy)
        if record and not again:
            return copy
        try:
            with _writing(self.cache):
                copy.parent.mkdir(parents=True, exist_ok=True)
                with _alone(copy.with_suffix(".lock")):
                    self._fetch(url, copy, record)
        except TryLater as error:
            if not record:
                raise UserError(f"{error}; the same command continues") from None
            say(f"{error}; going on with the copy that was fetched before")
        return copy

    def forget(self, copy: Path) -> None:
        """Fetch it anew the next time."""
        copy.unlink(missing_ok=True)

    def _fetch(self, url: Url, copy: Path, record: "_Record | None") -> None:
        if not record and _record(copy):
            return  # another process was quicker
        tries, part = 0, copy.with_suffix(".part")
        while True:
            before = _size(part)
            try:
                with self._turn(url.host):
                    _request(url, copy, record)
                return
            except TryLater as error:
                if record or isinstance(error, ComeBack):
                    raise
                if isinstance(error, NotContinued) and part.exists():
                    part.unlink()
                    continue
                tries = 0 if _size(part) > before else tries + 1
                if tries >= (1 if self._was_silent(url.host) else self.tries):
                    self._host(url.host).write_text(_SILENT)
                    raise
                self._rest(url.host, error.after, tries)

    def _rest(self, host: str, asked: float | None, tries: int) -> None:
        seconds = asked if asked is not None else self.wait * 2 ** max(0, tries - 1)
        if seconds > _LONGEST_WAIT:
            self._host(host).write_text(f"{time.time() + seconds:.0f}")
            raise ComeBack(host, seconds)
        if seconds >= _TOLD_FROM:
            say(f"{host}: waiting for {seconds:,.0f} s{'' if asked is None else ', as it asks'}")
        time.sleep(seconds)

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        """One request at a time to a host; the lock's modification time is the end of the last one."""
        with _alone(self._host(host)) as handle:
            said = os.pread(handle, 20, 0).decode(errors="ignore")
            since = time.time() - os.fstat(handle).st_mtime  # below 0 where the clock was set back: then ask
            if said.isdecimal() and (seconds := int(said) - time.time()) > 0 and since >= 0:
                raise ComeBack(host, seconds)
            if said:
                time.sleep(min(max(0.0, os.fstat(handle).st_mtime + self.pause - time.time()), self.pause))
            try:
                yield
                said = _ANSWERS
            finally:
                os.ftruncate(handle, 0)
                os.pwrite(handle, (said or _ANSWERS).encode(), 0)

    def _host(self, host: str) -> Path:
        return self.cache / "web" / f"{digest(host)[:16]}.host"

    def _was_silent(self, host: str) -> bool:
        """Whether the host gave no answer just now, to any process, so that waiting for each page would not help."""
        file = self._host(host)
        return file.read_text() == _SILENT and 0 <= time.time() - file.stat().st_mtime < _SILENCE


@dataclass(frozen=True)
class _Record:
    url: str
    size: int
    sha256: str
    tag: str
    modified: str
    fetched: str


def _record(copy: Path) -> _Record | None:
    """That of a copy which is there, whole and as it came."""
    try:
        record = _Record(**load_json(copy.with_suffix(".json").read_bytes()))
        return record if _size(copy) == record.size and content_digest(copy) == record.sha256 else None
    except (OSError, ValueError, TypeError, UserError):
        return None


def _request(url: Url, copy: Path, record: _Record | None) -> None:
    """One request; what came of it stays in the part where it breaks off."""
    part, state = copy.with_suffix(".part"), copy.with_suffix(".state")
    begun = kept_object(state) if part.exists() else {}
    with ask(url, _conditions(record, begun, _size(part))) as answer:
        if answer is None:
            return
        if answer.start > _size(part):
            raise NotContinued(url)
        if not answer.start:
            part.unlink(missing_ok=True)  # before the state says that it is of another version
        atomic_json(state, {"tag": answer.tag, "modified": answer.modified})
        _write(answer, part)
    sha256, now = file_digest(part), time.strftime("%Y-%m-%d %H:%M:%S")
    found = _Record(str(url), _size(part), sha256, answer.tag, answer.modified, now)
    copy.with_suffix(".json").unlink(missing_ok=True)
    os.replace(part, copy)
    atomic_json(copy.with_suffix(".json"), asdict(found))
    state.unlink(missing_ok=True)


def _conditions(record: _Record | None, begun: dict[str, Any], start: int) -> dict[str, str]:
    """Headers that ask for the rest of a part, or for what is newer than the copy."""
    version = begun.get("tag") or begun.get("modified")
    if start and version and not version.startswith("W/"):
        return {"Range": f"bytes={start}-", "If-Range": version}
    if record and record.tag:
        return {"If-None-Match": record.tag}
    return {"If-Modified-Since": record.modified} if record and record.modified else {}


def _write(answer: Answer, part: Path) -> None:
    """Raises `UserError` where it is more than anybody needs."""
    too_much = UserError(f"{answer.url}: expected at most {LARGEST:,} bytes, found more")
    if answer.start + (answer.size or 0) > LARGEST:
        raise too_much
    with open(part, "r+b" if part.exists() else "wb") as file:
        file.seek(answer.start)
        file.truncate()
        for piece in answer.pieces(_PIECE):
            file.write(piece)
            if file.tell() > LARGEST:
                part.unlink()
                raise too_much
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """One process and thread at a time; the kernel frees the lock with the process, however that ends."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        lock(handle)
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _writing(cache: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"{cache}: cannot be written: {error.strerror}; set MOJIKA_CACHE") from None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
