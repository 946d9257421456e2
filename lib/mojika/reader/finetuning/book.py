"""Labelled pages of a book: a competition's label file, or the JSON of pages that a person has corrected."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mojika.data.code_points import character_of, label_named
from mojika.data.crops import clip_boxes, have_area
from mojika.data.images import read_image_size
from mojika.data.page_labels import PageLabels, read_page_labels
from mojika.data.pages import find_pages
from mojika.data.preprocess_pages import preprocessing_of
from mojika.errors import ParameterError, UserError
from mojika.files.fingerprints import digest, files_digest
from mojika.formats.page_files import find_page_files
from mojika.formats.page_json_reading import read_page_json
from mojika.reading.furigana import size_beside


@dataclass(frozen=True, eq=False)
class Book:
    """`pages` with their labels, `files` by image id; `unlabelled` images are those that nothing is said of."""

    folder: Path
    pages: list[PageLabels]
    files: dict[str, Path]
    unlabelled: tuple[str, ...]

    @property
    def characters(self) -> int:
        return sum(len(page.labels) for page in self.pages)

    @property
    def smallest_beside(self) -> float:
        """The smallest of what `size_beside` says of the labelled characters."""
        return min(float(size_beside(page.boxes).min(initial=np.inf)) for page in self.pages)

    @property
    def digest(self) -> str:
        """Of labels and images."""
        labels = [[page.image_id, page.labels, page.boxes.tolist()] for page in self.pages]
        return digest([labels, files_digest(self.files.values())])

    def labelled_as(self, known: tuple[str, ...]) -> "Book":
        """The same with the labels of the classes `known`, where these call a character differently (か, U+304B)."""
        own = {label_named(label): label for label in known}
        named = [tuple(own.get(label_named(label), label) for label in page.labels) for page in self.pages]
        pages = [replace(page, labels=labels) for page, labels in zip(self.pages, named, strict=True)]
        return replace(self, pages=pages)


def read_book(folder: Path, labels: Path | None = None) -> Book:
    """The labelled ones of the page images in `folder`.

    `labels` is a label file (`image_id,labels`), or JSON of pages or a folder with some; by default the JSON that lies
    beside the images. Rows of other pages are passed over. Raises `UserError` where nothing is labelled, or what is
    there is faulty.
    """
    files = find_pages(folder)
    if not files:
        raise ParameterError(
            f"{folder}: expected page images, found none; JSON of pages that is elsewhere: {{labels}} DIR"
        )
    if preprocessing_of(files.values()) != []:
        raise UserError(f"{folder}: these pages went through `mojika preprocess`; expected them as they were scanned")
    if labels and labels.suffix.lower() == ".csv":
        known = [page for page in read_page_labels(labels) if page.image_id in files]
    else:
        known = _of_json(folder, labels, files)
    ids = {page.image_id for page in known}
    used = {image_id: path for image_id, path in files.items() if image_id in ids}
    book = Book(folder, known, used, tuple(image_id for image_id in files if image_id not in ids))
    if not book.characters:
        where = labels or f"{folder}: JSON of pages"
        raise UserError(f"{where}: expected a labelled character on one of the page images in {folder}, found none")
    for page in known:
        beside = ~have_area(clip_boxes(page.boxes, *read_image_size(used[page.image_id])))
        for index in np.flatnonzero(beside):
            x, y = page.boxes[index, :2]
            where = f"{page.image_id}: {page.labels[index]} at {x:g} {y:g}"
            raise UserError(f"{labels or folder}: {where} lies outside the page")
    return book


def _of_json(folder: Path, labels: Path | None, files: dict[str, Path]) -> list[PageLabels]:
    try:
        found = find_page_files([labels or folder])
    except UserError:
        if labels:
            raise
        raise ParameterError(
            f"{folder}: expected JSON of pages beside their images, as `mojika recognize` writes it and a person has "
            "corrected it, found none; or name a label file, {labels} CSV"
        ) from None
    pages: dict[str, PageLabels] = {}
    for file in found:
        page = _labels_in(file, files)
        if page and page.image_id in pages:
            raise UserError(f"{file}: {page.image_id} is labelled twice; remove one of the files")
        if page:
            pages[page.image_id] = page
    return list(pages.values())


def _labels_in(file: Path, files: dict[str, Path]) -> PageLabels | None:
    """Every character that is on the page, furigana too: whoever corrected it has left it there."""
    page = read_page_json(file)
    names = (page.name, page.name.rpartition("/")[2], Path(page.source).stem)
    image_id = next((name for name in names if name in files), None)
    if image_id is None:
        return None
    size = read_image_size(files[image_id])
    if size != (page.width, page.height):
        raise UserError(
            f"{file}: a page of {page.width} x {page.height} pixels, but {files[image_id]} has {size[0]} x {size[1]}"
        )
    characters = [character for column in page.columns for character in column.characters]
    for character in characters:
        if character_of(character.label) is None:
            raise UserError(f"{file}: expected code points like U+304B as labels, found {character.label!r}")
    boxes = np.array([character.box for character in characters], np.float32).reshape(-1, 4)
    return PageLabels(image_id, tuple(character.label for character in characters), boxes)
