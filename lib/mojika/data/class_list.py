"""The class list: which labels there are, in which order, and how often each occurs. A label's index is its class."""

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mojika.data.code_points import code_point_of
from mojika.errors import UserError
from mojika.files.atomic import atomic_text
from mojika.files.text_table import csv_rows, csv_text
from mojika.files.urls import Place

HEADER = ["label", "char", "count"]


@dataclass(frozen=True)
class ClassList:
    """`labels` (`U+XXXX` or any other text, each once) and `counts`, how many samples each has where it was made.

    `glyphs` are the texts to show for the classes if the labels are not suitable, as with numbers.
    """

    labels: tuple[str, ...]
    counts: tuple[int, ...]
    glyphs: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.counts):
            raise UserError(f"class list: {len(self.labels)} labels, but {len(self.counts)} counts")
        if self.glyphs and len(self.glyphs) != len(self.labels):
            raise UserError(f"class list: {len(self.labels)} labels, but {len(self.glyphs)} glyphs")
        twice = [label for label, count in Counter(self.labels).items() if count > 1]
        if twice:
            raise UserError(f"class list: expected each label once, found {named(twice)} again")
        broken = [label for label in self.labels if not label or set("\n\r\0") & set(label)]
        if broken:
            raise UserError(f"class list: a label must be one line of text, found {broken[0]!r}")

    @classmethod
    def from_labels(cls, labels: Iterable[str]) -> "ClassList":
        """The distinct labels in natural order, counted: numbers by value, then code points, then other text."""
        counts = Counter(labels)
        ordered = tuple(sorted(counts, key=natural_order))
        return cls(ordered, tuple(counts[label] for label in ordered))

    @classmethod
    def read(cls, path: Place | str) -> "ClassList":
        """Read `classes.csv` (`label,char,count`); the column `char` is for people and decides nothing."""
        try:
            rows = [row for row in csv_rows(path) if row]
        except FileNotFoundError:
            raise UserError(f"{path}: no such class list; `mojika pack` writes one into each pack") from None
        if not rows or rows[0] != HEADER:
            raise UserError(
                f"{path}: expected the header {','.join(HEADER)}, found {','.join(rows[0] if rows else [])!r}"
            )
        for number, row in enumerate(rows[1:], start=2):
            if len(row) != len(HEADER) or not re.fullmatch("[0-9]{1,18}", row[2]):
                raise UserError(f"{path} row {number}: expected label, char and a count, found {','.join(row)[:80]!r}")
        labels, chars, counts = zip(*rows[1:], strict=True) if len(rows) > 1 else ((), (), ())
        return cls(labels, tuple(map(int, counts)), () if chars == tuple(map(shown, labels)) else chars)

    def write(self, path: Path | str) -> None:
        """Write `classes.csv`."""
        atomic_text(path, csv_text(HEADER, zip(self.labels, self.chars, self.counts, strict=True)))

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "ClassList":
        return cls(tuple(plain["labels"]), tuple(plain["counts"]), tuple(plain.get("glyphs", ())))

    def recounted(self, labels: Iterable[str]) -> "ClassList":
        """The same classes with counts of their own among `labels`."""
        counts = Counter(labels)
        return replace(self, counts=tuple(counts[label] for label in self.labels))

    def to_plain(self) -> dict[str, Any]:
        """Lists in a dictionary, as checkpoints store it."""
        glyphs = {"glyphs": list(self.glyphs)} if self.glyphs else {}
        return {"labels": list(self.labels), "counts": list(self.counts), **glyphs}

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the label column, one label a line."""
        return hashlib.sha256("".join(f"{label}\n" for label in self.labels).encode()).hexdigest()

    @property
    def chars(self) -> tuple[str, ...]:
        """What to show for each class: its glyph, the character of a code point that can be shown, or the label."""
        return self.glyphs or tuple(map(shown, self.labels))

    def expect_same(self, other: "ClassList", wrong: str, remedy: str = "") -> None:
        """Raises `UserError`, `wrong: how they differ; remedy`, where `other` has other labels or another order."""
        if other.digest != self.digest:
            raise UserError("; ".join(filter(None, [f"{wrong}: {difference(self, other)}", remedy])))

    def expect_digest(self, digest: str | None, who: str, instead: str, remedy: str = "") -> None:
        """Raises `UserError`, `who has the digest …, instead …; remedy`, where the digest is not the list's own."""
        if digest != self.digest:
            wrong = f"{who} has the digest {self.digest[:12]}, {instead} {str(digest)[:12]}"
            raise UserError("; ".join(filter(None, [wrong, remedy])))

    def indices(self, labels: Iterable[str]) -> np.ndarray:
        """Classes of `labels`, `(N,) int64`; raises `UserError` that names labels missing from the list."""
        wanted = pd.Index(list(labels), dtype="str")
        found = pd.Index(self.labels, dtype="str").get_indexer(wanted)
        if (found < 0).any():
            unknown = wanted[found < 0]
            raise UserError(f"{len(unknown):,} labels are not in the class list: {named(map(str, unknown.unique()))}")
        return found.astype(np.int64)


def natural_order(label: str) -> tuple:
    """Sorting key: whole numbers by value, then `U+XXXX` by code point, then other text."""
    if re.fullmatch("[0-9]{1,18}", label):
        return (0, int(label), label)
    code_point = code_point_of(label)
    return (2, 0, label) if code_point is None else (1, code_point, label)


def difference(first: ClassList, second: ClassList) -> str:
    """Where two class lists part, for a message: lengths, digests and the first class that differs."""
    text = f"{len(first)} classes ({first.digest[:12]}) and {len(second)} classes ({second.digest[:12]})"
    for index, (one, other) in enumerate(zip(first.labels, second.labels, strict=False)):
        if one != other:
            return f"{text}; class {index} is {one} in one and {other} in the other"
    return text


def shown(label: str) -> str:
    """The character of a code point that can be shown, and else the label."""
    code_point = code_point_of(label)
    if code_point is not None and code_point <= sys.maxunicode and chr(code_point).isprintable():
        return chr(code_point)
    return label


def named(names: Iterable[object], at_most: int = 5) -> str:
    """The first few names, for a message, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - at_most:,} more" if len(names) > at_most else ""
    return ", ".join(map(str, names[:at_most])) + more
