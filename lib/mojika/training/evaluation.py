"""How well a trained model reads a labelled list: its readings, and the numbers of `mojika evaluate`."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mojika.data.class_list import ClassList
from mojika.data.code_points import label_named
from mojika.data.split_list import SplitList, read_split_list
from mojika.errors import UserError
from mojika.files.cache import cache_folder
from mojika.files.urls import Place
from mojika.training.metrics import Counted, count, measure
from mojika.training.model_file import ReadingModel

Reading = tuple[Tensor, Tensor]  # probabilities and classes of the best, (N, K) each


class Comparison(NamedTuple):
    """Numbers by name; columns of labels, readings and probabilities; what was counted of each head, and its truths
    `(N,) int64` as the model numbers its classes, −1 where it has no such class."""

    numbers: dict[str, float]
    table: dict[str, np.ndarray]
    counted: dict[str, Counted]
    truths: dict[str, np.ndarray]


def read_list_for(model: ReadingModel, path: Place) -> SplitList:
    """A labelled list, its images as the model is shown them; raises `UserError` where it has labels of other heads."""
    split = read_split_list(path, model.spec, cache_folder())
    if split.heads != tuple(model.classes):
        reads = ", ".join(model.classes)
        raise UserError(f"{path}: label columns {', '.join(split.heads)}; the model reads {reads}")
    return split


def compare(split: SplitList, classes: dict[str, ClassList], readings: list[Reading]) -> Comparison:
    """The list's labels, spelled as the model's are, beside the readings of each head.

    What the model has no class for is left out of the counts.

    With K > 1 best readings a sample, `topK_accuracy` is the share of samples whose label is among them.
    """
    parts = {"": np.ones(len(split), bool), "_unshared": ~split.shared}
    if split.unseen is not None:
        parts |= {"_seen": ~split.unseen, "_unseen": split.unseen}
    counted: dict[str, dict[str, Counted]] = {part: {} for part in parts}
    numbers, table, truths = {}, {}, {}
    for head, (name, (confidence, predicted)) in enumerate(zip(classes, readings, strict=True)):
        truth = _truth_in_model_order(split, head, classes[name].labels)
        known, truths[name] = truth >= 0, truth.numpy()
        suffix = f"_{name}" if len(classes) > 1 else ""
        among = (predicted == truth[:, None]).any(1)
        for part, of_part in parts.items():
            rows = known & torch.from_numpy(of_part)
            counted[part][name] = count(truth[rows], predicted[rows, 0], len(classes[name]))
            if predicted.shape[1] > 1:
                numbers[f"top{predicted.shape[1]}_accuracy{part}{suffix}"] = among[rows].double().mean().item()
        numbers[f"classes{suffix}"] = len(truth[known].unique())
        numbers[f"samples_of_unknown_classes{suffix}"] = int((~known).sum())
        spelled = {label_named(label): label for label in classes[name].labels}
        listed = [spelled.get(label_named(label), label) for label in split.classes[name].labels]
        table[name] = np.array(listed, dtype=object)[split.targets[:, head]]
        for place in range(predicted.shape[1]):
            ranked = f"{name}_{place + 1}" if place else name
            table[f"predicted_{ranked}"] = np.array(classes[name].labels, dtype=object)[predicted[:, place].numpy()]
            table[f"prob_{ranked}"] = confidence[:, place].numpy().round(6)

    results: dict[str, float] = {"samples": len(split)}
    for part, of_heads in counted.items():
        results |= measure(of_heads, part)
    return Comparison(results | numbers, table, counted[""], truths)


def best_readings(batches: Iterable[list[Tensor]], top: int = 1) -> list[Reading]:
    """The `top` best readings of each sample, per head, of logits batch by batch: those of a whole set would not fit.

    A head with fewer classes has all of them.
    """
    collected = [[scores.softmax(1).topk(min(top, scores.shape[1])) for scores in logits] for logits in batches]
    return [_joined(readings) for readings in zip(*collected, strict=True)]


def _joined(batches: Sequence[Reading]) -> Reading:
    confidence, classes = zip(*batches, strict=True)
    return torch.cat(confidence).cpu(), torch.cat(classes).cpu()


def _truth_in_model_order(split: SplitList, head: int, model_labels: tuple[str, ...]) -> Tensor:
    """The list's targets as the model numbers its classes; −1 where the model has no such class."""
    number = {label_named(label): i for i, label in enumerate(model_labels)}
    listed = split.classes[split.heads[head]].labels
    translation = np.array([number.get(label_named(label), -1) for label in listed])
    return torch.from_numpy(translation[split.targets[:, head]])
