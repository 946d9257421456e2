"""A classifier that knows further classes: those of a book that it has not learnt yet, from the book's own crops.

A new class vector has the mean direction of the features of its crops, as seen from the mean of all, and is as long as
the vectors that are there; a bias lets the class be as probable on average as others. Imprinting, after Qi, Brown and
Lowe, "Low-shot learning with imprinted weights" (CVPR 2018), who do without the mean: features behind a ReLU have most
of their direction in common, and would all be read as the new classes.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from mojika.data.centre_view import centre_views
from mojika.data.class_list import ClassList, natural_order
from mojika.data.derived_packs import convert_images
from mojika.data.pack import Pack
from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec
from mojika.models.transfer import transfer_weights
from mojika.training.checkpoints import load_checkpoint, save_checkpoint
from mojika.training.model_file import reading_model


def with_classes_of(known: ClassList, labels: set[str]) -> ClassList:
    """The known classes and those of `labels`, in the order of class lists."""
    every = sorted({*known.labels, *labels}, key=natural_order)
    return ClassList(tuple(every), (0,) * len(every)) if labels - set(known.labels) else known


def write_starting_model(source: Path, book: Pack, out: Path) -> None:
    """The classifier of `source` as a `.model` file for the classes of the pack `book`, which contain its own."""
    state = load_checkpoint(source, "classifier")
    model = reading_model(state, source, torch.device("cpu"))
    ((head, known),) = model.classes.items()
    classes = book.classes[head]
    network = Classifier(model.network.architecture, {head: len(classes)})
    weights = {"model": model.network.backbone.state_dict(), "head": model.network.heads.state_dict()}
    transfer_weights(network, weights, {head: classes.labels}, {head: known.labels})
    unknown = set(classes.labels) - set(known.labels)
    if unknown:
        _imprint(network.eval(), model.spec, np.array([label in unknown for label in classes.labels]), book)
    save_checkpoint(
        out,
        {
            "arch": network.architecture.to_plain(),
            "input": model.spec.to_plain(),
            "precision": state.get("precision") or state["args"]["amp"],
            "classes": {head: classes.to_plain()},
            "class_list_digest": {head: classes.digest},
            "model": network.backbone.state_dict(),
            "head": network.heads.state_dict(),
            "ema": None,
            "epoch": 0,
            "metrics": {},
        },
    )


@torch.inference_mode()
def _imprint(network: Classifier, spec: InputSpec, new: np.ndarray, book: Pack) -> None:
    """Class vectors, and biases where the head has them, for the classes that are `new (classes,) bool`."""
    head: Any = next(iter(network.heads.values()))  # torch knows it as a module only
    images = convert_images(
        np.asarray(book.images), spec.scale_size, spec.channels, exchanged=spec.channels_exchanged
    )  # fmt: skip
    features = F.normalize(head.neck(network.backbone(centre_views(images, spec))))
    targets, old = torch.from_numpy(book.targets[:, 0]), torch.from_numpy(~new)
    counts = torch.bincount(targets, minlength=len(new)).clamp(min=1).unsqueeze(1)
    means = torch.zeros_like(head.weight).index_add_(0, targets, features) / counts
    directions = F.normalize(means - features.mean(0))
    head.weight[~old] = directions[~old] * head.weight[old].norm(dim=1).median()
    if getattr(head, "bias", None) is not None:
        head.bias[~old] = 0.0
        logits = head(head.neck(network.backbone(centre_views(images, spec))))
        head.bias[~old] = logits[:, old].mean() - logits[:, ~old].mean(0)
