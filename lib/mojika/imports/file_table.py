"""Tables of image files and their labels: CSV with any column names, and `label,path` lists without a header.

Where columns have the places of boxes, as `filename,class,xmin,ymin,xmax,ymax`, a row is a character of a page.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mojika.data.class_folders import PARTS, is_image
from mojika.errors import ParameterError, UserError
from mojika.files.faults import Fault
from mojika.files.text_table import csv_rows, first_line
from mojika.imports.annotations import noting
from mojika.imports.found import TRAIN, Box, Found, FoundCrop, FoundPage, part_in
from mojika.imports.image_finder import ImageFinder

SUFFIXES = (".csv", ".tsv", ".txt")
_FILES = ("file", "filename", "file_name", "filepath", "file_path", "path", "image", "image_path", "img", "image_id")
_LABELS = (
    *("label", "labels", "class", "class_name", "char", "character", "unicode", "codepoint", "target", "category"),
    *("text", "transcription", "文字"),
)
_CORNERS = (("xmin", "ymin", "xmax", "ymax"), ("x1", "y1", "x2", "y2"), ("left", "top", "right", "bottom"))
_EXTENTS = (("x", "y", "width", "height"), ("x", "y", "w", "h"), ("left", "top", "width", "height"))
_PARTS = ("part", "split", "set", "subset")
_NO_FILES = "no column names images that are there"
_TRIED = 20  # rows, to tell which column names files


@dataclass(frozen=True)
class Table:
    """The rows of a file, each with its number; `names` of the columns are their numbers from 1 without a header."""

    path: Path
    names: list[str]
    rows: list[tuple[int, list[str]]]


def recognises(source: Path) -> bool:
    """Whether there is a table one of whose columns names images."""
    finder = ImageFinder(_root(source))
    return any(_column_of_files(_table(path, finder), finder) is not None for path in _tables(source))


def read(source: Path, file_column: str | None = None, label_column: str | None = None) -> Found:
    """A crop for each row, or a page for each image where rows are boxes.

    A column `split` (or `set`, `part`, `subset`), or else the table's name, tells the part.

    Raises `UserError` where a column cannot be told, or is not there.
    """
    finder = ImageFinder(_root(source))
    found = Found()
    for path in _tables(source):
        table = _table(path, finder)
        files = _named(table, file_column, "file_column") if file_column else _column_of_files(table, finder)
        if files is None:
            if source.is_file() or file_column:
                raise ParameterError(f"{path}: {_NO_FILES}; {{file_column}} tells which should")
            found.faults.append(Fault(path.name, None, _NO_FILES))
            continue
        labels = _named(table, label_column, "label_column") if label_column else _column_of_labels(table, files)
        found.notes.append(f"{path}: files from column {table.names[files]}, labels from column {table.names[labels]}")
        _read_rows(table, files, labels, finder, found)
    return found


def _read_rows(table: Table, files: int, labels: int, finder: ImageFinder, found: Found) -> None:
    name, parts, (places, corners_of) = table.path.name, _column_of_parts(table), _corners(table, files)
    if places and not corners_of:
        found.notes.append(f"{table.path}: each image is there once, so it is one character; {places} are not used")
    pages: dict[tuple[Path, str], list[Box]] = defaultdict(list)
    for number, row in table.rows:
        with noting(found, name, number):
            if len(row) != len(table.names):
                raise UserError(f"expected {len(table.names)} fields, found {len(row)}")
            if not row[labels].strip():
                raise UserError("expected a label, found nothing")
            file = finder.find(row[files], table.path.parent)
            part = part_in(table.path.stem) if parts is None else PARTS.get(row[parts].lower(), TRAIN)
            if corners_of:
                pages[file, part].append(Box(row[labels], *corners_of(row), number))
            else:
                found.crops.append(FoundCrop(file, row[labels], name, part, number))
    found.pages += [FoundPage(file, tuple(boxes), name, part) for (file, part), boxes in pages.items()]


def _root(source: Path) -> Path:
    return source if source.is_dir() else source.parent


def _tables(source: Path) -> list[Path]:
    paths = sorted(source.iterdir()) if source.is_dir() else [source]
    return [path for path in paths if path.suffix.lower() in SUFFIXES and path.is_file()]


def _table(path: Path, finder: ImageFinder) -> Table:
    """Fields end at whichever of comma, semicolon and tab the first line has most of."""
    first = ",".join(first_line(path))
    delimiter = max(",;\t", key=first.count)
    rows = [(number, row) for number, row in enumerate(csv_rows(path, strict=True, delimiter=delimiter), 1) if row]
    if not rows:
        return Table(path, [], [])
    header = rows[0][1]
    if any(_is_there(name, path, finder) for name in header):
        return Table(path, [f"{number}" for number in range(1, len(header) + 1)], rows)
    return Table(path, header, rows[1:])


def _column_of_files(table: Table, finder: ImageFinder) -> int | None:
    """The column most of whose first values are images that are there; among equals one that is called so.

    A name without its suffix counts half: plain numbers may number rows.
    """
    tried = [row for _, row in table.rows[:_TRIED] if len(row) == len(table.names)]
    there = [sum(_likeness(row[at], table.path, finder) for row in tried) for at in range(len(table.names))]
    if len(table.names) < 2 or not max(there, default=0):
        return None
    return min(range(len(there)), key=lambda at: (-there[at], _rank(table.names[at], _FILES)))


def _column_of_labels(table: Table, files: int) -> int:
    """The column that is called so, or the only other one; raises `UserError` where it cannot be told."""
    others = [at for at in range(len(table.names)) if at != files]
    named = sorted(
        (at for at in others if table.names[at].lower() in _LABELS), key=lambda at: _rank(table.names[at], _LABELS)
    )
    if not named and len(others) > 1:
        names = ", ".join(table.names[at] for at in others)
        raise ParameterError(f"{table.path}: which column is the label? {{label_column}} names one of {names}")
    return (named or others)[0]


def _column_of_parts(table: Table) -> int | None:
    for at, name in enumerate(table.names):
        if name.lower() in _PARTS and all(len(row) <= at or row[at].lower() in PARTS for _, row in table.rows):
            return at
    return None


def _corners(
    table: Table, files: int
) -> tuple[str, Callable[[Sequence[str]], tuple[float, float, float, float]] | None]:
    """The columns of places, and what reads x1, y1, x2, y2 of a row; None for a table without places, or of crops, each
    of which is there once."""
    named_files = [row[files] for _, row in table.rows if len(row) == len(table.names)]
    names = [name.lower() for name in table.names]
    columns = next((each for each in _CORNERS + _EXTENTS if set(each) <= set(names)), None)
    places = ", ".join(columns or ())
    if columns is None or len(set(named_files)) == len(named_files):
        return places, None

    def read(row: Sequence[str]) -> tuple[float, float, float, float]:
        x, y, right, below = (float(row[names.index(column)]) for column in columns)
        return (x, y, right, below) if columns in _CORNERS else (x, y, x + right, y + below)

    return places, read


def _named(table: Table, name: str, parameter: str) -> int:
    if name not in table.names:
        raise ParameterError(f"{table.path}: {{{parameter}}} {name}: expected one of {', '.join(table.names)}")
    return table.names.index(name)


def _rank(name: str, names: Sequence[str]) -> int:
    return names.index(name.lower()) if name.lower() in names else len(names)


def _likeness(name: str, path: Path, finder: ImageFinder) -> float:
    return (1.0 if is_image(Path(name)) else 0.5) if _is_there(name, path, finder) else 0.0


def _is_there(name: str, path: Path, finder: ImageFinder) -> bool:
    try:
        return bool(name.strip()) and bool(finder.find(name, path.parent))
    except UserError as error:
        return "expected one image" in str(error)
