"""Pages with boxes in the layout of Kaggle's kuzushiji-recognition: `train.csv` beside `train_images`."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from mojika.data.class_list import ClassList
from mojika.data.code_points import character_of, label_named, label_of
from mojika.data.images import read_image, write_png
from mojika.data.page_labels import FARTHEST, PageLabels, format_page_labels
from mojika.errors import UserError
from mojika.files.atomic import atomic_text
from mojika.files.faults import Fault
from mojika.files.fingerprints import digest
from mojika.imports.found import TEST, TRAIN, Box, Found, FoundPage, first_of
from mojika.runtime.parallel import ordered_map
from mojika.runtime.progress import track

_AS_IT_IS = (".jpg", ".jpeg", ".png", ".tif", ".tiff")  # others become PNGs
_STEPS = 16  # to a pixel: coordinates that are exact as float32 and short as text


@dataclass(frozen=True, eq=False)
class Pages:
    """Pages by their image id; `faults` are what was left out."""

    pages: dict[str, FoundPage]
    faults: list[Fault]

    @classmethod
    def of(cls, found: Found) -> "Pages":
        """Ids are file names without suffix, or where these are not unique the paths, behind `valid_` or `test_`.

        A page whose id another has is a fault.
        """
        faults = list(found.faults)
        pages: dict[str, FoundPage] = {}
        for image_id, page in zip(_image_ids(found.pages), found.pages, strict=True):
            if image_id in pages:
                faults.append(
                    Fault(page.noted_in, None, f"{page.file}: {pages[image_id].file} is called {image_id} too")
                )
            else:
                pages[image_id] = page
        return cls(dict(sorted(pages.items())), faults)

    @property
    def parts(self) -> list[str]:
        return sorted({page.part for page in self.pages.values()})

    @cached_property
    def content(self) -> str:
        """Digest of all that decides what is written."""
        rows = []
        for image_id, page in self.pages.items():
            status = page.file.stat()
            boxes = [[box.label, box.x1, box.y1, box.x2, box.y2] for box in page.boxes]
            rows.append([image_id, page.part, list(page.size or ()), status.st_size, status.st_mtime_ns, boxes])
        return digest(rows)

    def write(self, folder: Path, out: Path, workers: int) -> tuple[dict[str, int], list[Fault]]:
        """Write label files and images into `folder`; images are hard links where the disk allows it, else copies.

        Every image is decoded; the faults returned have those that cannot be, and what is wrong with boxes. A page none
        of whose boxes can be used is left out. Raises `UserError` where no page is left.
        """
        faults = list(self.faults)
        kept: dict[str, list[PageLabels]] = {}
        (folder / f"{TRAIN}_images").mkdir()
        results = ordered_map(partial(_written, folder=folder), self.pages.items(), workers)
        for part, labels, wrong in track(results, total=len(self.pages), description="reading pages", unit="page"):
            faults += wrong
            if labels:
                kept.setdefault(part, []).append(labels)
        if not kept:
            raise UserError(f"found no page that can be used{first_of(faults)}")
        for part, pages in kept.items():
            atomic_text(folder / f"{part}.csv", format_page_labels(pages))
        every = [label for pages in kept.values() for page in pages for label in page.labels]
        classes = ClassList.from_labels(every)
        classes.write(folder / "classes.csv")
        counts = {part: len(pages) for part, pages in kept.items()}
        return {**counts, "characters": len(every), "classes": len(classes)}, faults


def _written(named: tuple[str, FoundPage], folder: Path) -> tuple[str, PageLabels | None, list[Fault]]:
    """The part of the label file that has the page, its labels where they can be used, and the faults."""
    image_id, page = named
    part = TEST if page.part == TEST else TRAIN
    try:
        pixels = read_image(page.file)
        height, width = pixels.shape[:2]
        if page.size and page.size != (width, height):
            found = f"the upright image has {width} x {height}"
            raise UserError(f"{page.file.name}: expected {page.size[0]} x {page.size[1]} pixels, {found}")
    except UserError as error:
        return part, None, [Fault(page.noted_in, None, str(error).replace(str(page.file), page.file.name))]
    labels: list[str] = []
    boxes: list[list[float]] = []
    faults: list[Fault] = []
    for box in page.boxes:
        try:
            label, corners = _character(box.label), _usable(box, width, height)
        except UserError as error:
            faults.append(Fault(page.noted_in, box.row, f"{page.file.name}: {error}"))
        else:
            labels.append(label)
            boxes.append(corners)
    if faults and not labels:
        return part, None, faults
    target = folder / f"{part}_images" / image_id
    target.parent.mkdir(exist_ok=True)
    if page.file.suffix.lower() in _AS_IT_IS:
        _link(page.file.resolve(), target.with_name(image_id + page.file.suffix))
    else:
        write_png(target.with_name(f"{image_id}.png"), read_image(page.file, 3))
    return part, PageLabels(image_id, tuple(labels), np.array(boxes, np.float64).reshape(-1, 4)), faults


def _character(text: str) -> str:
    label = label_named(text)
    label = label_of(label) if len(label) == 1 else label
    if (character_of(label) or " ").isspace():
        raise UserError(f"expected one character or its code point, found {text[:24]!r}")
    return label


def _usable(box: Box, width: int, height: int) -> list[float]:
    """x1, y1, x2, y2 in sixteenths of a pixel; raises `UserError` where the box has no area on the page."""
    corners = np.array([box.x1, box.y1, box.x2, box.y2], np.float64)
    shown = f"{box.label} at {box.x1:g} {box.y1:g} {box.x2:g} {box.y2:g}"
    if not np.isfinite(corners).all() or np.abs(corners).max() > FARTHEST:
        raise UserError(f"{shown}: expected pixels within ±{FARTHEST:,.0f}")
    x1, y1, x2, y2 = (np.rint(corners * _STEPS) / _STEPS).tolist()
    if x2 <= x1 or y2 <= y1:
        raise UserError(f"{shown}: expected a width and a height above 0")
    if x2 <= 0 or y2 <= 0 or x1 >= width or y1 >= height:
        raise UserError(f"{shown}: lies outside the page of {width} x {height}")
    return [x1, y1, x2, y2]


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _image_ids(pages: Sequence[FoundPage]) -> list[str]:
    stems = [page.file.stem for page in pages]
    keys = [(page.part, stem) for page, stem in zip(pages, stems, strict=True)]
    if len(set(keys)) < len(keys):
        common = Path(os.path.commonpath([page.file.parent.absolute() for page in pages]))
        stems = ["_".join(page.file.absolute().relative_to(common).with_suffix("").parts) for page in pages]
    return [stem if page.part == TRAIN else f"{page.part}_{stem}" for page, stem in zip(pages, stems, strict=True)]
