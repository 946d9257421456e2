"""The interface between the training loop and what it trains: a task, and how its weights are updated."""

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from mojika.training.ema import WeightAverage
from mojika.training.loop_settings import LoopSettings
from mojika.training.precision import Precision
from mojika.training.schedules import Schedule

Model = TypeVar("Model", bound=nn.Module)


class Scaler(Protocol):
    """What a step needs of a `GradScaler`."""

    def scale(self, loss: Tensor) -> Tensor: ...
    def step(self, optimizer: torch.optim.Optimizer) -> object: ...
    def update(self) -> None: ...


class Task(Protocol[Model]):
    """`model` is trained. `measures` are the results of `validate` that the log shows; the best model by score is the
    one with the highest first of them. `hits` is what the second of a step's sums makes, over images; None where it
    means nothing.
    """

    @property
    def model(self) -> Model: ...
    @property
    def measures(self) -> tuple[str, ...]: ...
    @property
    def hits(self) -> str | None: ...
    @property
    def bytes_per_image(self) -> int: ...

    def train_batches(self, epoch: int, first_step: int) -> Generator[Any, None, None]:
        """Batches, with `images`, of the epoch from `first_step` on; closing the generator stops what runs ahead."""

    def step(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        scaler: Scaler,
        batch: Any,
        epoch: int,
        generator: torch.Generator,
    ) -> Tensor:
        """Update `model` by one batch through `network` (it, compiled or distributed).

        Returns `(4,) float64` on the device: loss sum, hits, images, non-finite losses.
        """

    def validate(self, model: Model, between: Callable[[], None]) -> dict[str, float]:
        """What `model` (the one that is trained, or its average) achieves; `loss` too, where there is one.

        `between` is called between two batches, and may raise to stop.
        """

    def weights(self) -> dict[str, Any]:
        """State dicts by the key that they have in a checkpoint."""

    def load_weights(self, state: dict[str, Any]) -> None:
        """Take up from a checkpoint what `weights` gave."""


class Pictures(Protocol):
    """What a board shows beside curves: images `(H, W, 3) uint8` by name. They leave batches and models as they are."""

    def of_batch(self, batch: Any, generator: torch.Generator) -> Mapping[str, np.ndarray]:
        """A batch as `Task.step` sees it with this generator."""

    def of_validation(self) -> Mapping[str, np.ndarray]:
        """What the last validation found."""


@dataclass(frozen=True, kw_only=True)
class Trainable(Generic[Model]):
    """A task with all that the loop needs to train it.

    `average`, if there is one, follows the weights and is what is validated. MFU is logged where `flops_per_image`
    (forward and backward) is known; `peak_flops` is the rate that it is a fraction of, FLOP/s. `pictures`, if there are
    any, are shown every `settings.pictures_every` epochs.
    """

    task: Task[Model]
    optimizer: torch.optim.Optimizer
    schedule: Schedule
    precision: Precision
    settings: LoopSettings
    average: WeightAverage[Model] | None = None
    flops_per_image: float = 0.0
    peak_flops: float = math.inf
    pictures: Pictures | None = None
