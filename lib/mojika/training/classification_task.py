"""Classifying images, as the training loop sees it."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from mojika.augmentation.mixing import BatchAugmentation
from mojika.data.input_pipeline import Batch, InputPipeline
from mojika.models.classifier import Classifier
from mojika.training.criterion import Criterion
from mojika.training.distillation import Teacher
from mojika.training.distributed import World
from mojika.training.inference import laid_out, predict
from mojika.training.loop_settings import LoopSettings
from mojika.training.losses import mixed_cross_entropy, mixed_hits
from mojika.training.metrics import ClassificationMetrics, measures_of
from mojika.training.precision import Precision
from mojika.training.task import Scaler


class Classification:
    """A classifier, the lists that it learns from and is validated on, and what is done to a batch (a `Task`).

    Each process of `world` has its part of every batch. With `settings.accumulation` a batch goes through in so many
    pieces, for less memory; the gradient is that of the whole batch. A `teacher` reads the images as they are after
    `augment_batch`. `last_read (n, heads) int64` are the classes that the last validation read, of this process's share
    of the rows.
    """

    hits = "accuracy"

    def __init__(
        self,
        model: Classifier,
        train_input: InputPipeline,
        valid_input: InputPipeline,
        augment_batch: BatchAugmentation,
        criterion: Criterion,
        precision: Precision,
        settings: LoopSettings,
        world: World = World(),  # noqa: B008 (frozen)
        teacher: Teacher | None = None,
    ):
        self.model, self.train_input, self.valid_input = model, train_input, valid_input
        self.augment_batch, self.criterion = augment_batch, criterion
        self.precision, self.settings, self.world, self.teacher = precision, settings, world, teacher
        self.measures = measures_of(valid_input.split.heads)
        self.last_read = np.empty((0, len(valid_input.split.heads)), np.int64)

    @property
    def bytes_per_image(self) -> int:
        return self.train_input.bytes_per_image

    def train_batches(self, epoch: int, first_step: int) -> Generator[Batch, None, None]:
        settings = self.settings
        return self.train_input.train_batches(
            epoch, settings.batch_size, settings.drop_last, settings.undersampling, first_step=first_step
        )

    def step(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        scaler: Scaler,
        batch: Batch,
        epoch: int,
        generator: torch.Generator,
    ) -> Tensor:
        images, parts = self.augment_batch(batch.images, batch.targets, generator)
        heads = list(self.model.heads.values())
        # the gradient of the batch's mean (or sum); distributed training takes the mean over processes by itself
        share = self.world.size / (1 if self.criterion.summed else batch.total)
        sums = torch.zeros(4, dtype=torch.float64, device=images.device)
        pieces = _pieces(len(images), self.settings.accumulation)
        for number, piece in enumerate(pieces):
            own = [(targets[piece], weights[piece]) for targets, weights in parts]
            with _without_exchange(network, number < len(pieces) - 1):
                with self.precision.autocast():
                    logits = network(laid_out(images[piece], self.settings.channels_last))
                    taught = self.teacher(images[piece]) if self.teacher else None
                    loss = self.criterion(heads, logits, own, batch.weights[piece], epoch, taught)
                scaler.scale(loss * share).backward()
            with torch.no_grad():
                count = torch.full_like(loss, piece.stop - piece.start)
                sums += torch.stack([loss, mixed_hits(logits, own).sum(), count, (~loss.isfinite()).float()])
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        return sums

    def validate(self, model: Classifier, between: Callable[[], None]) -> dict[str, float]:
        class_counts = {name: len(classes) for name, classes in self.valid_input.split.classes.items()}
        metrics = ClassificationMetrics(
            class_counts, self.precision.device, knows_unseen=self.valid_input.split.unseen is not None
        )
        size, processes = self.settings.valid_batch_size, self.world.size
        together = len(self.valid_input.split) // processes // -(-size // processes)  # batches that every process has
        read: list[Tensor] = []
        readings = predict(model, self.valid_input, size, self.precision, self.settings.channels_last)
        for number, (batch, logits) in enumerate(readings):
            ones = torch.ones_like(batch.weights)
            losses = mixed_cross_entropy(logits, [(batch.targets, ones)], ones, self.criterion.head_weights)
            metrics.update(logits, batch.targets, batch.shared, losses, batch.unseen)
            read.append(torch.stack([scores.argmax(1) for scores in logits], 1))
            if number < together:
                between()
        metrics.sum_over(self.world)
        self.last_read = torch.cat(read).cpu().numpy() if read else self.last_read[:0]
        return metrics.result()

    def weights(self) -> dict[str, Any]:
        return {"model": self.model.backbone.state_dict(), "head": self.model.heads.state_dict()}

    def load_weights(self, state: dict[str, Any]) -> None:
        self.model.backbone.load_state_dict(state["model"])
        self.model.heads.load_state_dict(state["head"])


def _pieces(count: int, wanted: int) -> list[slice]:
    """`count` images in `wanted` pieces of nearly one size, none of a single image: batch statistics need two."""
    number = max(1, min(wanted, count // 2))
    return [slice(count * i // number, count * (i + 1) // number) for i in range(number)]


def _without_exchange(network: nn.Module, skip: bool) -> AbstractContextManager:
    """Gradients travel between processes once a step, with the last piece."""
    return network.no_sync() if skip and isinstance(network, DistributedDataParallel) else nullcontext()
