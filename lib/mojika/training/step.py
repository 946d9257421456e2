"""One optimisation step: augment the batch, forward, loss, backward, update."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from mojika.data.input_pipeline import Batch
from mojika.models.classifier import Classifier
from mojika.training.criterion import Criterion
from mojika.training.distillation import Teacher
from mojika.training.inference import laid_out
from mojika.training.losses import mixed_hits
from mojika.training.precision import Precision

BatchAugmentation = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, list[tuple[Tensor, Tensor]]]]


def training_step(
    network: nn.Module,
    model: Classifier,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    precision: Precision,
    augment_batch: BatchAugmentation,
    criterion: Criterion,
    batch: Batch,
    epoch: int,
    generator: torch.Generator,
    *,
    teacher: Teacher | None = None,
    processes: int = 1,
    accumulation: int = 1,
    channels_last: bool = False,
) -> Tensor:
    """Update `model` by one batch; returns `(4,) float64` on the device: loss sum, hits, images, non-finite losses.

    `network` is what runs: the model itself, compiled, or distributed over `processes`, each of which has its part of
    the batch. `augment_batch(images, targets, generator)` mixes and erases and returns images with
    `[(targets, weights)] × K`. With `accumulation` the batch goes through in so many pieces, for less memory; the
    gradient is that of the whole batch. A `teacher` is asked about the images as they are after mixing. Nothing is read
    back from the device.
    """
    images, parts = augment_batch(batch.images, batch.targets, generator)
    heads = list(model.heads.values())
    # the gradient of the batch's mean (or sum); distributed training takes the mean over processes by itself
    share = processes / (1 if criterion.summed else batch.total)
    sums = torch.zeros(4, dtype=torch.float64, device=images.device)
    pieces = _pieces(len(images), accumulation)
    for number, piece in enumerate(pieces):
        own = [(targets[piece], weights[piece]) for targets, weights in parts]
        with _without_exchange(network, number < len(pieces) - 1):
            with precision.autocast():
                logits = network(laid_out(images[piece], channels_last))
                taught = teacher(images[piece]) if teacher else None
                loss = criterion(heads, logits, own, batch.weights[piece], epoch, taught)
            scaler.scale(loss * share).backward()
        with torch.no_grad():
            count = torch.full_like(loss, piece.stop - piece.start)
            sums += torch.stack([loss, mixed_hits(logits, own).sum(), count, (~loss.isfinite()).float()])
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad(set_to_none=True)
    return sums


def _pieces(count: int, wanted: int) -> list[slice]:
    """`count` images in `wanted` pieces of nearly one size, none of a single image: batch statistics need two."""
    number = max(1, min(wanted, count // 2))
    return [slice(count * i // number, count * (i + 1) // number) for i in range(number)]


def _without_exchange(network: nn.Module, skip: bool) -> AbstractContextManager:
    """Gradients travel between processes once a step, with the last piece."""
    return network.no_sync() if skip and isinstance(network, DistributedDataParallel) else nullcontext()
