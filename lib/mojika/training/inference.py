"""What a classifier says of a list."""

from collections.abc import Iterator
from contextlib import closing
from typing import TypeVar

import torch
from torch import Tensor, nn

from mojika.data.input_pipeline import Batch, InputPipeline
from mojika.models.classifier import Classifier
from mojika.training.precision import Precision

Model = TypeVar("Model", bound=nn.Module)


@torch.inference_mode()
def predict(
    model: Classifier, pipeline: InputPipeline, batch_size: int, precision: Precision, channels_last: bool
) -> Iterator[tuple[Batch, list[Tensor]]]:
    """Each batch of the list, centre-cropped, with the logits `(N, classes)` of every head, in the list's order."""
    model.eval()
    with closing(pipeline.valid_batches(batch_size)) as batches:
        for batch in batches:
            with precision.autocast():
                yield batch, model(laid_out(batch.images, channels_last))


def in_channels_last(model: Model) -> Model:
    """The model itself, its weights channels-last in memory from now on."""
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's annotations lack memory_format


def laid_out(images: Tensor, channels_last: bool) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last if channels_last else torch.contiguous_format)
