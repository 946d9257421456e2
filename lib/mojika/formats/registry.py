"""Every format by the name under which it is asked for. A new one is one module, a line here, and its test."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from mojika.reading.page import Page


@dataclass(frozen=True, eq=False)
class PageOnImage:
    """A page that was read, and how to get its upright pixels, `(H, W, 3) uint8`, for formats that show them."""

    page: Page
    image: Callable[[], np.ndarray]


@dataclass(frozen=True)
class Format:
    """How pages are written: `write` fills one file with them.

    A format of each page gets one page a file, `<name of the page><suffix>`; one that is `of_all` gets all pages of a
    run in one file, named by `suffix` alone. Pages come one by one, so that no more than one image is in memory.
    """

    suffix: str
    summary: str
    write: Callable[[Iterable[PageOnImage], BinaryIO], None]
    of_all: bool = False


FORMATS: dict[str, Format] = {}
