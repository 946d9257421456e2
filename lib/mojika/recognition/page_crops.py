"""Crops of the boxes of many pages, in batches: each page is read once, ahead of whoever takes the batches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mojika.boxes.boxed_pages import BoxedPage
from mojika.data.pages import page_or_fault
from mojika.data.prepared_pages import PreparedPages
from mojika.files.faults import Fault
from mojika.recognition.box_crops import PADDING, CropFormat, crop_rectangles, cut_page
from mojika.runtime.parallel import ordered_map


@dataclass(frozen=True, eq=False)
class CropBatch:
    """Crops `(N, C, S, S) uint8` in every format, of the boxes `rows (N,) int64`."""

    rows: np.ndarray
    crops: dict[CropFormat, Tensor]


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
    missing = {form: _missing_steps(page, form) for form in formats}
    in_colour = any(form.exchanged or missing[form] for form in formats)
    image = page_or_fault(page.file, 3 if in_colour else max(form.channels for form in formats), size=page.size)
    if isinstance(image, Fault):
        return image
    rectangles, prepared = crop_rectangles(page.boxes, *page.size, padding), PreparedPages()
    crops: dict[CropFormat, np.ndarray] = {}
    for steps in sorted(set(missing.values())):
        crops |= cut_page(
            prepared.around(image, steps, rectangles), rectangles, [form for form in formats if missing[form] == steps]
        )
    return crops


def _missing_steps(page: BoxedPage, form: CropFormat) -> tuple[str, ...]:
    return () if page.went_through is None else form.page_steps[len(page.went_through) :]


def _empty_batch(batch_size: int, formats: Sequence[CropFormat], pinned: bool) -> CropBatch:
    crops = {
        form: torch.empty((batch_size, form.size, form.size, form.channels), dtype=torch.uint8, pin_memory=pinned)
        for form in formats
    }
    return CropBatch(np.empty(batch_size, np.int64), crops)


def _channels_first(batch: CropBatch, count: int) -> CropBatch:
    return CropBatch(batch.rows[:count], {form: lot[:count].permute(0, 3, 1, 2) for form, lot in batch.crops.items()})
