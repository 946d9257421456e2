"""The kuzushiji data set of CODH as it is published (http://codh.rois.ac.jp/char-shape): for each book a folder
`images` and a `<book>_coordinate.csv`."""

from collections import defaultdict
from pathlib import Path

from mojika.data.class_folders import files_below, is_image
from mojika.files.text_table import csv_rows
from mojika.imports.annotations import name_from, noting
from mojika.imports.found import Box, Found, FoundPage
from mojika.imports.image_finder import ImageFinder

_END = "_coordinate.csv"
_COLUMNS = ("Unicode", "Image", "X", "Y", "Width", "Height")


def recognises(source: Path) -> bool:
    """Whether the folder is a book, or has books."""
    return bool(_tables(source))


def read(source: Path, images: Path | None = None) -> Found:
    """A page for each image that a table names; `characters`, the crops of the same, are passed over."""
    found = Found()
    for path in _tables(source):
        name, rows = name_from(source, path), csv_rows(path)
        with noting(found, name, 1):
            at = {column: rows[0].index(column) for column in _COLUMNS}
            boxes: dict[str, list[Box]] = defaultdict(list)
            for number, row in enumerate(rows[1:], 2):
                with noting(found, name, number):
                    if row:
                        x, y, width, height = (float(row[at[column]]) for column in _COLUMNS[2:])
                        boxes[row[at["Image"]]].append(Box(row[at["Unicode"]], x, y, x + width, y + height, number))
            _add_pages(found, boxes, name, path, images)
    return found


def _add_pages(found: Found, boxes: dict[str, list[Box]], name: str, table: Path, images: Path | None) -> None:
    folder = images or table.parent / "images"
    finder = ImageFinder(folder)
    for image, on_page in boxes.items():
        with noting(found, name):
            found.pages.append(FoundPage(finder.find(image, folder), tuple(on_page), name))
    without = [path for path in files_below(folder) if is_image(path) and path.stem not in boxes and not images]
    if without:
        found.notes.append(f"{folder}: left out, having no row in {table.name}: {len(without):,} images")


def _tables(source: Path) -> list[Path]:
    if source.is_file():
        return [source] if source.name.endswith(_END) else []
    return sorted([*source.glob(f"*{_END}"), *source.glob(f"*/*{_END}"), *source.glob(f"*/*/*{_END}")])
