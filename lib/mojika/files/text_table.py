"""Text and CSV tables in UTF-8, whose fields are the text that was written: `007` and `NA` stay as they are.

A byte order mark and lines that end in CRLF are accepted everywhere; what is read may lie in an object store. Another
encoding is refused by its likely name.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mojika.errors import UserError
from mojika.files.atomic import atomic_write
from mojika.files.fetching import fetched
from mojika.files.urls import Place

if TYPE_CHECKING:
    import pandas as pd

_LONGEST = 2**24  # characters of a line, or of a field of several lines: a page of half a million labels
_LARGEST = 2**30  # bytes of a text that is read at once
_KANA = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")


def read_text(path: Place | str) -> str:
    """A file's text without its byte order mark; raises `FileNotFoundError`, and `UserError` if it is not UTF-8, or of
    more than a gigabyte."""
    try:
        with open(_local(path), "rb") as file:
            content = file.read(_LARGEST + 1)
    except IsADirectoryError:
        raise UserError(f"{path}: expected a text file, found a folder") from None
    if len(content) > _LARGEST:
        raise UserError(f"{path}: expected a text of at most {_LARGEST:,} bytes, found a larger one")
    return decoded(content, path)


def decoded(content: bytes, path: Place | str) -> str:
    """The text of a file's content without its byte order mark; raises `UserError` where it is not UTF-8."""
    try:
        if b"\0" not in content:
            return content.decode("utf-8-sig")
        at = content.index(b"\0")
    except UnicodeDecodeError as error:
        at = error.start
    likely = _encoding_of(content)
    found = f"{likely or 'another encoding'} at byte {at:,}{'; save it as UTF-8' if likely else ''}"
    raise UserError(f"{path}: expected UTF-8, found {found}")


def _encoding_of(content: bytes) -> str:
    """For a message: Excel saves CSV as cp932 in Japan, and as "Unicode text" in UTF-16."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(content) > 2:
        return "UTF-16"
    if b"\0" in content:
        return "a byte of zero, as in UTF-16 and in files that are no text,"
    for encoding, name in (("euc_jp", "EUC-JP"), ("cp932", "Shift_JIS (cp932)")):
        with suppress(UnicodeDecodeError):
            if _KANA.search(content.decode(encoding)):
                return f"what may be {name}"
    return ""


def csv_rows(path: Place | str, *, strict: bool = False, delimiter: str = ",") -> list[list[str]]:
    """The fields of every line, none for an empty line; `strict` refuses quotes that are not closed or not doubled.

    Raises `FileNotFoundError`, and `UserError` where the file is not CSV in UTF-8.
    """
    return list(_rows(path, strict, delimiter))


def csv_text(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """The text of a CSV; its lines end in LF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_csv(path: Path | str, table: "pd.DataFrame", float_format: str | None = None) -> None:
    """Write the table without its index, whole or not at all; lines end in LF."""
    with atomic_write(path, "w") as file:
        table.to_csv(file, index=False, lineterminator="\n", float_format=float_format)


def first_line(path: Place) -> list[str]:
    """The fields of a CSV's first line, none where the file is empty; the rest is not read.

    Raises `FileNotFoundError`, and `UserError` where the line is not CSV in UTF-8.
    """
    return next(_rows(path), [])


def read_text_table(path: Place) -> "pd.DataFrame":
    """A CSV with a header, all fields as text.

    Arrow's reader is quick and, unlike pandas', insists on equally many fields in each row. Raises `FileNotFoundError`,
    and `UserError` where the file is no such table or names a column twice.
    """
    import pyarrow
    import pyarrow.csv

    names = first_line(path)
    as_text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.string()))
    try:
        table: pd.DataFrame = pyarrow.csv.read_csv(fetched(path), convert_options=as_text).to_pandas()
    except (pyarrow.ArrowInvalid, UnicodeDecodeError) as error:
        for _ in _lines(path):  # says which encoding it may be, where that is the reason
            pass
        raise UserError(f"{path}: expected a CSV: {' '.join(str(error).split())}") from None
    if len(set(names)) < len(names):
        raise UserError(f"{path}: expected each column once, found {','.join(names)}")
    return table


def _rows(path: Place | str, strict: bool = False, delimiter: str = ",") -> Iterator[list[str]]:
    """The rows one by one, so that a field without an end is refused before it is in memory."""
    csv.field_size_limit(_LONGEST)
    try:
        yield from csv.reader(_lines(path), strict=strict, delimiter=delimiter)
    except csv.Error as error:
        raise UserError(f"{path}: not a CSV: {error}") from None


def _lines(path: Place | str) -> Iterator[str]:
    try:
        with open(_local(path), encoding="utf-8-sig", newline="") as file:
            while line := file.readline(_LONGEST + 1):
                if len(line) > _LONGEST:
                    raise UserError(f"{path}: expected lines of at most {_LONGEST:,} characters, found a longer one")
                if "\0" in line:
                    raise UnicodeError
                yield line
    except IsADirectoryError:
        raise UserError(f"{path}: expected a CSV file, found a folder") from None
    except UnicodeError:
        read_text(path)  # says which encoding it may be
        raise


def _local(path: Place | str) -> Path:
    return Path(path) if isinstance(path, str) else fetched(path)
