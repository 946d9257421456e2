"""Validation metrics from exact per-class counts, kept on the device until an epoch ends."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mojika.data.grapheme_labels import score_weights
from mojika.training.distributed import World


class Counted(NamedTuple):
    """Of one head, `(classes,)` each: how often a class is the truth, how often it is read, how often rightly."""

    truths: Tensor
    predicted: Tensor
    hits: Tensor


def count(truth: Tensor, predicted: Tensor, classes: int, chosen: Tensor | None = None) -> Counted:
    """The counts of samples whose true and predicted classes are `(N,) int64`; of the `chosen (N,) bool` ones alone."""
    chosen = torch.ones_like(truth, dtype=torch.bool) if chosen is None else chosen
    counted = (truth, chosen), (predicted, chosen), (truth, chosen & (truth == predicted))
    return Counted(*(indices.new_zeros(classes).index_add_(0, indices, which.long()) for indices, which in counted))


def confused(truth: np.ndarray, read: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a class and another that it was read as, `(M, 2) int64`, and how often, `(M,)`, the most frequent first.

    Classes of N samples, `(N,) int64`.
    """
    wrong = truth != read
    pairs, counts = np.unique(np.stack([truth[wrong], read[wrong]], 1), axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return pairs[order], counts[order]


def macro_recall(hits: Tensor, truths: Tensor) -> float:
    """Mean recall over the classes that occur in the truth; `hits` and `truths` are counts `(classes,)`."""
    present = truths > 0
    return (hits[present].double() / truths[present].double()).mean().item() if present.any() else float("nan")


def union_recall(counted: Counted) -> float:
    """Mean recall over the classes that occur in the truth or are read: scikit-learn's macro recall.

    A class that is read but never true counts with recall 0. So bengaliai-cv19 was scored, with `recall_score(truth,
    prediction, average="macro")` and no `labels`.
    """
    occurring = (counted.truths > 0) | (counted.predicted > 0)
    recalls = counted.hits[occurring].double() / counted.truths[occurring].double().clamp(min=1)
    return recalls.mean().item() if occurring.any() else float("nan")


def measures_of(heads: Sequence[str]) -> tuple[str, ...]:
    """What the log shows of a validation, the measure by which runs are compared first."""
    both = ("accuracy", "macro_recall")
    if len(heads) == 1:
        return both
    return (*(["score"] if score_weights(heads) else []), *both, *(f"{name}_{head}" for head in heads for name in both))


def measure(counted: Mapping[str, Counted], part: str = "") -> dict[str, float]:
    """`accuracy<part>` and `macro_recall<part>` of what was counted of each head, by name.

    With several heads these are means over them and each head's follow as `…<part>_<head>`. Heads with `score_weights`
    get `union_recall<part>_<head>` as well and `score<part>`, the weighted mean of the union recalls.
    """
    accuracies = {name: (counts.hits.sum() / counts.truths.sum()).item() for name, counts in counted.items()}
    recalls = {name: macro_recall(counts.hits, counts.truths) for name, counts in counted.items()}
    columns = {"accuracy": accuracies, "macro_recall": recalls}
    result = {f"{measured}{part}": sum(values.values()) / len(values) for measured, values in columns.items()}
    weights = score_weights(counted)
    if weights:
        columns["union_recall"] = unions = {name: union_recall(counts) for name, counts in counted.items()}
        weighted = sum(weight * unions[name] for name, weight in weights.items())
        result = {f"score{part}": weighted / sum(weights.values()), **result}
    if len(counted) > 1:
        for name in counted:
            result.update({f"{measured}{part}_{name}": values[name] for measured, values in columns.items()})
    return result


class ClassificationMetrics:
    """Loss and the numbers of `measure` over all samples (""), over those that are not also in the training list
    ("_unshared"), and, if known, over graphemes that occur in training ("_seen") and that do not ("_unseen").

    Counts are summed over the whole set before anything is divided: a mean of per-batch recalls is not a recall.
    """

    def __init__(self, class_counts: dict[str, int], device: torch.device, *, knows_unseen: bool = False):
        self.parts = ("", "_unshared", "_seen", "_unseen") if knows_unseen else ("", "_unshared")
        # (what is counted, parts, classes)
        self.counts = {
            name: torch.zeros(len(Counted._fields), len(self.parts), classes, dtype=torch.int64, device=device)
            for name, classes in class_counts.items()
        }
        self.loss = torch.zeros((), dtype=torch.float64, device=device)
        self.samples = 0

    def update(
        self, logits: Sequence[Tensor], targets: Tensor, shared: Tensor, losses: Tensor, unseen: Tensor | None = None
    ) -> None:
        """`targets` `(N, heads)`, `shared` and `unseen` `(N,) bool`, `losses` `(N,)`."""
        self.loss += losses.sum(dtype=torch.float64)
        self.samples += len(targets)
        rows = [torch.ones_like(shared), ~shared]
        if unseen is not None:
            rows += [~unseen, unseen]
        for head, (scores, counts) in enumerate(zip(logits, self.counts.values(), strict=True)):
            predicted = scores.argmax(1)
            for part, of_part in enumerate(rows):
                counts[:, part] += torch.stack(count(targets[:, head], predicted, counts.shape[2], of_part))

    def sum_over(self, world: World) -> None:
        """Add up what the processes counted; the result is that of one process that saw everything."""
        samples = torch.tensor(self.samples, device=self.loss.device)
        for counted in (*self.counts.values(), self.loss, samples):
            world.sum(counted)
        self.samples = int(samples)

    def result(self) -> dict[str, float]:
        """Flat numbers: `loss`, and what `measure` says of each part."""
        result = {"loss": self.loss.item() / self.samples}
        for number, part in enumerate(self.parts):
            counted = {name: Counted(*counts[:, number].unbind()) for name, counts in self.counts.items()}
            result.update(measure(counted, part))
        return result
