"""What leaves are made after: labelled pages and transcribed text."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mojika.data.code_points import character_of
from mojika.data.page_labels import PageLabels, book_of, read_page_labels
from mojika.data.transcriptions import read_transcriptions
from mojika.errors import UserError
from mojika.samples.wide.passages import Token, tokens_of
from mojika.samples.wide.repeating import Template

_MARGIN = 0.04  # of a book's largest extent, around all that is labelled in it
_FEWEST = 20  # tokens of a transcribed page that text is taken from


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
    """The transcribed pages, in Koji notation; a plain text is one."""
    works = []
    for file in text_files:
        texts = (text for _, text in read_transcriptions(file))
        found = [tokens for tokens in map(tokens_of, texts) if len(tokens) >= _FEWEST]
        if not found:
            raise UserError(f"{file}: expected transcribed text, found no page with {_FEWEST} characters")
        works += found
    return works
