"""Detecting characters, as the training loop sees it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mojika.data.boxes import PageBoxes
from mojika.data.faults import Fault
from mojika.detection.detect_pages import Search, detect_pages
from mojika.detection.detector import Detector
from mojika.detection.tile_input import TileBatch, TileInput
from mojika.errors import UserError
from mojika.training.inference import laid_out
from mojika.training.precision import Precision

Score = Callable[[PageBoxes, PageBoxes], dict[str, float]]  # of predictions and truth; keys as in `measures`


class Detection:
    """A detector, the tiles that it learns from and the whole pages that it is validated on (a `Task`).

    An epoch has `steps` steps. `valid_files` are the pages of `truth` by image id; `score` compares what was found on
    them with it.
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
        score: Score,
        search: Search,
        precision: Precision,
        *,
        workers: int,
    ):
        self.model, self.train_input, self.steps = model, train_input, steps
        self.valid_files, self.truth, self.score, self.search = valid_files, truth, score, search
        self.precision, self.workers = precision, workers
        self.channels_last = precision.dtype is not None

    @property
    def bytes_per_image(self) -> int:
        return self.train_input.bytes_per_image

    def train_batches(self, epoch: int, first_step: int) -> Iterator[TileBatch]:
        return self.train_input.train_batches(epoch, self.steps, first_step)

    def step(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        scaler: torch.amp.GradScaler,
        batch: TileBatch,
        epoch: int,
        generator: torch.Generator,
    ) -> Tensor:
        with self.precision.autocast():
            losses = network(laid_out(batch.images, self.channels_last), batch.boxes)
        loss = torch.stack(list(losses.values())).sum()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        loss, count = loss.detach(), len(batch.images)
        return torch.stack([
            loss * count, torch.zeros_like(loss), torch.full_like(loss, count), (~loss.isfinite()).float()
        ]).double()  # fmt: skip

    def validate(self, model: Detector, between: Callable[[], None]) -> dict[str, float]:
        model.eval()
        found = detect_pages(
            [model],
            self.valid_files,
            self.search,
            self.precision,
            made_from={},
            workers=self.workers,
            before_page=between,
            leave_out=_refuse,
        )
        return self.score(found, self.truth)

    def weights(self) -> dict[str, Any]:
        return {"model": self.model.state_dict()}

    def load_weights(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])


def _refuse(fault: Fault) -> None:
    raise UserError(str(fault))
