"""What an output folder knows of each page: what it was read from, the page itself, and the files that were made of it.

So a rerun reads only what is missing or stale, and further formats need no model. States lie in the hidden folder
`.mojika` of the output folder, one JSON file a page, which names a file of the page only when that is there.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.files.artifact import JsonFile, Kind, expect_sealed, sealed
from mojika.files.atomic import atomic_json
from mojika.formats.page_json import page_json
from mojika.formats.page_json_reading import page_of
from mojika.locks import lock_byte
from mojika.reading.page import Page

FOLDER = ".mojika"
STATE = Kind("page state", 1, JsonFile(), "a page's state of", "a page's state")


@dataclass(frozen=True)
class PageState:
    """`read_from` are the plain values that decide the page, `files` the SHA-256 of the file of each format.

    A page that a person `edited` is theirs: it is not read again.
    """

    page: Page
    read_from: Mapping[str, Any]
    files: Mapping[str, str]
    edited: bool = False

    @cached_property
    def fingerprint(self) -> str:
        return STATE.fingerprint(dict(self.read_from))


class PageStates:
    """The states of the pages of one output folder, by the pages' names."""

    def __init__(self, folder: Path):
        self.folder = folder / FOLDER

    def find(self, name: str) -> PageState | None:
        """None where there is none, and where it cannot be read: then the page is read again."""
        try:
            header = STATE.read(self._file(name))
            expect_sealed(self._file(name), header)
            return PageState(page_of(header["page"]), header["made_from"], header["files"], header["edited"])
        except (UserError, OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, state: PageState) -> None:
        more = {"files": dict(state.files), "edited": state.edited, "page": json.loads(page_json(state.page))}
        atomic_json(self._file(state.page.name), sealed(STATE.header(dict(state.read_from), **more)))

    @contextmanager
    def claimed(self, name: str) -> Iterator[None]:
        """Within it no other process has this page; waits for one that has. The kernel ends a claim with its process.

        A claim is a locked byte of one file, far apart for different names; network file systems have such locks too.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        place = int.from_bytes(hashlib.sha256(os.fsencode(name)).digest()[:7])
        with open(self.folder / "claims", "ab") as file:
            lock_byte(file, place)
            yield

    def _file(self, name: str) -> Path:
        return self.folder / "pages" / f"{name}.json"
