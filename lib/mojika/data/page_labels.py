"""Labelled boxes of pages, in the layout of Kaggle's kuzushiji-recognition: `image_id,labels`.

`labels` is `U+XXXX x y width height …`, five fields a character, in pixels from the page's upper left corner. An empty
field is a page without characters.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from mojika.data.code_points import character_of
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.text_table import csv_rows, csv_text
from mojika.files.urls import Place, place

HEADER = ["image_id", "labels"]
FIELDS_PER_BOX = 5
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?")
FARTHEST = 1e6  # pixels: beyond it float32 no longer resolves tenths
_SINGLE_NAME_BOOKS = re.compile(r"brsk|hnsd|umgy")


class LabelError(UserError):
    """Labels that do not follow the layout."""


@dataclass(frozen=True, eq=False)
class PageLabels:
    """The characters of one page: `labels` (`U+XXXX`) and `boxes (N, 4) float32`, x1, y1, x2, y2 in page pixels.

    `row` is the page's row in its file; the header is row 1.
    """

    image_id: str
    labels: tuple[str, ...]
    boxes: np.ndarray
    row: int = field(default=0)


def parse_labels(text: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Labels and boxes `(N, 4) float32` of one page; raises `LabelError` at the first field that is wrong."""
    labels, boxes, reasons = scan_labels(text)
    if reasons:
        raise LabelError(reasons[0])
    return labels, boxes


def format_labels(labels: Iterable[str], boxes: np.ndarray) -> str:
    """The inverse of `parse_labels`; whole numbers of pixels are written as such."""
    corners = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    extents = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    fields = (f"{label} {' '.join(map(_format_number, box))}" for label, box in zip(labels, extents, strict=True))
    return " ".join(fields)


def scan_labels(text: str) -> tuple[tuple[str, ...], np.ndarray, list[str]]:
    """What `parse_labels` returns, for the boxes that are in order, and one reason for each that is not."""
    fields = text.split()
    if len(fields) % FIELDS_PER_BOX:
        expected = f"expected a multiple of {FIELDS_PER_BOX} fields (U+XXXX x y width height)"
        return (), np.empty((0, 4), np.float32), [f"{expected}, found {len(fields)}"]
    labels, boxes, reasons = [], [], []
    for start in range(0, len(fields), FIELDS_PER_BOX):
        reason = _wrong_field(fields, start)
        if reason is None:
            x, y, width, height = map(float, fields[start + 1 : start + FIELDS_PER_BOX])
            box = np.array([x, y, x + width, y + height], np.float32)
            reason = _wrong_box(box, start)
        if reason is None:
            labels.append(fields[start])
            boxes.append(box)
        else:
            reasons.append(reason)
    return tuple(labels), np.array(boxes, np.float32).reshape(-1, 4), reasons


def read_page_labels(path: Place | str) -> list[PageLabels]:
    """All pages of a label file, in its order; raises `LabelError` that names file, row and field."""
    pages, faults = scan_page_labels(path)
    if faults:
        more = f" (and {len(faults) - 1:,} more)" if len(faults) > 1 else ""
        raise LabelError(f"{faults[0]}{more}")
    return pages


def count_characters(label_files: Iterable[Place | str]) -> Counter[str]:
    """How often each character is labelled."""
    labels = (label for path in label_files for page in read_page_labels(path) for label in page.labels)
    return Counter(filter(None, map(character_of, labels)))


def scan_page_labels(where: Place | str) -> tuple[list[PageLabels], list[Fault]]:
    """What `read_page_labels` returns, for the boxes that are in order, and one fault for each that is not.

    Of several rows for one page only the first is returned. Raises `LabelError` where the file cannot be read as
    such a table at all.
    """
    path = place(where)
    pages, faults = [], []
    rows: dict[str, int] = {}
    for number, row in enumerate(read_rows(path), start=2):
        if len(row) != len(HEADER):
            faults.append(Fault(path.name, number, f"expected {len(HEADER)} columns, found {len(row)}"))
            continue
        image_id, text = row
        if not image_id:
            faults.append(Fault(path.name, number, "expected an image id, found nothing"))
        elif image_id in rows:
            faults.append(Fault(path.name, number, f"{image_id} was labelled before, in row {rows[image_id]}"))
        else:
            rows[image_id] = number
            labels, boxes, reasons = scan_labels(text)
            pages.append(PageLabels(image_id, labels, boxes, number))
            faults += [Fault(path.name, number, reason) for reason in reasons]
    return pages, faults


def format_page_labels(pages: Sequence[PageLabels]) -> str:
    """The text of a label file for `pages`."""
    return csv_text(HEADER, ([page.image_id, format_labels(page.labels, page.boxes)] for page in pages))


def book_of(image_id: str) -> str:
    """The book that a page belongs to: the part of its image id before the first `_` or `-` (`200014740-00002_1`).

    Pages named `brsk…`, `hnsd…` and `umgy…` belong to one book each.
    """
    single = _SINGLE_NAME_BOOKS.match(image_id)
    return single.group() if single else re.split("[_-]", image_id, maxsplit=1)[0]


def read_rows(path: Place) -> list[list[str]]:
    """An `image_id,labels` table below its header; empty last lines are accepted.

    Raises `LabelError` where the file cannot be read as such a table.
    """
    try:
        rows = csv_rows(path, strict=True)
    except FileNotFoundError:
        raise LabelError(f"{path}: no such file; expected a CSV with the header {','.join(HEADER)}") from None
    except UserError as error:
        raise LabelError(str(error)) from None
    header = rows[0] if rows else []
    if header != HEADER:
        raise LabelError(f"{path}: expected the header {','.join(HEADER)}, found {','.join(header)[:80]!r}")
    while not rows[-1]:
        rows.pop()
    return rows[1:]


def _wrong_field(fields: list[str], start: int) -> str | None:
    if character_of(fields[start]) is None:
        return f"field {start + 1}: expected a code point like U+304B, found {_shown(fields[start])}"
    for offset in range(1, FIELDS_PER_BOX):
        text = fields[start + offset]
        if not _NUMBER.fullmatch(text):
            return f"field {start + offset + 1}: expected a number, found {_shown(text)}"
        if abs(float(text)) > FARTHEST:
            return f"field {start + offset + 1}: expected pixels within ±{FARTHEST:,.0f}, found {_shown(text)}"
    return None


def _wrong_box(box: np.ndarray, start: int) -> str | None:
    x1, y1, x2, y2 = box.tolist()
    if x2 <= x1:
        return f"field {start + 4}: expected a width above 0, found {_format_number(x2 - x1)}"
    if y2 <= y1:
        return f"field {start + 5}: expected a height above 0, found {_format_number(y2 - y1)}"
    return None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 24 else text[:24] + "…")


def _format_number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
