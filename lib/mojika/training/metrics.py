"""Validation metrics from exact per-class counts, kept on the device until an epoch ends."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mojika.training.distributed import World


def macro_recall(hits: Tensor, truths: Tensor) -> float:
    """Mean recall over the classes that occur in the truth; `hits` and `truths` are counts `(classes,)`."""
    present = truths > 0
    return (hits[present].double() / truths[present].double()).mean().item() if present.any() else float("nan")


class ClassificationMetrics:
    """Loss, accuracy and macro recall per head, with and without the samples that also stand in the training list.

    Counts are summed over the whole set before anything is divided: a mean of per-batch recalls is not a recall.
    """

    def __init__(self, class_counts: dict[str, int], device: torch.device):
        self.names = list(class_counts)
        # [with shared samples, without] × classes
        self.truths = [torch.zeros(2, n, dtype=torch.int64, device=device) for n in class_counts.values()]
        self.hits = [torch.zeros_like(counts) for counts in self.truths]
        self.loss = torch.zeros((), dtype=torch.float64, device=device)
        self.samples = 0

    def update(self, logits: Sequence[Tensor], targets: Tensor, shared: Tensor, losses: Tensor) -> None:
        """`targets` `(N, heads)`, `shared` `(N,) bool`, `losses` `(N,)`."""
        self.loss += losses.sum(dtype=torch.float64)
        self.samples += len(targets)
        own = ~shared
        for head, scores in enumerate(logits):
            truth, right = targets[:, head], scores.argmax(1) == targets[:, head]
            for row, counted in enumerate((torch.ones_like(own), own)):
                self.truths[head][row].index_add_(0, truth, counted.long())
                self.hits[head][row].index_add_(0, truth, (counted & right).long())

    def sum_over(self, world: World) -> None:
        """Add up what the processes counted; the result is that of one process that saw everything."""
        samples = torch.tensor(self.samples, device=self.loss.device)
        for counted in (*self.truths, *self.hits, self.loss, samples):
            world.sum(counted)
        self.samples = int(samples)

    def result(self) -> dict[str, float]:
        """Flat numbers: `loss, accuracy, macro_recall, accuracy_unshared, macro_recall_unshared`.

        With several heads, accuracy and macro recall are means over them and each head's follow as `…_<head>`.
        """
        result = {"loss": self.loss.item() / self.samples}
        for row, suffix in enumerate(("", "_unshared")):
            accuracies = [
                (hits[row].sum() / truths[row].sum()).item()
                for hits, truths in zip(self.hits, self.truths, strict=True)
            ]
            recalls = [
                macro_recall(hits[row], truths[row]) for hits, truths in zip(self.hits, self.truths, strict=True)
            ]
            result[f"accuracy{suffix}"] = sum(accuracies) / len(accuracies)
            result[f"macro_recall{suffix}"] = sum(recalls) / len(recalls)
            if len(self.names) > 1:
                for name, accuracy, recall in zip(self.names, accuracies, recalls, strict=True):
                    result[f"accuracy{suffix}_{name}"] = accuracy
                    result[f"macro_recall{suffix}_{name}"] = recall
        return result
