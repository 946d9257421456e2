"""From labelled pages straight to a pack: every page is decoded once and all its boxes are cut from it.

A whole page is one box more: it is labelled with its book and cut like any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mojika.data.checks import boxes_beside_page, malformed_labels, missing_images
from mojika.data.class_list import ClassList
from mojika.data.crops import clip_boxes, cut_crops, have_area
from mojika.data.pack_writer import write_pack
from mojika.data.page_labels import PageLabels, book_of
from mojika.data.page_set import PageSet
from mojika.data.pages import page_or_fault
from mojika.data.preprocess_pages import preprocessing_of
from mojika.errors import UserError
from mojika.files.faults import Fault, FaultLog, refuse, write_faults
from mojika.files.fingerprints import digest, files_digest
from mojika.files.urls import Place
from mojika.runtime.parallel import ordered_map
from mojika.runtime.progress import track

HEAD = "label"


@dataclass(frozen=True, eq=False)
class PagePacking:
    """What is to be cut, and how; `faults` is what had to be left out, empty unless bad data are skipped.

    Crops have a margin of `padding` as `enlarge_boxes` means it, `evenly` or not. `source` says where labels come from:
    "train" (people) or "pseudo" (a model). `kind` has further values that the fingerprint covers.
    """

    pages: list[PageLabels]
    files: dict[str, Path]
    folder: Place
    classes: ClassList
    faults: list[Fault]
    size: int
    channels: int
    padding: float
    skip_bad: bool
    evenly: bool = False
    source: str = "train"
    kind: dict[str, Any] = field(default_factory=dict)

    @property
    def crop_count(self) -> int:
        return sum(len(page.labels) for page in self.pages)

    @property
    def preprocessing(self) -> dict[str, Any]:
        """What the pages went through, where all went through the same."""
        steps = preprocessing_of(self.files.values())
        return {} if steps is None else {"page_preprocessing": steps}

    def made_from(self) -> dict[str, Any]:
        """All that decides the pack's content, for its fingerprint."""
        return {
            "stage": "pack",
            **self.kind,
            "scale_size": self.size,
            "channels": self.channels,
            "padding": self.padding,
            "skip_bad": self.skip_bad,
            "labels": digest([[page.image_id, page.labels, page.boxes.tolist()] for page in self.pages]),
            "pages": files_digest(self.files[page.image_id] for page in self.pages),
            "classes": self.classes.digest,
        }


def plan_pages(
    labels_file: Place,
    images_folder: Place,
    *,
    classes_file: Place | None = None,
    size: int,
    channels: int,
    padding: float = 0.05,
    skip_bad: bool = False,
    whole_pages: bool = False,
) -> PagePacking:
    """Read and check labels and image headers, without decoding an image.

    The class list is that of `classes_file`, or all labels by code point. With `whole_pages` every page, also one
    without characters, is one box, whose label is its book. Raises `UserError` on malformed labels, missing images,
    boxes outside their page and labels missing from the class list, unless `skip_bad` leaves them out.
    """
    page_set = PageSet.read(images_folder, labels_file)
    page_set.found.tell()
    if whole_pages:
        page_set = replace(page_set, pages=[_whole_page(page, page_set) for page in page_set.pages])
    faults = [*malformed_labels(page_set), *missing_images(page_set), *boxes_beside_page(page_set)]
    given = ClassList.read(classes_file) if classes_file else None
    if given and classes_file:
        faults += _labels_without_class(page_set, given, classes_file)
    if not skip_bad:
        refuse(faults, labels_file.parent)
    pages = [_keep(page, page_set, given) for page in page_set.pages if page.image_id in page_set.files]
    found = ClassList.from_labels(label for page in pages for label in page.labels)
    kind = {"whole_pages": True} if whole_pages else {}
    packing = PagePacking(
        pages, page_set.files, images_folder, given or found, faults, size, channels, padding, skip_bad, kind=kind
    )
    if not packing.crop_count:
        wanted = "pages" if whole_pages else "labelled characters"
        raise UserError(f"{labels_file}: expected {wanted}, found none whose image is in {images_folder}")
    return packing


