"""Folders of page images: which file belongs to which image id."""

import os
from pathlib import Path

from mojika.errors import UserError

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")


def find_pages(folder: Path | str) -> dict[str, Path]:
    """Image id (the file name without suffix) → file, sorted by id; other files and subfolders are passed over.

    Raises `UserError` where there is no folder, or two files for one id.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(
            f"{folder}: expected a folder of page images, found {'a file' if folder.exists() else 'nothing'}"
        )
    pages: dict[str, Path] = {}
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file())
    for name in names:
        stem, suffix = os.path.splitext(name)
        if suffix.lower() not in SUFFIXES or name.startswith("."):
            continue
        if stem in pages:
            raise UserError(f"{folder}: expected one image for each id, found {pages[stem].name} and {name}")
        pages[stem] = folder / name
    return dict(sorted(pages.items()))
