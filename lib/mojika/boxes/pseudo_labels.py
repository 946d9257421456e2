"""Pseudo-labels: characters of unlabelled pages that a model is sure of, to be cut into a pack and trained on.

Lee, "Pseudo-Label: the simple and efficient semi-supervised learning method for deep neural networks", ICML 2013
workshop on challenges in representation learning.
"""

from pathlib import Path

import numpy as np

from mojika.boxes.boxed_pages import BoxedPage, boxed_pages, refuse_named
from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import ClassList
from mojika.data.pack_pages import PagePacking
from mojika.data.page_labels import PageLabels
from mojika.data.pages import header_fault
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.runtime.parallel import available_cores, ordered_map

PADDING = 0.05  # of the mean of a box's width and height


def plan_pseudo_pages(
    read: PageBoxes,
    images: Path,
    *,
    classes_file: Path,
    min_prob: float,
    size: int,
    channels: int,
    skip_bad: bool = False,
) -> PagePacking:
    """What `pack_pages` makes a pack with `source` "pseudo" of: the boxes whose `prob` is at least `min_prob`.

    Crops have an even margin of 5 % of the box's mean side. The pack's classes are those of `classes_file`. Raises
    `UserError` where the boxes were not read, none is probable enough, or one has a label without a class; also where
    pages are missing, unreadable or of another size than their boxes were made on, or boxes lie beside their page,
    unless `skip_bad` leaves these out.
    """
    if "prob" not in read.boxes:
        raise UserError("expected boxes with labels, as `mojika classify` writes them, found boxes that were not read")
    classes = ClassList.read(classes_file)
    probabilities = read.boxes["prob"].to_numpy()
    sure = read.with_boxes(read.boxes[probabilities >= np.float32(min_prob)])
    if not len(sure):
        highest = f"the highest is {probabilities.max():.6f}" if len(read) else "there is no box at all"
        raise UserError(f"none of {len(read):,} boxes has a probability of at least {min_prob:g}: {highest}")
    classes.indices(sure.boxes["label"])
    pages, faults = _readable_pages(*boxed_pages(sure, images))
    if not skip_bad:
        refuse_named(faults)
    if not pages:
        raise UserError(f"{images}: none of the pages with boxes can be read; the first fault: {faults[0]}")
    labels = sure.boxes["label"].to_numpy(object)
    return PagePacking(
        [PageLabels(page.file.stem, tuple(labels[page.rows]), page.boxes) for page in pages],
        {page.file.stem: page.file for page in pages},
        images,
        classes,
        faults,
        size,
        channels,
        PADDING,
        skip_bad,
        evenly=True,
        source="pseudo",
        kind={"source": "pseudo", "min_prob": min_prob},
    )


def _readable_pages(pages: list[BoxedPage], faults: list[Fault]) -> tuple[list[BoxedPage], list[Fault]]:
    """The pages whose header can be read and has the size for which their boxes were made, and all faults."""
    found = list(ordered_map(_fault_of, pages, available_cores()))
    readable = [page for page, fault in zip(pages, found, strict=True) if fault is None]
    return readable, [*faults, *(fault for fault in found if fault)]


def _fault_of(page: BoxedPage) -> Fault | None:
    return header_fault(page.file, size=page.size)
