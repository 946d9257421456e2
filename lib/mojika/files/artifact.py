"""The header of an artifact: its kind, its schema, what it was made from, and what a reader has to know first.

A header is a dictionary of plain values. `made_from` holds all values that decide the content; the fingerprint is its
digest together with the schema, so equal fingerprints mean equal artifacts. It is stored in a JSON file of the
artifact's folder, or in the key-value metadata of a Parquet file.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from mojika.errors import ParameterError, UserError
from mojika.files.atomic import expect_nothing_else
from mojika.files.fingerprints import digest, expect_made_from
from mojika.files.json_text import load_json
from mojika.files.parquet import PARQUET_ERRORS

Header = dict[str, Any]
_KEY = b"mojika"
_SEAL = "seal"


class Store(Protocol):
    """Where a header is: `read` raises `OSError` where there is nothing, `ValueError` or `UserError` where there is
    something else, and returns an empty one where there is none in it."""

    @property
    def missing(self) -> str: ...

    def read(self, path: Path, /) -> Any: ...


@dataclass(frozen=True)
class JsonFile:
    """The header is the file `name` in the artifact's folder; without a name it is itself at the path."""

    name: str = ""

    @property
    def missing(self) -> str:
        return f"no {self.name}" if self.name else "none"

    def read(self, folder: Path) -> Any:
        """The content; raises `OSError` where there is none, `UserError` where it is no JSON."""
        file = folder / self.name
        if file.exists() and not (file.is_file() or file.is_dir()):  # a device or a pipe may have no end
            raise UserError(f"{file}: expected a file, found a device or a pipe")
        try:
            return load_json(file.read_text(encoding="utf-8"))
        except ValueError:
            raise UserError(f"{file}: expected JSON, found something else; make it again") from None


@dataclass(frozen=True)
class ParquetMetadata:
    """The header is in the metadata of a Parquet file, under the key `mojika`."""

    missing: str = "none"

    def read(self, path: Path) -> Any:
        """The header, empty where the file has none; raises `OSError` or `ValueError` where it is no Parquet file."""
        with open(path, "rb") as file:
            return load_json((pq.read_schema(file).metadata or {}).get(_KEY, b"{}"))


def with_header(table: pa.Table, header: Header) -> pa.Table:
    """The table with this header as its only metadata, as `ParquetMetadata` reads it."""
    return table.replace_schema_metadata({_KEY: json.dumps(header, ensure_ascii=False)})


def sealed(header: Header, content: Any = None) -> Header:
    """The header with a digest of itself and of `content`, plain values that tell what the artifact holds beside it."""
    return {**header, _SEAL: digest([header, content])}


def expect_sealed(path: Path | str, header: Header, content: Any = None) -> None:
    """Raises `UserError` where a header or its content is not what was `sealed`; those of before have no seal."""
    found = {name: value for name, value in header.items() if name != _SEAL}
    if _SEAL not in header:  # or under a damaged name
        *rest, (_, last) = header.items()
        damaged = last == digest([dict(rest), content])
    else:
        damaged = header[_SEAL] != digest([found, content])
    if damaged:
        raise UserError(f"{path}: damaged, it holds other values than were written; make it again")


@dataclass(frozen=True)
class Kind:
    """One kind of artifact, whose format has the version `schema`.

    In messages, `noun` goes before "schema 1" and `expected` describes what should have been found at a path.
    """

    name: str
    schema: int
    store: Store
    noun: str
    expected: str

    def fingerprint(self, made_from: dict[str, Any]) -> str:
        return digest({"schema": self.schema, **made_from})

    def header(self, made_from: dict[str, Any], **more: Any) -> Header:
        """A header to write; `more` are further plain values that a reader needs first."""
        own = {"kind": self.name, "schema": self.schema, "fingerprint": self.fingerprint(made_from)}
        return {**own, "made_from": made_from, **more}

    def read(self, path: Path | str) -> Header:
        """The header of the artifact at `path`; raises `UserError` where there is none of this kind and schema."""
        try:
            header = self.store.read(Path(path))
        except (FileNotFoundError, NotADirectoryError):
            raise UserError(f"{path}: expected {self.expected}, found {self.store.missing}") from None
        except IsADirectoryError:
            raise UserError(f"{path}: expected {self.expected}, found a folder") from None
        except PARQUET_ERRORS as error:
            if getattr(error, "errno", None):
                raise  # it cannot be read at all
            raise UserError(f"{path}: expected {self.expected}, found something else") from None
        if not isinstance(header, dict):
            header = {}
        found = header.get("kind"), header.get("schema")
        if found != (self.name, self.schema):
            wanted, other = f"{self.noun} schema {self.schema}", f"{found[0]} schema {found[1]}"
            raise UserError(f"{path}: expected {wanted}, found {other}; make it again")
        return header

    def find(self, path: Path | str, made_from: dict[str, Any]) -> Header | None:
        """The header of the artifact in question; None where `path` holds nothing, or is an empty folder for it,
        or for a file a device such as `/dev/stdout`.

        Raises `UserError`, naming what differs, where it was made from something else, or is something else.
        """
        file = self.store.name if isinstance(self.store, JsonFile) else ""
        if not Path(path).exists() or (_is_empty_folder(Path(path)) if file else Path(path).is_char_device()):
            return None
        if file and Path(path).is_dir() and not (Path(path) / file).exists():
            raise ParameterError(f"{path}: exists and is no {self.name}; choose another {{out}}")
        header = self.read(path)
        if not isinstance(header.get("made_from"), dict):
            raise UserError(f"{path}: expected {self.expected}, found one that does not say what it was made from")
        expect_made_from(path, header["made_from"], made_from)
        return header

    def expect_replaceable(self, path: Path | str) -> None:
        """Raises `UserError` where `path` is a folder of other things, or of an artifact of another kind."""
        if not isinstance(self.store, JsonFile) or not self.store.name:
            return
        expect_nothing_else(path, self.store.name)
        found = None
        with suppress(OSError, UserError):  # a damaged one may be replaced
            found = self.store.read(Path(path))
        if isinstance(found, dict) and found.get("kind", self.name) != self.name:
            raise UserError(
                f"{path}: expected {self.expected}, or nothing, found {found['kind']}, which is not replaced"
            )

    def is_made_from(self, path: Path | str, made_from: dict[str, Any]) -> bool:
        """Whether `path` holds the artifact in question; raises `UserError` as `find` does."""
        return self.find(path, made_from) is not None


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and next(path.iterdir(), None) is None
