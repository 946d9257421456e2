"""What the image of a page is called in files that name it."""

import mimetypes
from pathlib import PurePosixPath

from mojika.reading.page import Page

_UNKNOWN = ".jpg"


def image_name(page: Page) -> str:
    """The page's name with the suffix of the image file that it came from; `.jpg` if it came from something else."""
    suffix = PurePosixPath(page.source).suffix
    kind, _ = mimetypes.guess_type(f"page{suffix}")
    return page.name + (suffix if kind and kind.startswith("image/") else _UNKNOWN)


def media_type(image: str) -> str:
    """`image/jpeg` for a file of that suffix, and so on."""
    return mimetypes.guess_type(image)[0] or "image/jpeg"
