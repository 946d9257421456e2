"""How well a trained model reads a labelled list: its readings, and the numbers of `mojika evaluate`."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mojika.data.class_list import ClassList
from mojika.data.input_pipeline import InputPipeline
from mojika.data.split_list import SplitList
from mojika.training.metrics import Counted, count, measure
from mojika.training.model_file import ReadingModel

Reading = tuple[Tensor, Tensor]  # probability and class, (N,) each


def compare(
    split: SplitList, classes: dict[str, ClassList], readings: list[Reading]
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """The numbers, and columns of labels, readings and probabilities; what the model has no class for is left out."""
    parts = {"": np.ones(len(split), bool), "_unshared": ~split.shared}
    if split.unseen is not None:
        parts |= {"_seen": ~split.unseen, "_unseen": split.unseen}
    counted: dict[str, dict[str, Counted]] = {part: {} for part in parts}
    numbers, table = {}, {}
    for head, (name, (confidence, predicted)) in enumerate(zip(classes, readings, strict=True)):
        truth = _truth_in_model_order(split, head, classes[name].labels)
        known = truth >= 0
        suffix = f"_{name}" if len(classes) > 1 else ""
        for part, of_part in parts.items():
            rows = known & torch.from_numpy(of_part)
            counted[part][name] = count(truth[rows], predicted[rows], len(classes[name]))
        numbers[f"classes{suffix}"] = len(truth[known].unique())
        numbers[f"samples_of_unknown_classes{suffix}"] = int((~known).sum())
        labels = np.array(split.classes[name].labels, dtype=object)
        table[name] = labels[split.targets[:, head]]
        table[f"predicted_{name}"] = np.array(classes[name].labels, dtype=object)[predicted.numpy()]
        table[f"prob_{name}"] = confidence.numpy().round(6)

    results: dict[str, float] = {"samples": len(split)}
    for part, of_heads in counted.items():
        results |= measure(of_heads, part)
    return results | numbers, table


def read_list(model: ReadingModel, pipeline: InputPipeline, batch_size: int) -> list[Reading]:
    """The best reading of each sample, per head; the logits of a whole set would not fit."""
    collected = [[scores.softmax(1).max(1) for scores in logits] for logits in model.read(pipeline, batch_size)]
    return [_joined(batches) for batches in zip(*collected, strict=True)]


def _joined(batches: Sequence[Reading]) -> Reading:
    confidence, classes = zip(*batches, strict=True)
    return torch.cat(confidence).cpu(), torch.cat(classes).cpu()


def _truth_in_model_order(split: SplitList, head: int, model_labels: tuple[str, ...]) -> Tensor:
    """The list's targets as the model numbers its classes; −1 where the model has no such class."""
    number = {label: i for i, label in enumerate(model_labels)}
    translation = np.array([number.get(label, -1) for label in split.classes[split.heads[head]].labels])
    return torch.from_numpy(translation[split.targets[:, head]])