def pack_pages(packing: PagePacking, out: Path, workers: int) -> dict[str, int]:
    """Write the pack; rows follow the pages' order and, within a page, the labels' order.

    Returns the numbers `crops`, `pages`, `books`, `classes`, `clipped` (boxes cut off at the page's edge) and
    `skipped` (faults; listed in `skipped.csv` within the pack). Raises `UserError` at an unreadable image, unless bad
    data are skipped.
    """
    log = FaultLog(packing.skip_bad, partial(refuse, folder=packing.folder.parent), list(packing.faults))
    tables, clipped = [], 0
    labelled = [page for page in packing.pages if page.labels]
    lots = ordered_map(lambda page: _cut_page(packing, page), labelled, workers)
    size = (packing.size, packing.size)
    with write_pack(out, size=size, channels=packing.channels, expected_count=packing.crop_count) as writer:
        for page, lot in zip(labelled, track(lots, total=len(labelled), description="cutting"), strict=True):
            if isinstance(lot, Fault):
                log.add(lot)
                continue
            crops, boxes = lot
            writer.append(crops)
            tables.append(_samples(page, boxes, packing.source))
            clipped += int((boxes != page.boxes).any(axis=1).sum())
        if not tables:
            raise UserError(f"{packing.folder}: none of the labelled pages can be read; see `mojika check`")
        samples = pd.concat(tables, ignore_index=True)
        if log.faults:
            write_faults(writer.folder / "skipped.csv", log.faults)
        report = {
            "crops": len(samples),
            "pages": len(tables),
            "books": samples["group"].nunique(),
            "classes": len(packing.classes),
            "clipped": clipped,
            "skipped": len(log.faults),
        }
        classes = {HEAD: packing.classes.recounted(samples[HEAD])}
        writer.finish(samples, classes, packing.made_from(), report, packing.preprocessing)
    return report


def _cut_page(packing: PagePacking, page: PageLabels) -> tuple[np.ndarray, np.ndarray] | Fault:
    image = page_or_fault(packing.files[page.image_id], packing.channels)
    if isinstance(image, Fault):
        return image
    boxes = clip_boxes(page.boxes, image.shape[1], image.shape[0])
    return cut_crops(image, boxes, packing.size, packing.padding, evenly=packing.evenly), boxes


def _samples(page: PageLabels, boxes: np.ndarray, source: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            HEAD: pd.array(page.labels, dtype="str"),
            "image_id": page.image_id,
            **{name: boxes[:, column] for column, name in enumerate(("x1", "y1", "x2", "y2"))},
            "group": book_of(page.image_id),
            "source": source,
            "weight": np.float32(1),
        }
    )


def _whole_page(page: PageLabels, page_set: PageSet) -> PageLabels:
    """The page as the only box on itself. If its size cannot be read, cutting it will report the reason."""
    width, height = page_set.sizes.get(page.image_id, (1, 1))
    return replace(page, labels=(book_of(page.image_id),), boxes=np.array([[0, 0, width, height]], np.float32))


def _labels_without_class(page_set: PageSet, classes: ClassList, classes_file: Place) -> Iterator[Fault]:
    known = set(classes.labels)
    for page in page_set.pages:
        for label in page.labels:
            if label not in known:
                reason = f"{page.image_id}: {label} is not in {classes_file.name}"
                yield Fault(page_set.labels_name, page.row, reason)


def _keep(page: PageLabels, page_set: PageSet, classes: ClassList | None) -> PageLabels:
    """The page with only those boxes that overlap it and whose label has a class."""
    kept = np.ones(len(page.labels), bool)
    if page.image_id in page_set.sizes:
        kept &= have_area(clip_boxes(page.boxes, *page_set.sizes[page.image_id]))
    if classes:
        known = set(classes.labels)
        kept &= np.array([label in known for label in page.labels], bool)
    labels = tuple(label for label, keep in zip(page.labels, kept, strict=True) if keep)
    return replace(page, labels=labels, boxes=page.boxes[kept])
