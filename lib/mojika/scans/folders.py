"""Folders of scans: what is read of them, in the order in which people count, and what they hold instead."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mojika.data.image_suffixes import SUFFIXES

READ = (*SUFFIXES, ".pdf")


def files_below(folder: Path, without: Iterable[Path], unreadable: Callable[[Path, OSError], None]) -> list[Path]:
    """All files of a folder and its subfolders, `page2` before `page10`, each folder's own files first.

    Hidden ones and the folders `without` that lie in it are left out; links are followed, each folder once. A folder
    that cannot be listed is told to `unreadable`.
    """
    seen = {os.path.realpath(each) for each in without} - {os.path.realpath(folder)}
    return list(_below(folder, seen, unreadable))


def _below(folder: Path, seen: set[str], unreadable: Callable[[Path, OSError], None]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        with os.scandir(folder) as entries:
            shown = sorted((each for each in entries if not _is_hidden(each.name)), key=lambda each: natural(each.name))
            files = [Path(each.path) for each in shown if each.is_file()]
            folders = [Path(each.path) for each in shown if each.is_dir()]
    except OSError as error:
        unreadable(folder, error)
        return
    yield from files
    for each in folders:
        yield from _below(each, seen, unreadable)


def natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """A key to sort names of files by the numbers in them."""
    stem = os.path.splitext(name)[0]
    parts = re.split(r"(\d+)", unicodedata.normalize("NFKC", stem).casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], name


def what_it_holds(files: Iterable[Path]) -> str:
    """For a message: `3 .txt, 1 .csv`."""
    counts = Counter(path.suffix.lower() or "without a suffix" for path in files)
    return ", ".join(f"{count:,} {suffix}" for suffix, count in counts.most_common(5)) or "no file"


def _is_hidden(name: str) -> bool:
    """Of the desktop (`.DS_Store`), of archives of a Mac, of a NAS."""
    return name.startswith(".") or name in ("__MACOSX", "@eaDir")
