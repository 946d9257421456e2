"""What `import mojika` offers: a page read in one line, and readers that keep their models loaded (docs/api.md)."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from mojika.errors import UserError
from mojika.files.atomic import atomic_write
from mojika.files.cache import cache_folder
from mojika.formats.format import PageOnImage
from mojika.formats.registry import chosen
from mojika.reader.chosen_reader import ChosenReader, runtime_of, with_settings
from mojika.reader.default_models import default_models
from mojika.reader.language_file import chosen_language
from mojika.reader.page_work import of_scan, original_of
from mojika.reader.reader_files import open_reader_files
from mojika.reading.page import Page
from mojika.scans.find_scans import find_scans
from mojika.scans.page_selection import PageSelection
from mojika.scans.scan import Scan

Image = str | os.PathLike[str] | np.ndarray
Models = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclass(frozen=True)
class ReadPage(Page):
    """A page that was read, with its image: `image` gives the upright pixels, `(H, W, 3) uint8`."""

    image: Callable[[], np.ndarray] = field(kw_only=True, repr=False, compare=False)
    original: Path | None = field(default=None, kw_only=True, repr=False, compare=False)

    def export(self, format: str, path: str | os.PathLike[str]) -> Path:
        """Write a file in a format of docs/formats.md ("text", "json", "alto", "pdf", …), whole or not at all.

        Raises `UserError` for a format that is not known.
        """
        [chosen_format] = chosen([format])
        with atomic_write(Path(path)) as file:
            chosen_format.write([PageOnImage(self, self.image, self.original)], file)
        return Path(path)


class Reader:
    """A reader with its models loaded, once.

    `models` is a reader's folder, a pipeline's `models/`, one or several `.model` files, or `hf:OWNER/NAME`; without it
    the first reader below `models/` is taken, else that of the checkout. `device` is auto, cpu or cuda, `runtime` torch
    or onnx, by default what the files are for. `filter` names a false-positive filter other than the reader's own, `lm`
    a language model other than its own, or "off", and `settings` are fields of `mojika.reader.settings` to read with
    instead of the reader's own: `Reader("…", views=1, score_threshold=0.2)`.

    Raises `UserError` where the models or the device are not what they should be.
    """

    def __init__(
        self,
        models: Models | None = None,
        *,
        device: str = "auto",
        runtime: str | None = None,
        filter: str | os.PathLike[str] | None = None,
        lm: str | os.PathLike[str] | None = None,
        **settings: Any,
    ):
        named = [default_models()[0]] if models is None else _names(models)
        files, own = with_settings(open_reader_files(*named), settings, Path(filter) if filter else None)
        files = replace(files, language=chosen_language(files.language, None if lm is None else os.fspath(lm)))
        self.models = files.name
        self._reader, self.device = ChosenReader(files, own, device, runtime or runtime_of(files)).load()

    def __repr__(self) -> str:
        return f"Reader({self.models!r}, device={self.device!r})"

    def read(self, image: Image) -> ReadPage:
        """The page on an image file, or on upright pixels `(H, W, 3)` RGB or `(H, W)` gray, `uint8`.

        Raises `UserError` where the image cannot be read, or holds several pages.
        """
        if isinstance(image, np.ndarray):
            pixels = _as_rgb(image)
            return _with_image(self._reader.read(pixels), lambda: pixels)
        scans, faults = find_scans([os.fspath(image)], cache=cache_folder())
        if faults:
            raise UserError(str(faults[0]))
        if len(scans) != 1:
            raise UserError(f"{os.fspath(image)}: expected one page, found {len(scans):,}; read_all reads them")
        return self._read_scan(scans[0])

    def read_all(self, *inputs: str | os.PathLike[str], pages: str | None = None) -> Iterator[ReadPage]:
        """The pages of images, folders, PDFs and IIIF manifests, one by one; `pages` selects from books ("3-7,12").

        Raises `UserError` at a page, or before the first one at an input, that cannot be read.
        """
        selection = PageSelection.parse(pages) if pages else None
        scans, faults = find_scans([os.fspath(each) for each in inputs], pages=selection, cache=cache_folder())
        if faults:
            raise UserError(str(faults[0]))
        return map(self._read_scan, scans)

    def _read_scan(self, scan: Scan) -> ReadPage:
        return _with_image(of_scan(self._reader.read(scan.read()), scan), scan.read, original_of(scan))


def read(image: Image, models: Models | None = None, **options: Any) -> ReadPage:
    """Read one page: `mojika.read("page.jpg", models="models/reader").text`. It loads the models each time: a `Reader`,
    which takes the same `options`, keeps them."""
    return Reader(models, **options).read(image)


def _with_image(page: Page, image: Callable[[], np.ndarray], original: Path | None = None) -> ReadPage:
    return ReadPage(**{each.name: getattr(page, each.name) for each in fields(Page)}, image=image, original=original)


def _names(models: Models) -> list[str]:
    return [os.fspath(models)] if isinstance(models, str | os.PathLike) else [os.fspath(each) for each in models]


def _as_rgb(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3)):
        raise UserError(f"expected pixels (H, W, 3) or (H, W) of uint8, found {pixels.shape} of {pixels.dtype}")
    if not pixels.size:
        raise UserError(f"expected pixels, found an image of {pixels.shape[1]} x {pixels.shape[0]}")
    gray = pixels.reshape(*pixels.shape[:2], -1)
    return np.ascontiguousarray(gray if gray.shape[2] == 3 else np.repeat(gray, 3, axis=2))
