"""One optimisation step: augment the batch, forward, loss, backward, update."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from mojika.data.input_pipeline import Batch
from mojika.training.inference import laid_out
from mojika.training.losses import mixed_cross_entropy, mixed_hits
from mojika.training.precision import Precision

BatchAugmentation = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, list[tuple[Tensor, Tensor]]]]


def training_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    precision: Precision,
    augment_batch: BatchAugmentation,
    batch: Batch,
    generator: torch.Generator,
    channels_last: bool = False,
) -> Tensor:
    """Update `model` by one batch; returns `(4,) float64` on the device: loss sum, hits, images, non-finite losses.

    `augment_batch(images, targets, generator)` mixes and erases and returns images with `[(targets, weights)] × K`.
    Nothing is read back from the device.
    """
    images, parts = augment_batch(batch.images, batch.targets, generator)
    with precision.autocast():
        logits = model(laid_out(images, channels_last))
        loss = mixed_cross_entropy(logits, parts, batch.weights).mean()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad(set_to_none=True)
    with torch.no_grad():
        count = torch.full_like(loss, len(images))
        return torch.stack([loss * count, mixed_hits(logits, parts).sum(), count, (~loss.isfinite()).float()]).double()
