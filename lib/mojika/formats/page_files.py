"""Where the JSON of pages lies: files that are named, and those of folders, among files of other formats."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from mojika.errors import UserError
from mojika.files.json_text import load_json
from mojika.formats.page_json import FORMAT
from mojika.formats.registry import FORMATS

_SUFFIX = FORMATS["json"].suffix
_OF_ALL = tuple(each.suffix for each in FORMATS.values() if each.of_all)
_OF_OTHERS = tuple(
    each.suffix
    for each in FORMATS.values()
    if each.suffix.endswith(_SUFFIX) and not each.of_all and each.suffix != _SUFFIX
)


def find_page_files(named: Sequence[Path]) -> list[Path]:
    """The files that are named, and of folders the JSON of pages below them, without hidden folders and other formats.

    Raises `UserError` where a name leads to nothing, or a folder has no page.
    """
    found: dict[Path, None] = {}
    for path in named:
        if not path.exists():
            raise UserError(f"{path}: expected the JSON of pages, found nothing")
        files = sorted(filter(partial(_is_page, path), path.rglob(f"*{_SUFFIX}"))) if path.is_dir() else [path]
        if not files:
            raise UserError(f"{path}: expected the JSON of pages in it, found none")
        found |= dict.fromkeys(files)
    return list(found)


def _is_page(folder: Path, file: Path) -> bool:
    """Whether a file below `folder` is, or by its name was before it was damaged, the JSON of a page."""
    if any(part.startswith(".") for part in file.relative_to(folder).parts):
        return False
    with suppress(OSError, ValueError):
        plain = load_json(file.read_text("utf-8-sig"))
        return isinstance(plain, dict) and plain.get("format") == FORMAT
    return file.name not in _OF_ALL and not file.name.endswith(_OF_OTHERS)
