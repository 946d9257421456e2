"""Transcribed text: the column `text` of a CSV, whose rows a column `title` or `book` may name, or a plain text."""

from pathlib import Path

from mojika.errors import UserError
from mojika.files.text_table import csv_rows, read_text

_BOOK_COLUMNS = "title", "book"


def read_transcriptions(path: Path) -> list[tuple[str, str]]:
    """The texts of a file, each with the name of its book: that of the file where nothing else names it.

    Raises `UserError` where the file is neither of the two.
    """
    try:
        if path.suffix.lower() != ".csv":
            return [(path.stem, read_text(path))]
        header, *rows = csv_rows(path, strict=True) or [[]]
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; expected a CSV with a column text, or plain text") from None
    if "text" not in header:
        raise UserError(f"{path}: expected a column text, found {','.join(header)[:80]!r}")
    column, title = header.index("text"), next((header.index(name) for name in _BOOK_COLUMNS if name in header), None)
    if wrong := next((row for row, fields in enumerate(rows, 2) if fields and len(fields) != len(header)), None):
        raise UserError(f"{path} row {wrong}: expected {len(header)} columns, found {len(rows[wrong - 2])}")
    return [(path.stem if title is None else row[title], row[column]) for row in rows if row]
