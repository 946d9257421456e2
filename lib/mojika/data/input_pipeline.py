"""From split lists to normalised batches: rows are gathered as uint8 and augmented by the device's fastest backend.

Residency `device` uploads the list's images once and indexes them there; `host` streams them from the memory map,
ahead of the training step, through pinned memory on a GPU. On a CPU the images are warped by OpenCV in `workers`
threads, on a GPU by whole-batch tensor operations; both apply the same parameters.
"""

import math
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.image import ImageAugmentation
from mojika.augmentation.opencv_backend import augment_opencv
from mojika.augmentation.parameters import Parameters, centre_parameters, draw_parameters
from mojika.augmentation.tensor_backend import augment_tensor
from mojika.data import sampler
from mojika.data.split_list import SplitList
from mojika.errors import ParameterError
from mojika.runtime.parallel import available_cores
from mojika.runtime.prefetch import prefetch
from mojika.runtime.seeds import Purpose, step_generator
from mojika.sizes import height_width

_DEVICE_MEMORY_SHARE = 0.5  # of what is free before the model is built: the rest is for activations
_UPLOAD_ROWS = 4096


@dataclass(frozen=True)
class Batch:
    """Images `(N, C, h, w) float32` normalised, targets `(N, heads) int64`, weights `(N,) float32`, shared `(N,)`.

    `unseen (N,) bool` is there where the list has it. `total` is the number of images of the whole batch, of which N
    are this process's own.
    """

    images: Tensor
    targets: Tensor
    weights: Tensor
    shared: Tensor
    total: int
    unseen: Tensor | None = None


