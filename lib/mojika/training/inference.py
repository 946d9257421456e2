"""Trained classifiers from their checkpoints, and what they say of a list."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mojika.data.class_list import ClassList
from mojika.data.input_pipeline import Batch, InputPipeline
from mojika.errors import UserError
from mojika.models.classifier import Architecture, Classifier
from mojika.training.checkpoints import load_checkpoint, weights_of
from mojika.training.precision import Precision


def load_classifier(path: Path, device: torch.device) -> tuple[Classifier, dict[str, ClassList], dict[str, Any]]:
    """The network of a `.model` file, ready to infer, with its class list per head and the recipe it was trained by.

    Raises `UserError` when the file cannot be read as a checkpoint of a classifier.
    """
    return classifier_of(load_checkpoint(path), path, device)


def classifier_of(
    state: dict[str, Any], path: Path, device: torch.device
) -> tuple[Classifier, dict[str, ClassList], dict[str, Any]]:
    """As `load_classifier`, of what was read from `path`."""
    if "classes" not in state:
        raise UserError(f"{path}: expected a classifier, found a detector")
    classes = {name: ClassList.from_plain(plain) for name, plain in state["classes"].items()}
    model = Classifier(Architecture(**state["arch"]), {name: len(labels) for name, labels in classes.items()})
    weights = weights_of(state)
    model.backbone.load_state_dict(weights["model"])
    model.heads.load_state_dict(weights["head"])
    return model.to(device).eval(), classes, state["args"]


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


def laid_out(images: Tensor, channels_last: bool) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last if channels_last else torch.contiguous_format)
