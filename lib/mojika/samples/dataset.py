"""Writing a sample in the layout of Kaggle's kuzushiji-recognition, page by page, on several cores, resumably.

`OUT/unfinished/` holds the labels of each page that is done.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from mojika.data.code_points import label_of
from mojika.data.page_labels import HEADER, PageLabels, format_labels, format_page_labels, parse_labels
from mojika.files.atomic import atomic_text, atomic_write
from mojika.files.text_table import csv_text
from mojika.runtime.processes import done_by_workers
from mojika.runtime.progress import track
from mojika.samples.folder import SampleFolder
from mojika.samples.page import Page
from mojika.samples.typesetting import LabelledBox

_JPEG_QUALITY = 92
_PLACEHOLDER = "U+003F 1 1 U+FF2F 2 2"  # what the competition's sample submission predicts for every page
_OWN_FOLDERS = ("train_images", "test_images", "hidden")
_OWN_FILES = ("train.csv", "sample_submission.csv", "unicode_translation.csv")


class PagePlan(Protocol):
    """A page to be drawn, in whichever style; it is sent to the process that draws it."""

    @property
    def image_id(self) -> str: ...

    @property
    def test(self) -> bool: ...

    @property
    def book_id(self) -> str: ...

    @property
    def file(self) -> str: ...

    def draw(self, scale: float) -> Page: ...


class SamplePlan(Protocol):
    """`vocabulary`: the characters that may occur."""

    @property
    def pages(self) -> Sequence[PagePlan]: ...

    @property
    def vocabulary(self) -> list[str]: ...


def kuzushiji_folder(out: Path) -> SampleFolder:
    return SampleFolder(out, "kuzushiji", _OWN_FILES, _OWN_FOLDERS)


def write_sample(plan: SamplePlan, scale: float, parameters: dict[str, Any], out: Path, workers: int) -> dict[str, Any]:
    """Draw what is missing of `plan` and write the tables; returns the report that `sample.json` holds.

    The files do not depend on `workers`.
    """
    folder = kuzushiji_folder(out)
    folder.begin(parameters)
    missing = [page for page in plan.pages if not _labels_file(out, page).exists() or not (out / page.file).exists()]
    drawn = done_by_workers(partial(_draw_page, out, scale), missing, workers)
    for _ in track(drawn, total=len(missing), description="drawing"):
        pass
    labels = {page.image_id: _labels_file(out, page).read_text(encoding="utf-8") for page in plan.pages}
    _write_tables(plan, labels, out)
    report = _report(plan, labels)
    images = {page.file: page.book_id for page in plan.pages}
    folder.finish(parameters, report, images)
    return report


def _draw_page(out: Path, scale: float, page: PagePlan) -> None:
    drawn = page.draw(scale)
    encoded = cv2.imencode(".jpg", drawn.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]
    with atomic_write(out / page.file) as file:
        file.write(encoded.tobytes())
    atomic_text(_labels_file(out, page), _format_boxes(drawn.boxes))


def _labels_file(out: Path, page: PagePlan) -> Path:
    return out / "unfinished" / f"{page.image_id}.txt"


def _format_boxes(boxes: list[LabelledBox]) -> str:
    corners = np.array([(box.x, box.y, box.x + box.width, box.y + box.height) for box in boxes], np.float64)
    return format_labels([label_of(box.label) for box in boxes], corners)


def _write_tables(plan: SamplePlan, labels: dict[str, str], out: Path) -> None:
    train = [page.image_id for page in plan.pages if not page.test]
    test = [page.image_id for page in plan.pages if page.test]
    for ids, file in ((train, "train.csv"), (test, "hidden/test.csv")):
        pages = [PageLabels(image_id, *parse_labels(labels[image_id])) for image_id in sorted(ids)]
        atomic_text(out / file, format_page_labels(pages))
    (out / "test_images").mkdir(exist_ok=True)
    atomic_text(out / "sample_submission.csv", csv_text(HEADER, ((name, _PLACEHOLDER) for name in test)))
    characters = ((label_of(character), character) for character in sorted(plan.vocabulary))
    atomic_text(out / "unicode_translation.csv", csv_text(("Unicode", "char"), characters))


def _report(plan: SamplePlan, labels: dict[str, str]) -> dict[str, Any]:
    train = [page for page in plan.pages if not page.test]
    counts = Counter(label for page in train for label in labels[page.image_id].split()[::5])
    return {
        "pages": len(train),
        "books": len({page.book_id for page in train}),
        "empty_pages": sum(not labels[page.image_id] for page in train),
        "characters": counts.total(),
        "classes": len(counts),
        "classes_with_one_sample": sum(count == 1 for count in counts.values()),
        "test_pages": len(plan.pages) - len(train),
    }
