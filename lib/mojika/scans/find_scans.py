"""What a user names, as pages to be read: image files, folders, PDFs and IIIF manifests."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mojika.data.images import page_frames
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.scans.contents import content_digest, page_digest, read_frame
from mojika.scans.folders import NOT_READ, READ, files_below, what_it_holds
from mojika.scans.names import Names
from mojika.scans.page_selection import PageSelection
from mojika.scans.scan import Scan


def find_scans(
    inputs: Sequence[str], *, pages: PageSelection | None = None, cache: Path, without: Sequence[Path] = ()
) -> tuple[list[Scan], list[Fault]]:
    """The pages of `inputs`, each once, in the order in which they were named; and what is wrong with others.

    Of a folder all images and PDFs below it are read, but for what lies in `cache` and the folders `without`. `pages`
    selects from every book, that is a PDF, a TIFF of several pages, a manifest. Broken images are found when they are
    read.

    An image is called by its file name, without the suffix, and a page of a book by the book's name and its number
    (`book/0003`); names of what a folder holds begin with the name of the folder. Where a name is taken already, the
    suffix or the folder above is added to it.
    """
    search = _Search(pages, (cache, *without))
    for named in inputs:
        search.add(named)
    return search.scans, search.faults


@dataclass
class _Search:
    selection: PageSelection | None
    without: tuple[Path, ...]
    scans: list[Scan] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    roots: Names = field(default_factory=Names)
    seen: set[Path] = field(default_factory=set)

    def add(self, named: str) -> None:
        path = Path(named)
        with self._naming(path):
            if path.is_dir():
                self._add_folder(path)
            elif path.is_file():
                self._add_file(path, _names_of_file(path))
            else:
                found = "something else" if path.exists() else "nothing"
                raise UserError(f"{path}: expected a file or a folder, found {found}")

    @contextmanager
    def _naming(self, path: Path) -> Iterator[None]:
        """What is wrong with one input is a fault of its own."""
        try:
            yield
        except UserError as error:
            self.faults.append(Fault.of_file(path, error, printed(path)))
        except OSError as error:
            self.faults.append(Fault(printed(path), None, f"cannot be read: {error.strerror}"))

    def _add_folder(self, folder: Path) -> None:
        files = files_below(folder, self.without)
        if not any(path.suffix.lower() in READ for path in files):
            raise UserError(f"{folder}: expected images or PDFs in it, found {what_it_holds(files)}")
        real = folder.resolve()
        [root] = self.roots.claim([real.name, f"{real.parent.name}/{real.name}"], str(real))
        for path in files:
            suffix = path.suffix.lower()
            if suffix in READ:
                stem = f"{root}/{path.relative_to(folder).with_suffix('').as_posix()}"
                with self._naming(path):
                    self._add_file(path, [stem, f"{stem}_{suffix[1:]}"])
            elif suffix in NOT_READ:
                self.faults.append(Fault(printed(path), None, f"{suffix} is not read; convert it to PNG, TIFF or PDF"))

    def _add_file(self, path: Path, wanted: Sequence[str]) -> None:
        real = path.resolve()
        if real in self.seen:
            return
        self.seen.add(real)
        frames = page_frames(path) if path.suffix.lower() in (".tif", ".tiff") else [0]
        if len(frames) == 1:
            [name] = self.names.claim(wanted, str(real))
            read = partial(read_frame, path, frames[0])
            self.scans.append(Scan(name, printed(path), partial(content_digest, path), read))
        else:
            self._add_book(
                wanted,
                str(real),
                printed(path),
                len(frames),
                lambda number: (partial(page_digest, path, number), partial(read_frame, path, frames[number - 1])),
            )

    def _add_book(
        self,
        wanted: Sequence[str],
        identity: str,
        source: str,
        count: int,
        page: Callable[[int], tuple[Callable, Callable]],
    ) -> None:
        names = self.names.claim(wanted, identity, [f"/{number:04}" for number in range(1, count + 1)])
        if self.selection and (beyond := self.selection.beyond(count)):
            self.faults.append(Fault(source, None, f"expected page {beyond}, which was asked for, found {count} pages"))
        for number in self.selection.of(count) if self.selection else range(1, count + 1):
            self.scans.append(Scan(names[number - 1], f"{source} page {number}", *page(number)))


def printed(named: str | Path) -> str:
    """What a user named, as it can be printed: names of files need not be Unicode."""
    return str(named).encode(errors="surrogateescape").decode(errors="replace")


def _names_of_file(path: Path) -> list[str]:
    stem, suffix = path.stem, path.suffix.lower().removeprefix(".")
    return [stem, f"{path.resolve().parent.name}/{stem}", f"{stem}_{suffix}"]
