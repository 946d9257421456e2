"""What an artifact was made from, as a small dictionary and its digest: equal digests, equal artifacts."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mojika.errors import ParameterError, UserError


def digest(value: Any) -> str:
    """SHA-256 of a value made of dictionaries, lists, texts and numbers."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode(errors="surrogatepass")).hexdigest()


def files_digest(paths: Iterable[Path]) -> str:
    """SHA-256 of names, sizes and modification times, so that large files need not be read."""
    found = hashlib.sha256()
    for path in paths:
        status = path.stat()
        found.update(os.fsencode(f"{path.name}\0{status.st_size}\0{status.st_mtime_ns}\n"))
    return found.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's contents; raises `UserError` where there is no such file."""
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def differences(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """For a message: every key whose values differ, with both of them."""
    keys = [key for key in {**wanted, **found} if found.get(key) != wanted.get(key)]
    return ", ".join(f"{key} was {_shown(found.get(key))}, now {_shown(wanted.get(key))}" for key in keys)


def expect_made_from(path: Path | str, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Raises `UserError`, naming what differs, if the existing `path` was made from something else."""
    if digest(found) != digest(wanted):
        stages = found.get("stage"), wanted.get("stage")
        differing = f"by {stages[0]}, not by {stages[1]}" if stages[0] != stages[1] else differences(found, wanted)
        if stages[0] == stages[1] and found.get("pages") != wanted.get("pages"):
            differing += " (by names, sizes and dates of files; a copy without their dates counts as others)"
        raise ParameterError(
            f"{path}: exists, made differently: {differing}; choose another {{out}}, or {{force}} to replace it"
        )


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:13] + '…"'
