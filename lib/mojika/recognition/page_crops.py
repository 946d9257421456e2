"""Crops of the boxes of many pages, in batches: each page is read once, ahead of whoever takes the batches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mojika.boxes.boxed_pages import BoxedPage
from mojika.data.crops import in_colours, resize
from mojika.data.pages import page_or_fault
from mojika.files.faults import Fault
from mojika.runtime.parallel import ordered_map

PADDING = 0.10


class CropFormat(NamedTuple):
    """How a model wants its crops: 1 channel (gray) or 3 (RGB), the side of the square in pixels, and whether red and
    blue are exchanged before that."""

    channels: int
    size: int
    exchanged: bool = False


@dataclass(frozen=True, eq=False)
class CropBatch:
    """Crops `(N, C, S, S) uint8` in every format, of the boxes `rows (N,) int64`."""

    rows: np.ndarray
    crops: dict[CropFormat, Tensor]


def crop_rectangles(boxes: np.ndarray, width: int, height: int, padding: float = PADDING) -> np.ndarray:
    """The part of a page that is shown to a classifier for each of `boxes (N, 4)`: `(N, 4) int64`, x2 and y2 exclusive.

    As in the 2019 scripts: left, top, width and height are rounded to whole pixels, each by itself, and on every one of
    the four sides the share `padding` of the mean of that width and height is added, rounded too (halves to even); what
    lies beyond the page is cut off. (Training crops of labelled boxes get 5 % of the width left and right and 5 % of
    the height above and below, see `mojika pack`.) A box thinner than a pixel keeps one.
    """
    boxes = np.asarray(boxes, np.float32)
    corner, extent = np.rint(boxes[:, :2]), np.rint(boxes[:, 2:] - boxes[:, :2])
    margin = np.rint(extent.astype(np.float64).mean(axis=1, keepdims=True) * padding)
    page = np.array([width, height])
    first = np.clip(corner - margin, 0, page - 1)
    last = np.clip(corner + extent + margin, first + 1, page)
    return np.concatenate([first, last], axis=1).astype(np.int64)


def cut_page(page: np.ndarray, rectangles: np.ndarray, formats: Sequence[CropFormat]) -> dict[CropFormat, np.ndarray]:
    """Crops `(N, S, S, C) uint8` of a page `(H, W, C) uint8` in every format; `rectangles (N, 4)` lie within the page.

    Each is resized to the square regardless of its aspect ratio, by the antialiased bicubic filter of packs, and an RGB
    page becomes gray (Rec. 601) before that.
    """
    colours = {(form.channels, form.exchanged) for form in formats}
    images = {(channels, exchanged): in_colours(page, channels, exchanged=exchanged) for channels, exchanged in colours}
    crops = {}
    for form in formats:
        crops[form] = np.empty((len(rectangles), form.size, form.size, form.channels), np.uint8)
        for crop, rectangle in zip(crops[form], rectangles.tolist(), strict=True):
            crop[:] = resize(images[form.channels, form.exchanged], form.size, tuple(rectangle)).reshape(crop.shape)
    return crops


def crop_batches(
    pages: Sequence[BoxedPage],
    formats: Sequence[CropFormat],
    *,
    padding: float = PADDING,
    batch_size: int,
    workers: int,
    pinned: bool,
    leave_out: Callable[[Fault], None],
) -> Iterator[CropBatch]:
    """Crops of all pages in order, `batch_size` at a time across the pages' borders; the last batch may be smaller.

    `workers` threads read and cut pages ahead, at most twice as many pages as threads, so memory does not grow with the
    number of pages. `leave_out` is told of a page that cannot be read or has another size than its boxes were made on,
    and may raise; otherwise that page is passed over. `pinned` batches are in page-locked memory, for a GPU.
    """
    cut_pages = ordered_map(lambda page: _read_and_cut(page, formats, padding), pages, workers)
    batch, filled = _empty_batch(batch_size, formats, pinned), 0
    for page, crops in zip(pages, cut_pages, strict=True):
        if isinstance(crops, Fault):
            leave_out(crops)
            continue
        taken = 0
        while taken < len(page.rows):
            count = min(batch_size - filled, len(page.rows) - taken)
            batch.rows[filled : filled + count] = page.rows[taken : taken + count]
            for form, lot in crops.items():
                batch.crops[form][filled : filled + count] = torch.from_numpy(lot[taken : taken + count])
            filled, taken = filled + count, taken + count
            if filled == batch_size:
                yield _channels_first(batch, filled)
                batch, filled = _empty_batch(batch_size, formats, pinned), 0
    if filled:
        yield _channels_first(batch, filled)


def _read_and_cut(
    page: BoxedPage, formats: Sequence[CropFormat], padding: float
) -> dict[CropFormat, np.ndarray] | Fault:
    channels = max(3 if form.exchanged else form.channels for form in formats)
    image = page_or_fault(page.file, channels, size=page.size)
    if isinstance(image, Fault):
        return image
    return cut_page(image, crop_rectangles(page.boxes, *page.size, padding), formats)


def _empty_batch(batch_size: int, formats: Sequence[CropFormat], pinned: bool) -> CropBatch:
    crops = {
        form: torch.empty((batch_size, form.size, form.size, form.channels), dtype=torch.uint8, pin_memory=pinned)
        for form in formats
    }
    return CropBatch(np.empty(batch_size, np.int64), crops)


def _channels_first(batch: CropBatch, count: int) -> CropBatch:
    return CropBatch(batch.rows[:count], {form: lot[:count].permute(0, 3, 1, 2) for form, lot in batch.crops.items()})
