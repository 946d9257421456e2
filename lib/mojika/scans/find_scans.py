"""What a user names, as pages to be read: image files, folders, PDFs and IIIF manifests."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from mojika.data.image_suffixes import NOT_READ
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.fetching import fetched, fetched_folder
from mojika.files.urls import Url
from mojika.runtime.lines import say
from mojika.scans.folders import READ, files_below, what_it_holds
from mojika.scans.names import Names
from mojika.scans.page_selection import PageSelection
from mojika.scans.scan import Scan
from mojika.scans.sheets import Sheet, kind_of, sheets_of_image, sheets_of_pdf
from mojika.scans.web import Web

_OF_NO_BOOK = ("manifest", "info", "iiif", "presentation", "v2", "v3", "2", "3")  # parts of addresses


def find_scans(
    inputs: Sequence[str],
    *,
    pages: PageSelection | None = None,
    cache: Path,
    without: Sequence[Path] = (),
    pdf_dpi: int = 300,
    web: Web | None = None,
) -> tuple[list[Scan], list[Fault]]:
    """The pages of `inputs`, each once, in the order in which they were named; and what is wrong with others.

    An input is an image, a folder, a PDF, a IIIF manifest, or the address of any of them. Of a folder all images and
    PDFs below it are read, but for what lies in `cache` and the folders `without`. `pages` selects from every book,
    that is a PDF, a TIFF of several pages, a manifest. Pages of PDFs that are no scans are drawn at `pdf_dpi`. What
    comes from web servers is kept in `cache`; `web` says how they are asked. Broken images are found when they are
    read.

    An image is called by its file name, without the suffix, and a page of a book by the book's name and its number
    (`book/0003`); names of what a folder holds begin with the name of the folder. Where a name is taken already, the
    suffix or the folder above is added to it.
    """
    search = _Search(pages, (cache, *without), pdf_dpi, web or Web(cache))
    for named in inputs:
        search.add(named)
    return search.scans, search.faults


@dataclass
class _Search:
    selection: PageSelection | None
    without: tuple[Path, ...]
    pdf_dpi: int
    web: Web
    scans: list[Scan] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    roots: Names = field(default_factory=Names)
    seen: set[str] = field(default_factory=set)

    def add(self, named: str) -> None:
        if "://" in named:
            with self._naming(f"{named.partition('://')[0]}://…"):
                self._add_address(Url.parse(named))
            return
        path = Path(named)
        with self._naming(path):
            if path.is_dir():
                self._add_folder(path)
            elif path.is_file():
                self._add_file(path, _names_of_file(path), printed(path), str(path.resolve()))
            else:
                found = "something else" if path.exists() else "nothing"
                raise UserError(f"{path}: expected a file or a folder, found {found}")

    @contextmanager
    def _naming(self, place: Path | str) -> Iterator[None]:
        """What is wrong with one input is a fault of its own."""
        try:
            yield
        except UserError as error:
            self.faults.append(Fault(printed(place), None, str(error).removeprefix(f"{place}: ")))
        except OSError as error:
            self._add_unreadable(place, error)

    def _add_unreadable(self, place: Path | str, error: OSError) -> None:
        self.faults.append(Fault(printed(place), None, f"cannot be read: {error.strerror}"))

    def _add_address(self, url: Url) -> None:
        with self._naming(str(url)):
            if not url.is_web and url.path.endswith("/"):
                self._add_folder(fetched_folder(url))
            else:
                copy = self.web.fetched(url, again=True) if url.is_web else fetched(url)
                self._add_file(copy, _names_of_address(url), str(url), url.secret, url)

    def _add_folder(self, folder: Path) -> None:
        real = folder.resolve()
        if str(real) in self.seen:
            return
        self.seen.add(str(real))
        known = len(self.faults)
        files = files_below(folder, self.without, self._add_unreadable)
        if not any(path.suffix.lower() in READ for path in files) and len(self.faults) == known:
            raise UserError(f"{folder}: expected images or PDFs in it, found {what_it_holds(files)}")
        [root] = self.roots.claim([real.name, f"{real.parent.name}/{real.name}"], str(real))
        for path in files:
            suffix = path.suffix.lower()
            if suffix in READ:
                stem = f"{root}/{path.relative_to(folder).with_suffix('').as_posix()}"
                with self._naming(path):
                    self._add_file(path, [stem, f"{stem}_{suffix[1:]}"], printed(path), str(path.resolve()))
            elif suffix in NOT_READ:
                self.faults.append(Fault(printed(path), None, f"{suffix} is not read; convert it to PNG, TIFF or PDF"))

    def _add_file(self, path: Path, wanted: Sequence[str], source: str, identity: str, url: Url | None = None) -> None:
        """The pages of a file or of the local copy of an address, called one of `wanted`."""
        if identity in self.seen:
            return
        self.seen.add(identity)
        try:
            is_book, sheets = self._sheets(path, source, url)
        except UserError as error:
            raise UserError(str(error).removeprefix(f"{path}: ")) from None
        if source != str(path):
            sheets = [sheet and sheet.naming(path, source) for sheet in sheets]
        if is_book:
            self._add_book(sheets, wanted, source, identity)
        elif sheets[0]:
            [name] = self.names.claim(wanted, identity)
            self.scans.append(Scan(name, source, **vars(sheets[0])))

    def _sheets(self, path: Path, source: str, url: Url | None) -> tuple[bool, list[Sheet | None]]:
        """Whether the file is a book, which one of one page may be, and its pages."""
        kind = kind_of(path)
        if kind == "pdf":
            return True, [*sheets_of_pdf(path, self.pdf_dpi)]
        if kind == "json":
            from mojika.scans.iiif import sheets_of_manifest

            return True, sheets_of_manifest(path, self.web, source, url)
        sheets = sheets_of_image(path)
        return len(sheets) > 1, [*sheets]

    def _add_book(self, sheets: Sequence[Sheet | None], wanted: Sequence[str], source: str, identity: str) -> None:
        numbers = range(1, len(sheets) + 1)
        names = self.names.claim(wanted, identity, [f"/{number:04}" for number in numbers])
        if self.selection and (beyond := self.selection.beyond(len(sheets))):
            reason = f"expected page {beyond}, which was asked for, found {len(sheets)} pages"
            self.faults.append(Fault(source, None, reason))
        empty = []
        for number in self.selection.of(len(sheets)) if self.selection else numbers:
            if sheet := sheets[number - 1]:
                self.scans.append(Scan(names[number - 1], f"{source} page {number}", **vars(sheet)))
            else:
                empty.append(number)
        if empty:
            self._tell_empty(source, empty, len(sheets))

    def _tell_empty(self, source: str, empty: Sequence[int], count: int) -> None:
        """Pages that a library has no image of: a fault where they were asked for, else worth a line."""
        if self.selection:
            self.faults += [Fault(f"{source} page {number}", None, "has no image") for number in empty]
        else:
            say(f"{source}: no image of {len(empty)} of {count} pages, the first is page {empty[0]}")


def printed(named: str | Path) -> str:
    """What a user named, in one line of text: names of files may have line ends and bytes that are no Unicode."""
    text = str(named).encode(errors="surrogateescape").decode(errors="replace")
    return "".join(each if unicodedata.category(each) != "Cc" else "\N{REPLACEMENT CHARACTER}" for each in text)


def _names_of_file(path: Path) -> list[str]:
    stem, suffix, folder = path.stem, path.suffix.lower().removeprefix("."), path.resolve().parent.name
    if stem.lower() in _OF_NO_BOOK and suffix == "json":
        return [folder or stem, f"{folder}/{stem}"]
    return [stem, f"{folder}/{stem}", f"{stem}_{suffix}"]


def _names_of_address(url: Url) -> list[str]:
    """`100241706` of `https://host/biblio/100241706/manifest`."""
    parts = [Path(unquote(part)).stem for part in url.path.split("/") if part]
    while parts and parts[-1].lower() in _OF_NO_BOOK:
        parts.pop()
    above, last = [url.host, url.host, *parts][-2:]
    return [last, f"{above}/{last}", f"{url.host}/{last}"]
