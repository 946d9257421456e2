"""Files of other people, fetched into a folder: their size and SHA-256 are recorded once, and compared ever after."""

import os
import shutil
from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.files.atomic import atomic_json, atomic_write
from mojika.files.fetching import fetched
from mojika.files.fingerprints import file_digest
from mojika.files.json_text import load_json
from mojika.files.urls import Url

RECORD = "fetched.json"


def fetch_recorded(url: Url, folder: Path) -> bool:
    """Fetch the object into `folder` under its own name; False where it was there already, which asks no server.

    The first time its address, size and SHA-256 go into `folder/fetched.json`; a file that was there before without a
    record is recorded as it is. Raises `UserError` where what the server has now is not what was recorded.
    """
    path, record = folder / url.name, _read(folder / RECORD)
    known = record.get(url.name)
    if path.is_file() and _is_same(found := _described(url, path), known):
        _write(folder / RECORD, {url.name: found} | record)
        return False
    copy = fetched(url)
    found = _described(url, copy)
    if known and not _is_same(found, known):
        raise UserError(
            f"{url}: {_shown(found)}; at the first fetch it was {_shown(known)}: the server has another file now. "
            f"To take it, delete {url.name} from {folder / RECORD}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / RECORD, {url.name: found} | record)
    _put(copy, path)
    return True


def _described(url: Url, path: Path) -> dict[str, Any]:
    return {"url": str(url), "size": path.stat().st_size, "sha256": file_digest(path)}


def _is_same(found: dict[str, Any], known: dict[str, Any] | None) -> bool:
    """Whether they are the same bytes, wherever they come from; whatever is found is, where nothing is known."""
    return known is None or all(found[name] == known[name] for name in ("size", "sha256"))


def _shown(described: dict[str, Any]) -> str:
    return f"{described['size']:,} bytes with the SHA-256 {described['sha256'][:12]}…"


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        record: dict[str, Any] = load_json(path.read_text(encoding="utf-8"))
        if all({"url", "size", "sha256"} <= set(each) for each in record.values()):
            return record
    except (ValueError, AttributeError, TypeError):
        pass
    raise UserError(f"{path}: expected the record of files that were fetched, found something else")


def _write(path: Path, record: dict[str, Any]) -> None:
    if record != _read(path):
        atomic_json(path, record)


def _put(copy: Path, path: Path) -> None:
    """A hard link where the cache is on the same disk: the content is there once."""
    path.unlink(missing_ok=True)
    try:
        os.link(copy, path)
    except OSError:
        with open(copy, "rb") as source, atomic_write(path) as file:
            shutil.copyfileobj(source, file, 2**20)
