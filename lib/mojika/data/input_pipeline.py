"""From split lists to normalised batches: rows are gathered as uint8 and augmented by whatever is fast on the device.

Residency `device` uploads the list's images once and indexes them there; `host` streams them from the memory map,
ahead of the training step, through pinned memory on a GPU. On a CPU the images are warped by OpenCV in `workers`
threads, on a GPU by whole-batch tensor operations; both apply the same parameters.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.opencv_backend import augment_opencv
from mojika.augmentation.parameters import Parameters, centre_parameters, draw_parameters
from mojika.augmentation.recipe import AugmentationRecipe
from mojika.augmentation.tensor_backend import augment_tensor
from mojika.data import sampler
from mojika.data.parallel import available_cores
from mojika.data.prefetch import prefetch
from mojika.data.randomness import Purpose, step_generator
from mojika.data.split_list import SplitList
from mojika.errors import UserError

_DEVICE_MEMORY_SHARE = 0.5  # of what is free before the model is built: the rest is for activations
_UPLOAD_ROWS = 4096


@dataclass(frozen=True)
class Batch:
    """Images `(N, C, S, S) float32` normalised, targets `(N, heads) int64`, weights `(N,) float32`, shared `(N,)`."""

    images: Tensor
    targets: Tensor
    weights: Tensor
    shared: Tensor


class InputPipeline:
    """Batches of one split list on one device.

    Raises `UserError` when `--residency device` is asked for and the images do not fit.
    """

    def __init__(
        self,
        split: SplitList,
        recipe: AugmentationRecipe,
        device: torch.device,
        *,
        residency: str = "auto",
        workers: int | None = None,
        seed: int = 0,
        rank: int = 0,
    ):
        self.split, self.recipe, self.device, self.seed, self.rank = split, recipe, device, seed, rank
        self.source_size, self.channels = split.packs[0].size, split.packs[0].channels
        self.residency = _choose_residency(residency, self.resident_bytes, device)
        self._resident = self._upload() if self.residency == "device" else None
        self._pool = ThreadPoolExecutor(workers or available_cores(), "augment") if device.type == "cpu" else None

    @property
    def bytes_per_image(self) -> int:
        return self.source_size**2 * self.channels

    @property
    def resident_bytes(self) -> int:
        return len(self.split) * self.bytes_per_image

    def steps_per_epoch(self, batch_size: int, drop_last: bool, undersampling: int | None) -> int:
        """Batches of one epoch; the same for every epoch, since caps and repeats act on class sizes."""
        return len(_batches_of(self.epoch_rows(0, undersampling), batch_size, drop_last))

    def train_batches(
        self, epoch: int, batch_size: int, drop_last: bool, undersampling: int | None, first_step: int = 0
    ) -> Iterator[Batch]:
        """The epoch's batches from `first_step` on; each depends on (seed, epoch, step, rank) alone."""
        batches = _batches_of(self.epoch_rows(epoch, undersampling), batch_size, drop_last)

        def draw(step: int, count: int) -> Parameters:
            generator = step_generator(self.seed, epoch, step, self.rank, Purpose.INPUT)
            return draw_parameters(self.recipe, count, self.source_size, self.channels, generator)

        return self._run(batches, draw, first_step)

    def valid_batches(self, batch_size: int) -> Iterator[Batch]:
        """All rows once, in the list's order, scaled and centre-cropped."""
        batches = _batches_of(np.arange(len(self.split)), batch_size, drop_last=False, keep_single=True)
        return self._run(
            batches, lambda _, count: centre_parameters(self.recipe, count, self.source_size, self.channels), 0
        )

    def epoch_rows(self, epoch: int, undersampling: int | None) -> np.ndarray:
        """Positions in the list, in the order in which the epoch takes them, `(M,) int64`."""
        return sampler.epoch_rows(
            self.split.targets[:, 0],
            self.split.repeat,
            undersampling=undersampling,
            shuffle=True,
            seed=self.seed,
            epoch=epoch,
        )

    def _run(self, batches: list[np.ndarray], draw, first_step: int) -> Iterator[Batch]:
        """Host work (gathering; on a CPU also augmenting) happens ahead in a thread, device work at the consumer."""
        if self.device.type == "cpu":
            augment = self._augment_on_cpu
            return prefetch(
                self._batch(augment(batch, draw(step, len(batch))), batch) for step, batch in _from(batches, first_step)
            )
        if self._resident is not None:
            gathered = ((step, batch, self._resident) for step, batch in _from(batches, first_step))
        else:
            gathered = prefetch((step, batch, self._gather_pinned(batch)) for step, batch in _from(batches, first_step))
        return (self._finish_on_gpu(images, batch, draw(step, len(batch))) for step, batch, images in gathered)

    def _augment_on_cpu(self, rows: np.ndarray, parameters: Parameters) -> Tensor:
        if self._resident is not None:
            return augment_opencv(self._resident.numpy(), rows, parameters, self.recipe, pool=self._pool)
        if len(self.split.packs) == 1:
            return augment_opencv(
                self.split.packs[0].images, self.split.row[rows], parameters, self.recipe, pool=self._pool
            )
        images = self.gather(rows)
        return augment_opencv(images, np.arange(len(rows)), parameters, self.recipe, pool=self._pool)

    def _finish_on_gpu(self, images: Tensor, rows: np.ndarray, parameters: Parameters) -> Batch:
        if images is self._resident:
            images = images[torch.from_numpy(rows).to(self.device, non_blocking=True)]
        else:
            images = images.to(self.device, non_blocking=True)
        return self._batch(augment_tensor(images, parameters, self.recipe), rows)

    def _batch(self, images: Tensor, rows: np.ndarray) -> Batch:
        to_device = lambda array: torch.from_numpy(array[rows]).to(self.device, non_blocking=True)  # noqa: E731
        return Batch(images, to_device(self.split.targets), to_device(self.split.weight), to_device(self.split.shared))

    def gather(self, rows: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """uint8 images of the list's `rows`, `(N, H, W, C)`, from as many packs as the list names."""
        if out is None:
            out = np.empty((len(rows), self.source_size, self.source_size, self.channels), np.uint8)
        packs, pack_rows = self.split.pack_index[rows], self.split.row[rows]
        for number, pack in enumerate(self.split.packs):
            chosen = np.flatnonzero(packs == number)
            out[chosen] = pack.images[pack_rows[chosen]]
        return out

    def _gather_pinned(self, rows: np.ndarray) -> Tensor:
        shape = (len(rows), self.source_size, self.source_size, self.channels)
        pinned = torch.empty(shape, dtype=torch.uint8, pin_memory=True)
        self.gather(rows, pinned.numpy())
        return pinned

    def _upload(self) -> Tensor:
        """The list's images, in the list's order, on the device: position i of the list is row i."""
        shape = (len(self.split), self.source_size, self.source_size, self.channels)
        resident = torch.empty(shape, dtype=torch.uint8, device=self.device)
        for start in range(0, len(self.split), _UPLOAD_ROWS):
            rows = np.arange(start, min(start + _UPLOAD_ROWS, len(self.split)))
            resident[start : start + len(rows)] = torch.from_numpy(self.gather(rows)).to(self.device)
        return resident


def _from(batches: list[np.ndarray], first_step: int) -> Iterator[tuple[int, np.ndarray]]:
    return ((step, batches[step]) for step in range(first_step, len(batches)))


def _batches_of(rows: np.ndarray, batch_size: int, drop_last: bool, keep_single: bool = False) -> list[np.ndarray]:
    """Cut rows into batches. A last batch of one image is dropped in training: batch statistics need two."""
    batches = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
    if batches and (
        (drop_last and len(batches[-1]) < batch_size) or (not keep_single and len(batches[-1]) == 1 < batch_size)
    ):
        batches.pop()
    return batches


def _choose_residency(choice: str, needed: int, device: torch.device) -> str:
    if device.type == "cpu":
        return "host" if choice == "auto" else choice
    free, _ = torch.cuda.mem_get_info(device)
    fits = needed <= _DEVICE_MEMORY_SHARE * free
    if choice == "device" and needed > free:
        raise UserError(
            f"--residency device: the images need {needed / 2**30:.1f} GiB and {free / 2**30:.1f} GiB are free on "
            f"{torch.cuda.get_device_name(device)}; use --residency host"
        )
    return ("device" if fits else "host") if choice == "auto" else choice
