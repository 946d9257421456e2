"""A text whose header lies beside it, in a JSON file of the same name: CSVs have no place for one."""

import hashlib
from pathlib import Path
from typing import Any

from mojika.errors import ParameterError, UserError
from mojika.files.artifact import Header, Kind
from mojika.files.atomic import atomic_json, atomic_write
from mojika.files.fingerprints import expect_made_from, file_digest


def find_described(kind: Kind, path: Path, made_from: dict[str, Any]) -> Header | None:
    """The header of the text at `path`; None where there is none.

    Raises `UserError` where it was made from something else, or changed since.
    """
    if not path.exists():
        return None
    try:
        header = kind.read(header_file(path))
        known = header["sha256"] == file_digest(path)
    except (UserError, KeyError):
        known = False
    if not known:
        raise ParameterError(
            f"{path}: exists, but {header_file(path)} is missing or does not belong to it; {{force}} replaces both"
        )
    expect_made_from(path, header["made_from"], made_from)
    return header


def write_described(kind: Kind, path: Path, text: str, made_from: dict[str, Any], **more: Any) -> Header:
    """Write the text and, just before it appears, its header with its SHA-256 and `more`; returns the header."""
    header = kind.header(made_from, sha256=hashlib.sha256(text.encode()).hexdigest(), **more)
    with atomic_write(path) as file:
        file.write(text.encode())
        file.flush()  # what cannot be written leaves the header of an older text, too
        atomic_json(header_file(path), header)
    return header


def header_file(path: Path) -> Path:
    return path.with_suffix(".json")
