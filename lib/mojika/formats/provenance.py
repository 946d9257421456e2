"""Where a page came from and what read it, as files of other programs say it."""

import json
from pathlib import PurePath

import mojika
from mojika.formats.writing import writable
from mojika.reading.page import Page

PROGRAM = "Mojika"
VERSION = mojika.__version__


def file_name(page: Page) -> str:
    """The name by which other programs look for the image beside the file: the last part of `source`."""
    return writable(PurePath(page.source).name or page.name)


def settings(page: Page) -> dict[str, str]:
    """What `made_by` says, each value as text: JSON for what is no text."""
    return {writable(key): writable(_text(value)) for key, value in (page.made_by or {}).items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
