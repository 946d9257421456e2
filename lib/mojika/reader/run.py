"""All pages of a run, one after the other on this machine, and the files that hold all of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mojika.files.atomic import atomic_json
from mojika.files.fingerprints import digest
from mojika.files.json_text import kept_object
from mojika.formats.format import PageOnImage
from mojika.formats.registry import FORMATS, write_all
from mojika.locks import lock
from mojika.reader.page_work import PageResult, PageWork, original_of
from mojika.runtime.prefetch import prefetch
from mojika.scans.scan import Scan


def recognize_pages(
    work: PageWork, scans: Sequence[Scan], before_page: Callable[[], None] = lambda: None
) -> Iterator[PageResult]:
    """Read what is missing or stale, page by page; yields what became of each. Pages are decoded one ahead, in another
    thread. `before_page` may raise to stop: what was yielded is finished."""
    with closing(prefetch(map(work.look_at, scans), 1)) as ahead:
        for looked_at in ahead:
            before_page()
            yield work.finish(looked_at)


def write_common_files(work: PageWork, scans: Sequence[Scan]) -> list[Path]:
    """Write the files that hold all pages, of those of `scans` that are there, where they are not up to date already.

    Of several runs that share a folder the last to come here writes all of their pages. Returns what was written.
    """
    formats = [name for name in work.formats if FORMATS[name].of_all]
    if not formats:
        return []
    work.states.folder.mkdir(parents=True, exist_ok=True)
    with open(work.states.folder / "common_files", "ab") as file:
        lock(file)
        pages = _PagesThere(work, scans)
        known, contents = work.states.folder / "common.json", pages.fingerprint
        before = kept_object(known)
        due = [n for n in formats if before.get(n) != contents or not (work.folder / FORMATS[n].suffix).exists()]
        written = write_all(pages, work.folder, due)
        atomic_json(known, {**before, **dict.fromkeys(due, contents)})
        return written


@dataclass(frozen=True)
class _PagesThere:
    """The pages of a run that were read by now, each from its state when it is its turn."""

    work: PageWork
    scans: Sequence[Scan]

    def __iter__(self) -> Iterator[PageOnImage]:
        for scan in self.scans:
            state = self.work.states.find(scan.name)
            if state:
                yield PageOnImage(state.page, scan.read, original_of(scan), self.work.address)

    @property
    def fingerprint(self) -> str:
        states = ((scan, self.work.states.find(scan.name)) for scan in self.scans)
        content = [[scan.name, state.fingerprint, state.files, state.edited] for scan, state in states if state]
        return digest([self.work.address, content])
