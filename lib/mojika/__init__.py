"""Mojika (文字化): reads handwriting that ordinary OCR cannot.

`mojika.read("page.jpg", models="…").text` reads a page; a `mojika.Reader` keeps its models loaded (docs/api.md).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mojika.errors import UserError
    from mojika.reader.api import Reader, ReadPage, read

__version__ = "0.1.0"
__all__ = ["ReadPage", "Reader", "UserError", "read"]


def __getattr__(name: str) -> Any:
    """What is offered is imported when it is used, so that `import mojika` is quick."""
    if name not in __all__:
        raise AttributeError(f"module 'mojika' has no attribute {name!r}")
    from mojika import errors
    from mojika.reader import api

    return errors.UserError if name == "UserError" else getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
