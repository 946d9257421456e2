"""Where a page came from and what read it, as files of other programs say it."""

import json
import re
from pathlib import PurePath
from urllib.parse import quote

import mojika
from mojika.formats.image_names import image_name
from mojika.formats.writing import writable
from mojika.reading.page import Page

PROGRAM = "Mojika"
VERSION = mojika.__version__
_PAGE_OF = re.compile(r"(?P<file>.*) page (?P<number>\d+)")  # of a source that holds several


def file_name(page: Page) -> str:
    """The name by which other programs look for the image beside the file: that of the image file which was read; for a
    page of a PDF the one that eScriptorium's import of PDFs gives it; else that of `image_name`."""
    name = PurePath(page.source).name
    inside = _PAGE_OF.fullmatch(name)
    if inside and inside["file"].lower().endswith(".pdf"):
        return writable(f"{inside['file']}_page_{inside['number']}.png")
    return writable(PurePath(image_name(page)).name if inside or not name else name)


def image_address(page: Page) -> str:
    """A URI of the image: `source` if that is one, else `file_name`, relative to the file."""
    if re.match(r"[a-z]+://", page.source) and not _PAGE_OF.fullmatch(page.source):
        return quote(writable(page.source), safe="%/:?#@!$&'()*+,;=~")
    return quote(file_name(page), safe="")


def settings(page: Page) -> dict[str, str]:
    """What `made_by` says, each value as text: JSON for what is no text."""
    return {writable(key): writable(_text(value)) for key, value in (page.made_by or {}).items()}


def settings_in_json(page: Page) -> str:
    """The same as one text."""
    return writable(_json(page.made_by or {}))


def _text(value: object) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
