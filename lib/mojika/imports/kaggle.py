"""The layout of Kaggle's kuzushiji-recognition, our own: `image_id,labels` beside a folder of images."""

from pathlib import Path

from mojika.data.page_labels import HEADER, scan_page_labels
from mojika.errors import UserError
from mojika.files.text_table import first_line
from mojika.imports.annotations import noting
from mojika.imports.found import Box, Found, FoundPage, part_in
from mojika.imports.image_finder import ImageFinder


def recognises(source: Path) -> bool:
    """Whether there is a CSV with this header."""
    return bool(_tables(source))


def read(source: Path, images: Path | None = None) -> Found:
    """A page for each row; its image is in the folder `<name of the table>_images`, or below the root."""
    found = Found()
    for path in _tables(source):
        pages, faults = scan_page_labels(path)
        found.faults += faults
        beside = path.with_name(f"{path.stem}_images")
        finder = ImageFinder(images or (beside if beside.is_dir() else path.parent))
        for page in pages:
            with noting(found, path.name, page.row):
                places = zip(page.labels, page.boxes.tolist(), strict=True)
                boxes = tuple(Box(label, x1, y1, x2, y2, page.row) for label, (x1, y1, x2, y2) in places)
                file = finder.find(page.image_id, finder.root)
                found.pages.append(FoundPage(file, boxes, path.name, part_in(path.stem)))
    return found


def _tables(source: Path) -> list[Path]:
    return [path for path in (sorted(source.glob("*.csv")) if source.is_dir() else [source]) if _has_header(path)]


def _has_header(path: Path) -> bool:
    try:
        return path.is_file() and path.suffix.lower() == ".csv" and first_line(path) == HEADER
    except UserError:
        return False
