"""What a file holds, as functions of a module with plain arguments, so that other processes can read the pages."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from mojika.data.images import page_frames, read_image
from mojika.data.png import is_animated_png
from mojika.errors import UserError
from mojika.files.fingerprints import digest, file_digest

Kind = Literal["image", "pdf", "json"]
Result = TypeVar("Result")
_PDF_WITHIN = 1024  # bytes; readers of PDFs pass over what comes before its mark
_PNG = b"\x89PNG"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class Sheet:
    """A page as `Scan` has it, without a name."""

    identify: Callable[[], str]
    read: Callable[[], np.ndarray]
    canvas: str | None = None
    canvas_size: tuple[int, int] | None = None

    def naming(self, copy: Path, source: str) -> "Sheet":
        """The same; its errors name `source` instead of the copy."""
        named = (str(copy), source)
        return replace(self, identify=partial(_named, self.identify, *named), read=partial(_named, self.read, *named))


def kind_of(path: Path) -> Kind:
    """By what the file begins with; what is neither a PDF nor JSON may be an image.

    Raises `UserError` for web pages.
    """
    head = _head(path)
    if b"%PDF-" in head or path.suffix.lower() == ".pdf":
        return "pdf"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        raise UserError(f"{path}: expected an image, a PDF or a IIIF manifest, found a web page")
    return "json" if text.startswith(b"{") else "image"


def sheets_of_image(path: Path) -> list[Sheet]:
    """One, or those of a TIFF or an animation; raises `UserError` where a TIFF is none."""
    head = _head(path)
    frames = page_frames(path) if head.startswith(_TIFF) else _frames_of_animation(path, head)
    if len(frames) == 1:
        return [Sheet(partial(content_digest, path), partial(read_image, path, 3, frame=frames[0]))]
    return [
        Sheet(partial(page_digest, path, frame), partial(_read_frame, path, frame, number))
        for number, frame in enumerate(frames, 1)
    ]


def sheets_of_pdf(path: Path, dpi: int) -> list[Sheet]:
    """Raises `UserError` as `count_pages` does."""
    from mojika.scans.pdf import count_pages, read_page

    numbers = range(1, count_pages(path) + 1)
    return [Sheet(partial(page_digest, path, n, dpi), partial(read_page, path, n, dpi)) for n in numbers]


def content_digest(path: Path) -> str:
    """SHA-256 of a file, which is read once while nobody changes it; raises `UserError` where it cannot be read."""
    try:
        status = os.stat(path)
        return _digest_of_state(path, (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def page_digest(path: Path, *page: int) -> str:
    """That of a page of a file, `page` being its number and all other numbers that decide its pixels."""
    return digest([content_digest(path), *page])


def _may_be_animated(path: Path, head: bytes) -> bool:
    """GIF, WebP, AVIF and animated PNG; other images need not be opened to be counted."""
    if head.startswith(_PNG):
        return is_animated_png(path)
    return head.startswith((b"GIF8", b"RIFF")) or head[4:8] == b"ftyp"


def _frames_of_animation(path: Path, head: bytes) -> list[int]:
    if not _may_be_animated(path, head):
        return [0]
    try:
        return page_frames(path)
    except UserError:  # whoever reads it has the reason
        return [0]


def _read_frame(path: Path, frame: int, number: int) -> np.ndarray:
    return _named(partial(read_image, path, 3, frame=frame), str(path), f"{path} page {number}")


@lru_cache(maxsize=64)
def _digest_of_state(path: Path, state: tuple[int, ...]) -> str:
    return file_digest(path)


def _named(function: Callable[[], Result], copy: str, source: str) -> Result:
    try:
        return function()
    except UserError as error:
        raise UserError(str(error).replace(copy, source, 1)) from None


def _head(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(_PDF_WITHIN)
