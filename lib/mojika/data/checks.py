"""What can be wrong with a folder of pages, one function for each kind of fault.

A check takes a `PageSet` and yields its faults. New ones join `CHECKS`; each must find nothing where it does not apply.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from mojika.data.crops import clip_boxes, have_area
from mojika.data.grapheme_checks import check_graphemes, has_graphemes
from mojika.data.near_ids import NearIds
from mojika.data.page_labels import LabelError, PageLabels
from mojika.data.page_set import PageSet
from mojika.data.pages import page_name, page_or_fault
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.fetching import fetched_folder
from mojika.files.text_table import csv_rows
from mojika.files.urls import Place, place
from mojika.runtime.parallel import available_cores, ordered_map
from mojika.runtime.progress import track

Check = Callable[[PageSet], Iterable[Fault]]
CODE_POINTS_FILE = "unicode_translation.csv"


def malformed_labels(pages: PageSet) -> Iterator[Fault]:
    """Wrong field counts, code points, numbers and sizes, and ids that occur in two rows."""
    yield from pages.label_faults


def no_characters(pages: PageSet) -> Iterator[Fault]:
    """A label file from which nothing could be learnt: all its pages are empty."""
    if pages.labels_file and not pages.label_faults and not any(page.labels for page in pages.pages):
        yield Fault(pages.labels_name, None, "expected labelled characters, found none")


def missing_images(pages: PageSet) -> Iterator[Fault]:
    """Rows whose image is not in the folder."""
    near = NearIds(pages.files)
    for page in pages.pages:
        if page.image_id not in pages.files:
            reason = f"{page.image_id}: no image in {pages.folder.name}{near.hint(page.image_id)}"
            yield Fault(pages.labels_name, page.row, reason)


def unlabelled_images(pages: PageSet) -> Iterator[Fault]:
    """Images without a row; a page without characters needs one, too."""
    if pages.labels_file:
        labelled = {page.image_id for page in pages.pages}
        for image_id, path in pages.files.items():
            if image_id not in labelled:
                yield Fault(page_name(path), None, f"no row in {pages.labels_file.name}")


def passed_over(pages: PageSet) -> Iterator[Fault]:
    """Files and folders that may hold pages and are not read, and further pages of a TIFF."""
    yield from pages.found.passed_over


def unreadable_images(pages: PageSet) -> Iterator[Fault]:
    """Empty, truncated and corrupt images, and those that are too large; every image is decoded."""
    paths = list(pages.files.values())
    found = ordered_map(_pixel_fault, paths, available_cores())
    yield from filter(None, track(found, total=len(paths), description=f"reading {pages.folder.name}"))


def boxes_beside_page(pages: PageSet) -> Iterator[Fault]:
    """Boxes that have no pixel in common with their page."""
    for page, clipped in _clipped(pages):
        for index in np.flatnonzero(~have_area(clipped)):
            yield Fault(pages.labels_name, page.row, f"{_box(page, index)} lies outside the page")


def boxes_beyond_page(pages: PageSet) -> Iterator[Fault]:
    """Boxes of which a part lies outside their page; packing cuts it off."""
    for page, clipped in _clipped(pages):
        overhang = np.abs(clipped - page.boxes).max(axis=1, initial=0)
        for index in np.flatnonzero((overhang > 0) & have_area(clipped)):
            reason = f"{_box(page, index)} reaches {overhang[index]:g} px beyond the page"
            yield Fault(pages.labels_name, page.row, reason)


def repeated_boxes(pages: PageSet) -> Iterator[Fault]:
    """Boxes that are on their page twice, to the last digit; a reader can find only one of them."""
    for page in pages.pages:
        first: dict[tuple[float, ...], int] = {}
        for index, box in enumerate(map(tuple, page.boxes.tolist())):
            same = first.setdefault(box, index)
            if same != index:
                also = "" if page.labels[same] == page.labels[index] else f", as {page.labels[same]}"
                yield Fault(pages.labels_name, page.row, f"{_box(page, index)} is there twice{also}")


def unknown_code_points(pages: PageSet) -> Iterator[Fault]:
    """Labels that the competition's `unicode_translation.csv`, where it is there, does not list."""
    listed = pages.folder.parent / CODE_POINTS_FILE
    if not (isinstance(listed, Path) and listed.is_file()):
        return
    try:
        known = {row[0] for row in csv_rows(listed) if row}
    except UserError as error:
        yield Fault.of_file(listed, error)
        return
    for page in pages.pages:
        for index, label in enumerate(page.labels):
            if label not in known:
                yield Fault(pages.labels_name, page.row, f"{_box(page, index)} is not in {CODE_POINTS_FILE}")


CHECKS: tuple[Check, ...] = (
    malformed_labels,
    no_characters,
    missing_images,
    unlabelled_images,
    passed_over,
    boxes_beside_page,
    boxes_beyond_page,
    repeated_boxes,
    unknown_code_points,
    unreadable_images,
)


def check_folder(where: Place | str, checks: Iterable[Check] = CHECKS) -> list[Fault]:
    """All faults of a folder in the layout of Kaggle's kuzushiji-recognition or bengaliai-cv19, sorted by file and row.

    Looks for `train.csv` with `train_images` and for `test_images`, or for a class map or shards of graphemes. A folder
    in a bucket is fetched. Raises `UserError` where none of them is there.
    """
    folder = fetched_folder(place(where))
    if has_graphemes(folder):
        return sorted(check_graphemes(folder), key=_place)
    labels_file, train, test = folder / "train.csv", folder / "train_images", folder / "test_images"
    if not any(path.exists() for path in (labels_file, train, test)):
        raise UserError(
            f"{where}: expected train.csv with train_images, test_images, or class_map.csv with Parquet shards; "
            "found none of them"
        )
    wanted: list[tuple[Path, Path | None]] = [(train, labels_file)] if labels_file.exists() or train.exists() else []
    wanted += [(test, None)] if test.exists() else []
    faults = []
    for images, labels in wanted:
        try:
            pages = PageSet.read(images, labels)
        except LabelError as error:
            faults.append(Fault.of_file(labels_file, error))
        except UserError as error:
            faults.append(Fault.of_file(images, error))
        else:
            faults += [fault for check in checks for fault in check(pages)]
    return sorted(faults, key=_place)


def _place(fault: Fault) -> tuple[str, int]:
    return fault.file, fault.row or 0


def _pixel_fault(path: Path) -> Fault | None:
    page = page_or_fault(path)
    return page if isinstance(page, Fault) else None


def _clipped(pages: PageSet) -> Iterator[tuple[PageLabels, np.ndarray]]:
    for page in pages.pages:
        if page.image_id in pages.sizes:
            yield page, clip_boxes(page.boxes, *pages.sizes[page.image_id])


def _box(page: PageLabels, index: np.integer | int) -> str:
    x, y = page.boxes[index, :2]
    return f"{page.image_id}: {page.labels[index]} at {x:g} {y:g}"
