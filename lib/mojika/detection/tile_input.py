"""Batches of page tiles: pages are decoded once and kept small, tiles are cut and recoloured ahead in a thread.

Which page, where on it and in which colours depends on (seed, epoch, step) alone, so a run can resume at any step, and
however many processes share a batch, it is the same.
"""

import threading
from collections import OrderedDict
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.image import ImageAugmentation
from mojika.augmentation.opencv_backend import augment_opencv
from mojika.augmentation.parameters import Parameters, draw_parameters
from mojika.augmentation.tensor_backend import augment_tensor
from mojika.data.images import read_image
from mojika.data.page_labels import PageLabels
from mojika.detection.page_search import scale_page
from mojika.detection.page_tiles import draw_tile
from mojika.runtime.prefetch import prefetch
from mojika.runtime.seeds import Purpose, step_generator
from mojika.sizes import height_width

_SEEDS = 2**62


@dataclass(frozen=True, eq=False)
class TileBatch:
    """Images `(N, 3, S, S) float32`, normalised, and the boxes `(M_i, 4) float32` of each, in its pixels.

    `total` is the number of tiles of the whole batch, of which N are this process's own.
    """

    images: Tensor
    boxes: list[Tensor]
    total: int


class TileInput:
    """Tiles of labelled pages, also of those without characters.

    Every page comes equally often, or as often as `times` says. `files` has the image of each page by its id. A batch
    has `tiles_per_page` tiles of as many pages as it takes. `short_sides` are the smallest and the largest scale of a
    page, in pixels of its short side. Process `rank` of `processes` takes one stretch of every batch's tiles, so that
    few pages are decoded by two.
    """

    def __init__(
        self,
        pages: Sequence[PageLabels],
        files: dict[str, Path],
        augmentation: ImageAugmentation,
        device: torch.device,
        *,
        times: Sequence[int] | None = None,
        short_sides: tuple[float, float],
        batch_size: int,
        tiles_per_page: int,
        seed: int,
        workers: int,
        cache_bytes: int,
        rank: int = 0,
        processes: int = 1,
    ):
        self.pages, self.augmentation, self.device, self.seed = pages, augmentation, device, seed
        self.short_sides, self.batch_size, self.tiles_per_page = short_sides, batch_size, tiles_per_page
        self._drawn = np.repeat(np.arange(len(pages)), 1 if times is None else times)
        self._own = slice(batch_size * rank // processes, batch_size * (rank + 1) // processes)
        self._side, _ = height_width(augmentation.input_size)
        self.bytes_per_image = self._side**2 * 3
        self._cache = PageCache(pages, files, max(short_sides), cache_bytes)
        self._pool = ThreadPoolExecutor(workers, "tiles")

    def train_batches(self, epoch: int, steps: int, first_step: int = 0) -> Generator[TileBatch, None, None]:
        """This process's part of the batches of an epoch of `steps` from `first_step` on; raises `UserError` at a page
        that is not readable.

        Host work (decoding, cutting; on a CPU recolouring too) happens ahead in a thread.
        """
        drawn = (self._draw(epoch, steps, step) for step in range(first_step, steps))
        if self.device.type == "cpu":
            return prefetch(
                self._batch(
                    augment_opencv(tiles, np.arange(len(tiles)), colours, self.augmentation, pool=self._pool), boxes
                )
                for tiles, boxes, colours in drawn
            )
        return (self._finish_on_gpu(*parts) for parts in prefetch(_pinned(*parts) for parts in drawn))

    def pages_of_step(self, epoch: int, steps: int, step: int) -> np.ndarray:
        """The page of each tile of the whole batch, `(batch_size,) int64`: all in one random order, then in another."""
        per_batch = -(-self.batch_size // self.tiles_per_page)
        first = (epoch * steps + step) * per_batch
        places = [divmod(place, len(self._drawn)) for place in range(first, first + per_batch)]
        orders = {time: self._order(time) for time in {time for time, _ in places}}
        return np.repeat([orders[time][place] for time, place in places], self.tiles_per_page)[: self.batch_size]

    def _order(self, time: int) -> np.ndarray:
        generator = step_generator(self.seed, time, 0, 0, Purpose.PAGES)
        return self._drawn[torch.randperm(len(self._drawn), generator=generator).numpy()]

    def _draw(self, epoch: int, steps: int, step: int) -> tuple[np.ndarray, list[Tensor], Parameters]:
        generator = step_generator(self.seed, epoch, step, 0, Purpose.INPUT)
        seeds = torch.randint(_SEEDS, (self.batch_size,), generator=generator).tolist()
        pages = self.pages_of_step(epoch, steps, step).tolist()
        tiles = list(self._pool.map(self._tile, pages[self._own], seeds[self._own]))
        size = self.augmentation.input_size
        colours = draw_parameters(self.augmentation, self.batch_size, size, 3, generator).of(self._own)
        return np.stack([tile for tile, _ in tiles]), [torch.from_numpy(boxes) for _, boxes in tiles], colours

    def _tile(self, number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        page, boxes = self._cache[number]
        generator = torch.Generator().manual_seed(seed)
        return draw_tile(page, boxes, size=self._side, scale_range=self.short_sides, generator=generator)

    def _finish_on_gpu(self, tiles: Tensor, boxes: list[Tensor], colours: Parameters) -> TileBatch:
        images = augment_tensor(tiles.to(self.device, non_blocking=True), colours, self.augmentation)
        return self._batch(images, [lot.to(self.device, non_blocking=True) for lot in boxes])

    def _batch(self, images: Tensor, boxes: list[Tensor]) -> TileBatch:
        return TileBatch(images, boxes, self.batch_size)


class PageCache:
    """Pages by number as `(H, W, 3) uint8` with their boxes `(M, 4)`; those used last are kept, up to `limit` bytes.

    A page with a short side above `short_side` pixels is kept at that size. What comes out does not depend on the
    limit. Several threads may ask at once.
    """

    def __init__(self, pages: Sequence[PageLabels], files: dict[str, Path], short_side: float, limit: int):
        self._pages, self._files, self._short_side, self._limit = pages, files, short_side, limit
        self._kept: OrderedDict[int, tuple[np.ndarray, np.ndarray]] = OrderedDict()
        self._bytes, self._lock = 0, threading.Lock()

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        with self._lock:
            if number in self._kept:
                self._kept.move_to_end(number)
                return self._kept[number]
        made = self._read(number)
        with self._lock:
            if number not in self._kept:
                self._kept[number] = made
                self._bytes += made[0].nbytes
            while self._bytes > self._limit:
                _, (page, _) = self._kept.popitem(last=False)
                self._bytes -= page.nbytes
        return made

    def _read(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        labels = self._pages[number]
        page = read_image(self._files[labels.image_id], 3)
        if min(page.shape[:2]) <= self._short_side:
            return page, labels.boxes
        page, factors = scale_page(page, self._short_side)
        return page, labels.boxes * factors


def _pinned(tiles: np.ndarray, boxes: list[Tensor], colours: Parameters) -> tuple[Tensor, list[Tensor], Parameters]:
    return torch.from_numpy(tiles).pin_memory(), boxes, colours