class InputPipeline:
    """Batches of one split list on one device.

    Several processes share every batch: process `rank` of `processes` takes each `processes`-th image of it. What is
    drawn for an image does not depend on how many they are. With 0 `workers` all is done in the caller's thread, with
    None by as many threads as there are cores.
    Raises `ParameterError` when residency on the device is asked for and the images do not fit.
    """

    def __init__(
        self,
        split: SplitList,
        augmentation: ImageAugmentation,
        device: torch.device,
        *,
        residency: str = "auto",
        workers: int | None = None,
        seed: int = 0,
        rank: int = 0,
        processes: int = 1,
    ):
        self.split, self.augmentation, self.device, self.seed = split, augmentation, device, seed
        self.rank, self.processes = rank, processes
        self.source_size, self.channels = split.packs[0].size, split.packs[0].channels
        self.residency = choose_residency(residency, self.resident_bytes, device)
        self._resident = self._upload() if self.residency == "device" else None
        self._ahead = _in_turn if workers == 0 else prefetch
        threads = workers if workers is not None else available_cores()
        self._pool = ThreadPoolExecutor(threads, "augment") if device.type == "cpu" and threads else None

    @property
    def bytes_per_image(self) -> int:
        return math.prod(height_width(self.source_size)) * self.channels

    @property
    def resident_bytes(self) -> int:
        return len(self.split) * self.bytes_per_image

    def train_batches(
        self, epoch: int, batch_size: int, drop_last: bool, undersampling: int | None, first_step: int = 0
    ) -> Generator[Batch, None, None]:
        """This process's part of the epoch's batches from `first_step` on; they depend on (seed, epoch, step)."""
        batches = _batches_of(self.epoch_rows(epoch, undersampling), batch_size, drop_last, 2 * self.processes)
        own = slice(self.rank, None, self.processes)

        def draw(step: int) -> Parameters:
            generator = step_generator(self.seed, epoch, step, 0, Purpose.INPUT)
            return draw_parameters(
                self.augmentation, len(batches[step]), self.source_size, self.channels, generator
            ).of(own)

        return self._run([batch[own] for batch in batches], draw, first_step, [len(batch) for batch in batches])

    def valid_batches(self, batch_size: int) -> Generator[Batch, None, None]:
        """This process's share of the rows once, in the list's order, scaled and centre-cropped."""
        rows = np.arange(self.rank, len(self.split), self.processes)
        batches = _batches_of(rows, -(-batch_size // self.processes), drop_last=False, fewest=1)

        def centre(step: int) -> Parameters:
            return centre_parameters(self.augmentation, len(batches[step]), self.source_size, self.channels)

        return self._run(batches, centre, 0, [len(batch) for batch in batches])

    def epoch_rows(self, epoch: int, undersampling: int | None) -> np.ndarray:
        """Positions in the list, in the order in which the epoch takes them, `(M,) int64`."""
        return _epoch_rows(self.split, undersampling, self.seed, epoch)

    def _run(
        self, batches: list[np.ndarray], draw: Callable[[int], Parameters], first_step: int, totals: list[int]
    ) -> Generator[Batch, None, None]:
        """Host work (gathering; on a CPU also augmenting) happens ahead in a thread, device work at the consumer."""
        steps = range(first_step, len(batches))
        if self.device.type == "cpu":
            augment = self._augment_on_cpu
            return self._ahead(
                self._batch(augment(batches[step], draw(step)), batches[step], totals[step]) for step in steps
            )
        resident = self._resident
        if resident is not None:
            gathered = ((step, resident) for step in steps)
        else:
            gathered = self._ahead((step, self._gather_pinned(batches[step])) for step in steps)
        return (self._finish_on_gpu(images, batches[step], draw(step), totals[step]) for step, images in gathered)

    def _augment_on_cpu(self, rows: np.ndarray, parameters: Parameters) -> Tensor:
        if self._resident is not None:
            return augment_opencv(self._resident.numpy(), rows, parameters, self.augmentation, pool=self._pool)
        if len(self.split.packs) == 1:
            return augment_opencv(
                self.split.packs[0].images, self.split.row[rows], parameters, self.augmentation, pool=self._pool
            )
        images = self.gather(rows)
        return augment_opencv(images, np.arange(len(rows)), parameters, self.augmentation, pool=self._pool)

    def _finish_on_gpu(self, images: Tensor, rows: np.ndarray, parameters: Parameters, total: int) -> Batch:
        if images is self._resident:
            images = images[torch.from_numpy(rows).to(self.device, non_blocking=True)]
        else:
            images = images.to(self.device, non_blocking=True)
        return self._batch(augment_tensor(images, parameters, self.augmentation), rows, total)

    def _batch(self, images: Tensor, rows: np.ndarray, total: int) -> Batch:
        to_device = lambda array: torch.from_numpy(array[rows]).to(self.device, non_blocking=True)  # noqa: E731
        targets, weights, shared = map(to_device, (self.split.targets, self.split.weight, self.split.shared))
        unseen = None if self.split.unseen is None else to_device(self.split.unseen)
        return Batch(images, targets, weights, shared, total, unseen)

    def gather(self, rows: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """uint8 images of the list's `rows`, `(N, H, W, C)`, from as many packs as the list names."""
        if out is None:
            out = np.empty((len(rows), *height_width(self.source_size), self.channels), np.uint8)
        packs, pack_rows = self.split.pack_index[rows], self.split.row[rows]
        for number, pack in enumerate(self.split.packs):
            chosen = np.flatnonzero(packs == number)
            out[chosen] = pack.images[pack_rows[chosen]]
        return out

    def _gather_pinned(self, rows: np.ndarray) -> Tensor:
        shape = (len(rows), *height_width(self.source_size), self.channels)
        pinned = torch.empty(shape, dtype=torch.uint8, pin_memory=True)
        self.gather(rows, pinned.numpy())
        return pinned

    def _upload(self) -> Tensor:
        """The list's images, in the list's order, on the device: position i of the list is row i."""
        shape = (len(self.split), *height_width(self.source_size), self.channels)
        resident = torch.empty(shape, dtype=torch.uint8, device=self.device)
        for start in range(0, len(self.split), _UPLOAD_ROWS):
            rows = np.arange(start, min(start + _UPLOAD_ROWS, len(self.split)))
            resident[start : start + len(rows)] = torch.from_numpy(self.gather(rows)).to(self.device)
        return resident


def steps_per_epoch(
    split: SplitList, batch_size: int, drop_last: bool, undersampling: int | None, processes: int = 1
) -> int:
    """Batches of one epoch; the same for every epoch, since caps and repeats act on class sizes."""
    rows = _epoch_rows(split, undersampling, seed=0, epoch=0)
    return len(_batches_of(rows, batch_size, drop_last, 2 * processes))


def expect_batches(
    split: SplitList, batch_size: int, drop_last: bool, undersampling: int | None, processes: int = 1
) -> int:
    """What `steps_per_epoch` returns; raises `UserError` where that is none."""
    steps = steps_per_epoch(split, batch_size, drop_last, undersampling, processes)
    if not steps:
        found = f"{len(split):,} samples make no batch of {batch_size:,}"
        if drop_last:
            raise ParameterError(f"{found}, and {{drop_last}} leaves out smaller ones; lower {{batch_size}}")
        raise ParameterError(f"{found}: its statistics need two images for each process; give more samples")
    return steps


def _epoch_rows(split: SplitList, undersampling: int | None, seed: int, epoch: int) -> np.ndarray:
    return sampler.epoch_rows(
        split.targets[:, 0], split.repeat, undersampling=undersampling, shuffle=True, seed=seed, epoch=epoch
    )


def _batches_of(rows: np.ndarray, batch_size: int, drop_last: bool, fewest: int) -> list[np.ndarray]:
    """Cut rows into batches. An incomplete last one is dropped below `fewest`: batch statistics need two images."""
    batches = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
    if batches and len(batches[-1]) < (batch_size if drop_last else min(fewest, batch_size)):
        batches.pop()
    return batches


def _in_turn(items: Generator) -> Generator:
    return items


def choose_residency(choice: str, needed: int, device: torch.device) -> str:
    """Where images of `needed` bytes are kept: `"host"` or `"device"`; `choice` may also be `"auto"`.

    Raises `UserError` for `"device"` where that much memory is not free.
    """
    if device.type == "cpu":
        return "host" if choice == "auto" else choice
    free, _ = torch.cuda.mem_get_info(device)
    fits = needed <= _DEVICE_MEMORY_SHARE * free
    if choice == "device" and needed > free:
        raise ParameterError(
            f"{{residency}} device: the images need {needed / 2**30:.1f} GiB and {free / 2**30:.1f} GiB are free on "
            f"{torch.cuda.get_device_name(device)}; use {{residency}} host"
        )
    return ("device" if fits else "host") if choice == "auto" else choice
