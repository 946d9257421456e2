"""What leaves are made after: labelled pages and transcribed text."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mojika.data.code_points import character_of
from mojika.data.page_labels import PageLabels, book_of, read_page_labels
from mojika.errors import UserError
from mojika.files.text_table import csv_rows
from mojika.samples.wide.passages import Token, tokens_of
from mojika.samples.wide.repeating import Template

_MARGIN = 0.04  # of a book's largest extent, around all that is labelled in it
_FEWEST = 20  # tokens of a transcribed page that text is taken from
csv.field_size_limit(10**8)


def read_templates(label_files: Sequence[Path]) -> list[Template]:
    """The labelled pages with characters, in the order of their files.

    A book's leaves are as large as the extent of all its boxes, and a margin: labels do not tell.
    """
    books: dict[str, list[PageLabels]] = defaultdict(list)
    for file in label_files:
        for page in read_page_labels(file):
            if page.labels:
                books[book_of(page.image_id)].append(page)
    return [template for pages in books.values() for template in _templates_of(pages)]


def _templates_of(pages: list[PageLabels]) -> list[Template]:
    boxes = np.concatenate([page.boxes for page in pages])
    start, end = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    margin = _MARGIN * float(end[1] - start[1])
    corner, (width, height) = start - margin, end - start + 2 * margin
    return [
        Template(
            "".join(character_of(label) or "" for label in page.labels),
            ((page.boxes.reshape(-1, 2, 2) - corner) / height).reshape(-1, 4).astype(np.float64),
            float(width / height),
        )
        for page in pages
    ]


def read_works(text_files: Sequence[Path]) -> list[list[Token]]:
    """The transcribed pages: of a CSV its column `text`, in Koji notation; any other file is text as a whole."""
    works = []
    for file in text_files:
        texts = _column(file) if file.suffix.lower() == ".csv" else [_text(file)]
        found = [tokens for tokens in map(tokens_of, texts) if len(tokens) >= _FEWEST]
        if not found:
            raise UserError(f"{file}: expected transcribed text, found no page with {_FEWEST} characters")
        works += found
    return works


def _column(file: Path) -> list[str]:
    try:
        header, *rows = csv_rows(file)
    except (FileNotFoundError, ValueError):
        raise UserError(f"{file}: expected a CSV with a column text, found none") from None
    if "text" not in header:
        raise UserError(f"{file}: expected a column text, found {','.join(header)[:80]}")
    column = header.index("text")
    return [row[column] for row in rows if len(row) > column]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{file}: no such file; expected transcribed text") from None
    except UnicodeDecodeError:
        raise UserError(f"{file}: expected text in UTF-8, found another encoding") from None
