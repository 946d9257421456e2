"""A picture of each page with its columns, their numbers in reading order, and what was read beside each character."""

from collections.abc import Iterable
from io import BytesIO
from typing import IO

from mojika.formats.format import PageOnImage

_QUALITY = 88


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """One page as a JPEG of at most 2,000 pixels, and its legend.

    Raises `ValueError` unless there is just one page, and `UserError` where no font draws Japanese.
    """
    from PIL import Image

    from mojika.pictures.reading_overlay import draw_reading

    (each,) = pages
    encoded = BytesIO()  # to a file Pillow writes itself, and does not see that a disk took only part of it
    Image.fromarray(draw_reading(each.image(), each.page)).save(encoded, "JPEG", quality=_QUALITY)
    file.write(encoded.getvalue())
