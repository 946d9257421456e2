"""What a format is: how it writes pages that were read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mojika.reading.page import Page

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class PageOnImage:
    """A page that was read, and how to get its upright pixels, `(H, W, 3) uint8`, for formats that show them.

    `original` is the image file that the pixels came from, if they are those of one. `address` is the one that the
    output folder will have on the web, for formats whose files name each other.
    """

    page: Page
    image: Callable[[], "np.ndarray"]
    original: Path | None = None
    address: str | None = None


@dataclass(frozen=True)
class Format:
    """How pages are written: `write` fills one file with them.

    A format of each page gets one page a file, `<name of the page><suffix>`; one that is `of_all` gets all pages of a
    run in one file, named by `suffix` alone. Pages come one by one, so that no more than one image is in memory.
    """

    suffix: str
    summary: str
    write: Callable[[Iterable[PageOnImage], IO[bytes]], None]
    of_all: bool = False
