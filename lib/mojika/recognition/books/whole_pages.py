"""What a classifier says of whole pages, straight from their image files; unlabelled pages are read once only."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mojika.boxes.boxed_pages import refuse_named
from mojika.data.centre_view import centre_views
from mojika.data.crops import in_colours, resize
from mojika.data.images import read_image
from mojika.data.pages import page_name
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.runtime.parallel import ordered_map
from mojika.runtime.prefetch import prefetch
from mojika.sizes import Size, height_width
from mojika.training.model_file import ReadingModel


def read_whole_page(path: Path, size: Size, channels: int, *, exchanged: bool = False) -> np.ndarray:
    """A page as packs of whole pages hold it, `(h, w, channels) uint8`; raises `UserError` as `read_image`.

    With `exchanged` colour that becomes gray has its red and blue exchanged first.
    """
    exchanged = exchanged and channels == 1
    page = in_colours(read_image(path, 3 if exchanged else channels), channels, exchanged=exchanged)
    return resize(page, size).reshape(*height_width(size), channels)


@torch.inference_mode()
def score_pages(
    model: ReadingModel,
    paths: Sequence[Path],
    *,
    batch_size: int,
    workers: int,
    leave_out: Callable[[Path, Fault], None] = lambda path, fault: refuse_named([fault], "pages"),
) -> Iterator[Tensor]:
    """Logits `(classes,) float32` of each page, centre-cropped, by the first head, in the order of `paths`, on the CPU.

    `workers` threads decode some pages ahead of the network, and memory does not grow with the number of pages. A page
    that cannot be read is none of them, and `leave_out` is told, which by default raises `UserError`.
    """
    spec = model.spec

    def read(path: Path) -> np.ndarray | Fault:
        try:
            return read_whole_page(path, spec.scale_size, spec.channels, exchanged=spec.channels_exchanged)
        except UserError as error:
            return Fault.of_file(path, error, page_name(path))

    def readable() -> Iterator[np.ndarray]:
        for path, page in zip(paths, ordered_map(read, paths, workers), strict=True):
            if isinstance(page, Fault):
                leave_out(path, page)
            else:
                yield page

    with closing(prefetch(_stacked(readable(), batch_size))) as batches:
        for batch in batches:
            yield from model.logits(centre_views(batch, spec))[0].cpu()


def _stacked(pages: Iterator[np.ndarray], batch_size: int) -> Iterator[np.ndarray]:
    while batch := list(islice(pages, batch_size)):
        yield np.stack(batch)
