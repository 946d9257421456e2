"""The pages whose boxes are to be cut out: which file each one is, and what is wrong with the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import named
from mojika.data.crops import clip_boxes, have_area
from mojika.data.near_ids import NearIds
from mojika.data.pages import find_pages
from mojika.errors import ParameterError
from mojika.files.faults import Fault


@dataclass(frozen=True, eq=False)
class BoxedPage:
    """A page to cut: its file, width and height, and its `boxes (N, 4)`, whose rows in the whole table are `rows`.

    `went_through` are steps of `mojika preprocess`; None where the page is shown as it is to whatever model.
    """

    file: Path
    size: tuple[int, int]
    rows: np.ndarray
    boxes: np.ndarray
    went_through: tuple[str, ...] | None = None


def boxed_pages(
    page_boxes: PageBoxes, images: Path, went_through: Mapping[Path, tuple[str, ...]] | None = None
) -> tuple[list[BoxedPage], list[Fault]]:
    """The pages that have an image in the folder `images` and boxes that overlap it, and what is wrong with others.

    `went_through` has steps by the folder in which the file of a page, or the target of a link, lies.
    """
    files, pages, faults = find_pages(images), [], []
    near = NearIds(files)
    sizes = zip(page_boxes.pages["width"].tolist(), page_boxes.pages["height"].tolist(), strict=True)
    for number, (image_id, size) in enumerate(zip(page_boxes.pages["image_id"], sizes, strict=True)):
        rows = np.arange(page_boxes.offsets[number], page_boxes.offsets[number + 1])
        boxes = page_boxes.coordinates[rows]
        if len(rows) and image_id not in files:
            reason = f"no such image, but {len(rows):,} boxes on it{near.hint(image_id)}"
            faults.append(Fault(f"{images.name}/{image_id}", None, reason))
            continue
        on_page = have_area(clip_boxes(boxes, *size))
        for x1, y1, x2, y2 in boxes[~on_page]:
            reason = f"the box {x1:g} {y1:g} {x2:g} {y2:g} lies beside the page of {size[0]} x {size[1]} pixels"
            faults.append(Fault(f"{images.name}/{files[image_id].name}", None, reason))
        if on_page.any():
            file = files[image_id]
            steps = went_through.get(file.resolve().parent) if went_through else None
            pages.append(BoxedPage(file, size, rows[on_page], boxes[on_page], steps))
    return pages, faults


def refuse_named(faults: Sequence[Fault], what: str = "boxes") -> None:
    """Raise a `UserError` that counts the faults and names the first few; do nothing without faults."""
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults):,} faults"
        raise ParameterError(f"{count}: {named(map(str, faults))}; {{skip_bad}} leaves such {what} out")
