"""Labelled pages, divided into those that a detector learns from and those that it is validated on."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from mojika.boxes.page_boxes import PageBoxes, truth_boxes
from mojika.boxes.scoring import of_pages
from mojika.data.class_list import named
from mojika.data.page_labels import PageLabels, book_of, read_page_labels
from mojika.data.pages import find_pages
from mojika.errors import UserError
from mojika.files.fingerprints import digest, files_digest
from mojika.files.urls import Place, place


@dataclass(frozen=True, eq=False)
class TrainingPages:
    """Labelled pages to train on, `times` as often each, the truth of those to validate on, the file of each by image
    id, a digest of all."""

    train: list[PageLabels]
    times: list[int]
    truth: PageBoxes
    files: dict[str, Path]
    digest: str

    @property
    def valid_files(self) -> dict[str, Path]:
        return {image_id: self.files[image_id] for image_id in self.truth.pages["image_id"]}


def read_training_pages(
    labels: Place | str,
    images: Place | str,
    held_out: Collection[str],
    *,
    by_book: bool,
    repeat_books: Collection[str] = (),
    repeats: int = 2,
) -> TrainingPages:
    """The pages that `labels` (CSV) lists, from the folder `images`.

    `held_out` names the pages to validate on, or with `by_book` their books. Pages of `repeat_books` are trained on
    `repeats` times as often as others. Raises `UserError` where one of them is not there, a page has no image, or one
    side would be empty.
    """
    labels, images = place(labels), place(images)
    labelled, files = read_page_labels(labels), find_pages(images)
    wanted = set(held_out)
    name_of = book_of if by_book else str
    unknown = sorted(wanted - {name_of(page.image_id) for page in labelled})
    if unknown:
        known = sorted({name_of(page.image_id) for page in labelled})
        raise UserError(f"{labels}: nothing called {named(unknown)} to hold out; there are {named(known, at_most=30)}")
    held = [page.image_id for page in labelled if name_of(page.image_id) in wanted]
    train = [page for page in labelled if name_of(page.image_id) not in wanted]
    if not train:
        raise UserError(f"{labels}: holding out {named(sorted(wanted))} leaves no page to train on")
    absent = sorted(set(repeat_books) - {book_of(page.image_id) for page in train})
    if absent:
        raise UserError(f"{labels}: no page of {named(absent)} to repeat among those to train on")
    missing = [page.image_id for page in labelled if page.image_id not in files]
    if missing:
        raise UserError(f"{images}: no image of {named(missing)}")
    if not any(len(page.labels) for page in labelled if page.image_id in set(held)):
        raise UserError(f"{labels}: no character on the pages that are held out")
    files = {page.image_id: files[page.image_id] for page in labelled}
    truth = truth_boxes(labels, images)
    contents = digest({"truth": truth.fingerprint, "held": held, "pages": files_digest(files.values())})
    times = [repeats if book_of(page.image_id) in repeat_books else 1 for page in train]
    return TrainingPages(train, times, of_pages(truth, held), files, contents)
