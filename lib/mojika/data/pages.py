"""Folders of page images: which file belongs to which image id, and pages read from it or what is wrong with them."""

from pathlib import Path

import numpy as np

from mojika.data.images import read_image, read_image_size
from mojika.data.page_folder import look_into
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.urls import Place


def find_pages(where: Place | str) -> dict[str, Path]:
    """Image id (the file name without suffix) → file, sorted by id. A folder in a bucket is fetched.

    What else may be pages is named on standard error. Raises `UserError` where there is no folder, or two files for
    one id.
    """
    found = look_into(where)
    found.tell()
    return found.pages


def page_name(path: Path) -> str:
    """How faults name a page: its folder and file."""
    return f"{path.parent.name}/{path.name}"


def read_page(path: Path, channels: int | None = None, *, size: tuple[int, int] | None = None) -> np.ndarray:
    """The pixels as `read_image` has them; raises `UserError` also where width and height are not `size`."""
    image = read_image(path, channels)
    _expect_size(path, image.shape[1::-1], size)
    return image


def page_or_fault(
    path: Path, channels: int | None = None, *, size: tuple[int, int] | None = None
) -> np.ndarray | Fault:
    """What `read_page` returns, or raises as a fault."""
    try:
        return read_page(path, channels, size=size)
    except UserError as error:
        return Fault.of_file(path, error, page_name(path))


def header_fault(path: Path, *, size: tuple[int, int] | None = None) -> Fault | None:
    """The fault that a page's header shows, without the pixels; None where it shows none."""
    try:
        _expect_size(path, read_image_size(path), size)
    except UserError as error:
        return Fault.of_file(path, error, page_name(path))
    return None


def _expect_size(path: Path, found: tuple[int, ...], size: tuple[int, int] | None) -> None:
    if size and found != size:
        expected = f"{size[0]} x {size[1]} pixels, on which its boxes were made"
        raise UserError(f"{path}: expected a page of {expected}, found {found[0]} x {found[1]}")
