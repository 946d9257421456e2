"""What a folder of page images holds: the pages, and what may be pages too and is passed over."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mojika.data.image_suffixes import NOT_READ, SUFFIXES
from mojika.data.images import page_frames
from mojika.data.png import is_animated_png
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.fetching import fetched_folder
from mojika.files.urls import Place, place
from mojika.runtime.lines import say

_FIRST = (".jpg", ".jpeg", ".png", ".tif", ".tiff")  # where one id has files of several formats
_SEVERAL = (".tif", ".tiff", ".gif", ".webp", ".avif")
_NO_DATA = ("__MACOSX", "@eaDir")
_MARKS = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"\0\0\0\x0cjP", b"\xff\x4f\xff\x51", b"%PDF-", b"GIF8")
_NAMED_AT_MOST = 3
_say_once = cache(say)


@dataclass(frozen=True)
class PageFolder:
    """`pages`: image id (the file name without suffix) → file, sorted by id. `passed_over`: one fault for each other
    file or folder that may hold pages, sorted by name; also for pages of a TIFF after its first."""

    folder: Path
    pages: dict[str, Path]
    passed_over: list[Fault]

    def tell(self) -> None:
        """Say on standard error how much is passed over, once in a process."""
        if self.passed_over:
            reasons = "; ".join(map(str, self.passed_over[:_NAMED_AT_MOST]))
            more = len(self.passed_over) - _NAMED_AT_MOST
            _say_once(
                f"{self.folder}: {len(self.pages):,} pages; what else may be pages is not read: {reasons}"
                + (f"; and {more:,} more, which `mojika check` lists" if more > 0 else "")
            )


def look_into(where: Place | str) -> PageFolder:
    """Sort what a folder holds; one in a bucket is fetched.

    Raises `UserError` where there is no folder, or two files for one id.
    """
    folder = fetched_folder(place(where))
    if not folder.is_dir():
        raise UserError(
            f"{folder}: expected a folder of page images, found {'a file' if folder.exists() else 'nothing'}"
        )
    with os.scandir(folder) as entries:
        shown = sorted((each for each in entries if not _is_hidden(each.name)), key=lambda each: each.name)
    images = [each for each in shown if each.is_file() and _suffix(each.name) in SUFFIXES]
    pages: dict[str, Path] = {}
    other = {each.name: reason for each in shown if each not in images and (reason := _why_not(each))}
    for entry in sorted(images, key=lambda each: _suffix(each.name) not in _FIRST):
        stem, suffix = os.path.splitext(entry.name)
        if not _is_unicode(entry.name):
            other[entry.name] = "expected a name in UTF-8, found other bytes; rename the file"
        elif stem not in pages:
            pages[stem] = folder / entry.name
        elif suffix.lower() in _FIRST:
            raise UserError(f"{folder}: expected one image for each id, found {pages[stem].name} and {entry.name}")
        else:
            other[entry.name] = f"another image of that page, {pages[stem].name}, is read"
    other |= {path.name: reason for path in pages.values() if (reason := _further_pages(path))}
    passed_over = [Fault(f"{folder.name}/{_printable(name)}", None, other[name]) for name in sorted(other)]
    return PageFolder(folder, dict(sorted(pages.items())), passed_over)


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def _is_hidden(name: str) -> bool:
    """Of the desktop, of archives of a Mac, of a NAS."""
    return name.startswith(".") or name in _NO_DATA


def _why_not(entry: os.DirEntry[str]) -> str | None:
    """Why what is no page may be one; None where nothing speaks for it."""
    suffix = _suffix(entry.name)
    if entry.is_dir():
        count = sum(_suffix(name) in (*SUFFIXES, ".pdf") for name in _names_in(entry.path))
        return f"a folder with {count:,} images; pages of folders below are not read" if count else None
    if not entry.is_file():
        found = "a link that leads to nothing" if entry.is_symlink() else "neither a file nor a folder"
        return found if suffix in SUFFIXES else None
    if suffix in (*NOT_READ, ".pdf"):
        return f"{suffix} is not read; convert it to PNG or TIFF"
    return "an image by its content; give it the suffix of its format" if _begins_as_image(entry.path) else None


def _names_in(folder: str) -> Sequence[str]:
    try:
        return [name for name in os.listdir(folder) if not _is_hidden(name)]
    except OSError:
        return []


def _begins_as_image(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(8).startswith(_MARKS)
    except OSError:
        return False


def _further_pages(path: Path) -> str | None:
    try:
        count = _count_of_frames(path)
    except Exception:  # decoders raise nearly anything on corrupt data; whoever reads it has the reason
        return None
    return f"{count} pages, of which the first is read; make a file of each" if count > 1 else None


def _count_of_frames(path: Path) -> int:
    """One for formats that have no more; the second picture of a JPEG (MPO) is a preview."""
    suffix = _suffix(path.name)
    several = suffix in _SEVERAL or (suffix == ".png" and is_animated_png(path))
    return len(page_frames(path)) if several else 1


def _is_unicode(name: str) -> bool:
    return _printable(name) == name


def _printable(name: str) -> str:
    return name.encode(errors="surrogateescape").decode(errors="replace")
