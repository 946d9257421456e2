"""Detecting characters, as the training loop sees it."""

from collections.abc import Callable, Generator, Mapping
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from mojika.boxes.page_boxes import COLUMNS, PageBoxes
from mojika.boxes.scoring import score_detection
from mojika.detection.detect_pages import Search, detect_pages
from mojika.detection.detector import Detector
from mojika.detection.tile_input import TileBatch, TileInput
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.training.distributed import World
from mojika.training.inference import laid_out
from mojika.training.precision import Precision
from mojika.training.task import Scaler


class Detection:
    """A detector, the tiles that it learns from and the whole pages that it is validated on (a `Task`).

    An epoch has `steps` steps. `valid_files` are the pages of `truth` by image id. Of several processes each learns
    from its part of the tiles and searches its part of the pages.
    """

    measures = ("ap", "precision", "recall")
    hits = None

    def __init__(
        self,
        model: Detector,
        train_input: TileInput,
        steps: int,
        valid_files: Mapping[str, Path],
        truth: PageBoxes,
        search: Search,
        precision: Precision,
        *,
        workers: int,
        world: World = World(),  # noqa: B008 (frozen)
    ):
        self.model, self.train_input, self.steps = model, train_input, steps
        self.valid_files, self.truth, self.search = valid_files, truth, search
        self.precision, self.workers, self.world = precision, workers, world
        self.channels_last = precision.channels_last

    @property
    def bytes_per_image(self) -> int:
        return self.train_input.bytes_per_image

    def train_batches(self, epoch: int, first_step: int) -> Generator[TileBatch, None, None]:
        return self.train_input.train_batches(epoch, self.steps, first_step)

    def step(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        scaler: Scaler,
        batch: TileBatch,
        epoch: int,
        generator: torch.Generator,
    ) -> Tensor:
        with self.precision.autocast():
            losses = network(laid_out(batch.images, self.channels_last), batch.boxes, self.world)
        loss = torch.stack(list(losses.values())).sum()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        loss, images = loss.detach(), torch.full_like(loss, len(batch.images))
        share = batch.total / self.world.size  # the mean of the processes' losses is that of the batch
        return torch.stack([loss * share, torch.zeros_like(loss), images, (~loss.isfinite()).float()]).double()

    def validate(self, model: Detector, between: Callable[[], None]) -> dict[str, float]:
        results = score_detection(self.find_boxes(model, between), self.truth)
        return {name.removeprefix("detection_"): float(value) for name, value in results.items()}

    def find_boxes(self, model: Detector, between: Callable[[], None]) -> PageBoxes:
        """What all processes together find on the pages to validate on."""
        model.eval()
        own = dict(islice(self.valid_files.items(), self.world.rank, None, self.world.size))
        together = len(self.valid_files) // self.world.size  # pages that every process has
        number = count()

        def before_page() -> None:
            if next(number) < together:
                between()

        found = detect_pages(
            [(model, self.precision)],
            own,
            self.search,
            made_from={},
            workers=self.workers,
            before_page=before_page,
            leave_out=_refuse,
            progress=self.world.is_main,
        )
        return _of_all_pages(found, list(self.valid_files), self.world)

    def weights(self) -> dict[str, Any]:
        return {"model": self.model.state_dict()}

    def load_weights(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])


def _refuse(fault: Fault) -> None:
    raise UserError(str(fault))


def _of_all_pages(own: PageBoxes, image_ids: list[str], world: World) -> PageBoxes:
    """What the processes found on `image_ids`, of which each has searched every `world.size`-th, on all of them.

    Each fills in its rows of common tables, so that their sum is the whole, exactly.
    """
    if world.size == 1:
        return own
    pages = torch.zeros(len(image_ids), 3, dtype=torch.int64)
    own_sizes = own.pages[["width", "height"]].to_numpy(np.int64)
    pages[world.rank :: world.size] = torch.from_numpy(np.column_stack([own_sizes, np.diff(own.offsets)]))
    counts = world.sum(pages)[:, 2]
    boxes = torch.zeros(int(counts.sum()), 5)
    searched_here = torch.arange(len(image_ids)) % world.size == world.rank
    numbers = own.boxes[list(COLUMNS[1:])].to_numpy(np.float32)
    boxes[searched_here.repeat_interleave(counts)] = torch.from_numpy(numbers)
    world.sum(boxes)
    table = pd.DataFrame(boxes.numpy(), columns=list(COLUMNS[1:]))
    table.insert(0, COLUMNS[0], pd.Series(np.repeat(np.array(image_ids, object), counts.numpy()), dtype="str"))
    sizes = pd.DataFrame(pages[:, :2].numpy(), columns=["width", "height"])
    sizes.insert(0, COLUMNS[0], pd.Series(image_ids, dtype="str"))
    return PageBoxes(sizes, table, None, own.made_from)
