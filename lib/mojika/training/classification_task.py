"""Classifying images, as the training loop sees it."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from mojika.data.input_pipeline import Batch, InputPipeline
from mojika.models.classifier import Classifier
from mojika.training.criterion import Criterion
from mojika.training.distillation import Teacher
from mojika.training.distributed import World
from mojika.training.inference import predict
from mojika.training.loop_settings import LoopSettings
from mojika.training.losses import mixed_cross_entropy
from mojika.training.metrics import ClassificationMetrics, measures_of
from mojika.training.precision import Precision
from mojika.training.step import BatchAugmentation, training_step


class Classification:
    """A classifier, the lists that it learns from and is validated on, and what is done to a batch (a `Task`).

    `augment_batch(images, targets, generator)` mixes and erases and returns images with `[(targets, weights)] × K`.
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

    @property
    def bytes_per_image(self) -> int:
        return self.train_input.bytes_per_image

    def train_batches(self, epoch: int, first_step: int) -> Iterator[Batch]:
        settings = self.settings
        return self.train_input.train_batches(
            epoch, settings.batch_size, settings.drop_last, settings.undersampling, first_step=first_step
        )

    def step(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        scaler: torch.amp.GradScaler,
        batch: Batch,
        epoch: int,
        generator: torch.Generator,
    ) -> Tensor:
        return training_step(
            network,
            self.model,
            optimizer,
            scaler,
            self.precision,
            self.augment_batch,
            self.criterion,
            batch,
            epoch,
            generator,
            teacher=self.teacher,
            processes=self.world.size,
            accumulation=self.settings.accumulation,
            channels_last=self.settings.channels_last,
        )

    def validate(self, model: Classifier, between: Callable[[], None]) -> dict[str, float]:
        class_counts = {name: len(classes) for name, classes in self.valid_input.split.classes.items()}
        metrics = ClassificationMetrics(
            class_counts, self.precision.device, knows_unseen=self.valid_input.split.unseen is not None
        )
        size, processes = self.settings.valid_batch_size, self.world.size
        together = len(self.valid_input.split) // processes // -(-size // processes)  # batches that every process has
        readings = predict(model, self.valid_input, size, self.precision, self.settings.channels_last)
        for number, (batch, logits) in enumerate(readings):
            ones = torch.ones_like(batch.weights)
            losses = mixed_cross_entropy(logits, [(batch.targets, ones)], ones, self.criterion.head_weights)
            metrics.update(logits, batch.targets, batch.shared, losses, batch.unseen)
            if number < together:
                between()
        metrics.sum_over(self.world)
        return metrics.result()

    def weights(self) -> dict[str, Any]:
        return {"model": self.model.backbone.state_dict(), "head": self.model.heads.state_dict()}

    def load_weights(self, state: dict[str, Any]) -> None:
        self.model.backbone.load_state_dict(state["model"])
        self.model.heads.load_state_dict(state["head"])
