"""A page to be read, before it is decoded."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Scan:
    """One page of an input.

    `name` is that of its outputs, once in a run, `/` between subfolders, without a suffix. `source` is what a person
    would call it: a path, a PDF and its page, the address of a manifest and its page. `identify` gives `fingerprint`.
    `read` gives the upright pixels, `(H, W, 3) uint8` RGB; it raises `UserError` for a page that cannot be read to the
    last pixel. `canvas` is the address of the IIIF canvas, if it came from one, and
    `canvas_size` its width and height, which need not be those of the image.

    Both functions can be pickled, so other processes can read the page.
    """

    name: str
    source: str
    identify: Callable[[], str]
    read: Callable[[], np.ndarray]
    canvas: str | None = None
    canvas_size: tuple[int, int] | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever the pixels may. It is of the bytes that decide them, which are fetched and read for it;
        raises `UserError` where they cannot be."""
        return self.identify()
