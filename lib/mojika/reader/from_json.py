"""Every format of pages whose JSON a person has edited, without a model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from mojika.data.images import read_image
from mojika.errors import UserError
from mojika.formats.format import PageOnImage
from mojika.formats.page_json_reading import read_page_json
from mojika.formats.registry import Places, write_all, write_page
from mojika.reader.language_file import LanguageFile
from mojika.reader.page_reader import CANDIDATES
from mojika.reader.page_work import PageResult, original_of
from mojika.reading.page import Page
from mojika.scans.scan import Scan


def write_from_json(
    files: Sequence[Path],
    folder: Path,
    formats: Sequence[str],
    scans: Mapping[str, Scan] | None = None,
    address: str | None = None,
    language: LanguageFile | None = None,
) -> Iterator[PageResult]:
    """Write every page of `files` in all `formats` into `folder`, then those that hold all pages; yields what became
    of each.

    Its image, for formats that show it, is that of the scan of the same name in `scans`, or else the file that the
    page names; `address` is the one that `folder` will have on the web. With a `language` model pages that were
    read without one are read in their context; what a person corrected stays. Raises `UserError` where an image is
    needed that is not there.
    """
    context = language.load() if language else None
    pages: dict[str, PageOnImage] = {}
    owners: dict[str, Path] = {}
    places = Places(formats)
    for file in files:
        try:
            page = read_page_json(file)
            if language and context and "language_model" not in (page.made_by or {}):
                made_by = {**(page.made_by or {}), "language_model": language.to_plain()}
                page = replace(page, blocks=context.reread(page.blocks, CANDIDATES), made_by=made_by)
            if page.name in owners:
                raise UserError(f"a page {page.name!r} as in {owners[page.name]}; give one of them another name")
            owners[page.name] = file
            places.claim(page.name)
            shown = _on_image(page, (scans or {}).get(page.name), address)
            write_page(shown, folder, formats)
        except UserError as error:
            yield PageResult(str(file), "failed", reason=str(error))
        else:
            pages[page.name] = shown
            yield PageResult(str(file), "written", len(page.columns), len(page.characters))
    write_all(list(pages.values()), folder, formats)


def _on_image(page: Page, scan: Scan | None, address: str | None) -> PageOnImage:
    if scan:
        return PageOnImage(page, scan.read, original_of(scan), address)
    file = Path(page.source)
    return PageOnImage(page, partial(_image_of, page), file if file.is_file() else None, address)


def _image_of(page: Page) -> np.ndarray:
    file = Path(page.source)
    if not page.source or not file.is_file():
        raise UserError(f"its image {page.source or page.name} is not there; name the input beside the JSON")
    return read_image(file, 3)
