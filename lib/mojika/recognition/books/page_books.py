"""Whole pages and the books that a classifier takes them for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import softmax

from mojika.data.centre_view import centre_augmentation
from mojika.data.class_list import ClassList
from mojika.data.input_pipeline import InputPipeline
from mojika.data.pack import Pack
from mojika.data.split_list import read_split_list
from mojika.errors import UserError
from mojika.files.cache import cache_folder
from mojika.files.urls import Place
from mojika.recognition.books.book_distribution import BookShares
from mojika.recognition.books.calibration import Calibration, fit_calibration
from mojika.training.model_file import ReadingModel


@dataclass(frozen=True, eq=False)
class PageBooks:
    """Probabilities `(pages, books)`; the books `names (books,)` have `labelled (books,)` pages in training."""

    image_ids: Sequence[str]
    names: np.ndarray
    labelled: np.ndarray
    probabilities: np.ndarray

    @classmethod
    def of(cls, image_ids: Sequence[str], logits: np.ndarray, books: ClassList) -> "PageBooks":
        """From calibrated logits `(pages, books)`; a book without a page in training is no answer."""
        labelled = np.array(books.counts)
        learnt = labelled > 0
        names = np.array(books.labels, object)[learnt]
        return cls(image_ids, names, labelled[learnt], softmax(logits[:, learnt], axis=1))

    def table(self) -> pd.DataFrame:
        """A row a page: its most probable book and the next, with their probabilities."""
        first, second = np.argsort(-self.probabilities, axis=1, kind="stable")[:, :2].T
        rows = np.arange(len(self.probabilities))
        return pd.DataFrame(
            {
                "image_id": self.image_ids,
                "book": self.names[first],
                "prob": self.probabilities[rows, first].round(6),
                "second_book": self.names[second],
                "second_prob": self.probabilities[rows, second].round(6),
            }
        )

    def by_book(self, shares: BookShares) -> dict[str, dict[str, Any]]:
        """The books by falling share, each with its labelled pages and the three estimates."""
        return {
            self.names[index]: {
                "labelled": int(self.labelled[index]),
                **{method: float(estimate[index]) for method, estimate in asdict(shares).items()},
            }
            for index in np.argsort(-shares.by_likelihood, kind="stable")
        }


def books_of(model: ReadingModel, counts: Place | None = None) -> ClassList:
    """The model's books with the labelled pages of each: as it was trained, or as a pack or class list `counts` says.

    Raises `UserError` if it does not recognise books, `counts` has others, or less than two of them have pages.
    """
    if len(model.classes) != 1 or any(
        label.startswith("U+") for books in model.classes.values() for label in books.labels
    ):
        raise UserError(f"{model.name}: expected a model that recognises books; train it on a pack of whole pages")
    (books,) = model.classes.values()
    if counts:
        counted = _read_class_list(counts)
        books.expect_same(counted, f"{model.name} and {counts} have different books")
        books = counted
    if np.count_nonzero(books.counts) < 2:
        raise UserError(f"{counts or model.name}: expected at least two books with labelled pages")
    return books


def calibrate(model: ReadingModel, books: ClassList, labelled: Place, *, batch_size: int, workers: int) -> Calibration:
    """From the pages of the list `labelled`, without those that were trained on, too.

    Raises `UserError` where the list has other books or no such page.
    """
    split = read_split_list(labelled, model.spec, cache_folder())
    books.expect_same(split.classes[split.heads[0]], f"{model.name} and {labelled} have different books")
    unseen = ~split.shared
    if not unseen.any():
        raise UserError(f"{labelled}: expected pages that were not trained on, found none")
    device = model.precision.device
    pipeline = InputPipeline(split, centre_augmentation(model.spec), device, residency="host", workers=workers)
    logits = np.concatenate([logits[0].cpu().numpy() for logits in model.read(pipeline, batch_size)])
    return fit_calibration(logits[unseen], split.targets[unseen, 0])


def _read_class_list(path: Place) -> ClassList:
    if not path.is_dir() if isinstance(path, Path) else path.name.endswith(".csv"):
        return ClassList.read(path)
    pack = Pack.open(path)
    return pack.classes[pack.heads[0]]
