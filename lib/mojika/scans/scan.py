"""A page to be read, before it is decoded."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Scan:
    """One page of an input.

    `name` is that of its outputs, once in a run, `/` between subfolders, without a suffix. `source` is what a person
    would call it: a path, a PDF and its page, the address of a canvas. `fingerprint` changes whenever the pixels may.
    `read` gives the upright pixels, `(H, W, 3) uint8` RGB; it raises `UserError` for a page that cannot be read to the
    last pixel. `canvas` is the address of the IIIF canvas, if it came from one.
    """

    name: str
    source: str
    fingerprint: str
    read: Callable[[], np.ndarray]
    canvas: str | None = None
