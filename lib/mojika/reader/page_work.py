"""One page from its scan to its files, by the rules that make any run continue any other."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from mojika.errors import UserError
from mojika.files.fingerprints import file_digest
from mojika.formats.format import PageOnImage
from mojika.formats.page_json_reading import read_page_json
from mojika.formats.registry import FORMATS, file_of, write_page
from mojika.reader.chosen_reader import ChosenReader, PageMaker
from mojika.reader.states import STATE, PageState, PageStates
from mojika.reading.page import Page
from mojika.scans.scan import Scan

_EDITED_IN = "json"  # the format that people change and that is read back


@dataclass(frozen=True)
class PageResult:
    """What became of a page: it was `read`, `kept` because it is up to date, or `written` from what a person edited; or
    it `failed`, for a `reason`."""

    source: str
    became: Literal["read", "kept", "written", "failed"]
    columns: int = 0
    characters: int = 0
    seconds: float = 0.0
    reason: str = ""

    @property
    def fault(self) -> str:
        """Why it failed, after the name of the page."""
        return self.reason if self.reason.startswith(self.source) else f"{self.source}: {self.reason}"


@dataclass(frozen=True, eq=False)
class LookedAt:
    """A page at which somebody looked: its state if that is good, else its pixels, or what is wrong with it."""

    scan: Scan
    state: PageState | None = None
    pixels: np.ndarray | None = None
    fault: UserError | None = None


@dataclass(frozen=True)
class PageWork:
    """Reads pages into `folder`, in each of the `formats`; `force` also reads what is up to date, or was edited.
    `address` is the one that the folder will have on the web.

    It can be sent to other processes, each of which then loads the models once, when it needs them, and will `say` so.
    """

    reader: ChosenReader
    folder: Path
    formats: tuple[str, ...]
    force: bool = False
    address: str | None = None
    say: Callable[[str], None] = lambda _: None

    @cached_property
    def states(self) -> PageStates:
        return PageStates(self.folder)

    @cached_property
    def loaded(self) -> PageMaker:
        began = time.monotonic()
        reader, device = self.reader.load()
        self.say(f"{self.reader.name}: loaded in {time.monotonic() - began:.1f} s; reading on {device}")
        return reader

    def look_at(self, scan: Scan) -> LookedAt:
        """What can be done ahead of `finish`, in another thread."""
        try:
            state = self.good_state(scan)
            return LookedAt(scan, state, None if state else scan.read())
        except UserError as error:
            return LookedAt(scan, fault=error)

    def finish(self, looked_at: LookedAt) -> PageResult:
        """Do what is still to be done for the page. What is wrong with it is a result; raises `UserError` for what is
        wrong with the models or the machine."""
        scan, pixels = looked_at.scan, looked_at.pixels
        if looked_at.fault:
            return PageResult(scan.source, "failed", reason=str(looked_at.fault))
        reader = None if pixels is None else self.loaded
        began = time.monotonic()
        try:
            with self.states.claimed(scan.name):
                state = looked_at.state or self.good_state(scan)
                if state is None and reader is not None and pixels is not None:
                    page = self._read(scan, pixels, reader)
                    return _result(scan, "read", page, time.monotonic() - began)
                assert state
                return _result(scan, "kept", self._completed(scan, state))
        except UserError as error:
            return PageResult(scan.source, "failed", reason=str(error))
        except (MemoryError, RuntimeError) as error:  # torch has an error of its own for memory
            if not isinstance(error, MemoryError) and type(error).__name__ != "OutOfMemoryError":
                raise
            size = "" if pixels is None else f" for a page of {pixels.shape[1]:,} x {pixels.shape[0]:,} pixels"
            return PageResult(scan.source, "failed", reason=f"not enough memory{size}")

    def good_state(self, scan: Scan) -> PageState | None:
        """The state of a page that need not be read again: nothing that decides it has changed, or a person edited it.

        Raises `UserError` where the folder has a page of the same name from elsewhere.
        """
        state = None if self.force else self.states.find(scan.name)
        if state is None or state.edited or self._was_edited(state):
            return state
        wanted = self.reader.read_from(scan.fingerprint)
        if state.fingerprint == STATE.fingerprint(wanted):
            return state
        if state.read_from["image"] != wanted["image"] and state.page.source != scan.source:
            raise UserError(
                f"{scan.source}: {self.folder / scan.name} was read from {state.page.source}; read into another "
                "folder, or replace it by force"
            )
        return None

    def _read(self, scan: Scan, pixels: np.ndarray, reader: PageMaker) -> Page:
        """Files of an earlier reading in other formats are made again too: they would be of another page."""
        page = of_scan(reader.read(pixels), scan)
        before = self.states.find(scan.name)
        state = PageState(page, self.reader.read_from(scan.fingerprint), {})
        self.states.keep(state)
        self._write(scan, state, [*self.formats, *(before.files if before else ())], lambda: pixels)
        return page

    def _completed(self, scan: Scan, state: PageState) -> Page:
        """The page of a state, with those of its files made that are missing, or older than what a person changed."""
        if self._was_edited(state):
            page = replace(read_page_json(self._file(state, _EDITED_IN)), name=scan.name)
            state = replace(state, page=page, edited=True)
            due = [*self.formats, *state.files]
        else:
            due = [name for name in self.formats if name not in state.files or not self._file(state, name).exists()]
        if any(not FORMATS[name].of_all for name in due):
            self._write(scan, state, due, scan.read)
        return state.page

    def _write(self, scan: Scan, state: PageState, formats: Iterable[str], image: Callable[[], np.ndarray]) -> None:
        names = [name for name in dict.fromkeys(formats) if name in FORMATS and not FORMATS[name].of_all]
        page = PageOnImage(state.page, image, original_of(scan), self.address)
        files = write_page(page, self.folder, names)
        digests = {name: file_digest(file) for name, file in zip(names, files, strict=True)}
        self.states.keep(replace(state, files={**state.files, **digests}))

    def _was_edited(self, state: PageState) -> bool:
        file = self._file(state, _EDITED_IN)
        return _EDITED_IN in state.files and file.exists() and file_digest(file) != state.files[_EDITED_IN]

    def _file(self, state: PageState, format_name: str) -> Path:
        return file_of(self.folder, state.page.name, FORMATS[format_name])


def of_scan(page: Page, scan: Scan) -> Page:
    """The page with the name of its files and where it came from."""
    return replace(page, name=scan.name, source=scan.source, canvas=scan.canvas, canvas_size=scan.canvas_size)


def original_of(scan: Scan) -> Path | None:
    """The image file that a scan is, if it is one; a page of a book has none."""
    path = Path(scan.source)
    return path if path.is_file() else None


def _result(scan: Scan, became: Literal["read", "kept"], page: Page, seconds: float = 0.0) -> PageResult:
    return PageResult(scan.source, became, len(page.columns), len(page.characters), seconds)
