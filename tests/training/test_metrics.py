import math

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, recall_score

from mojika.training.metrics import ClassificationMetrics


def measured(logits, targets, shared, losses, counts, batch=5):
    metrics = ClassificationMetrics(counts, torch.device("cpu"))
    for start in range(0, len(targets), batch):
        rows = slice(start, start + batch)
        metrics.update([scores[rows] for scores in logits], targets[rows], shared[rows], losses[rows])
    return metrics.result()


def test_accuracy_and_macro_recall_equal_scikit_learn():
    torch.manual_seed(0)
    targets = torch.randint(6, (57, 1))  # 6 of 8 classes occur: the others have no recall, not a recall of 0
    logits = torch.nn.functional.one_hot(targets[:, 0], 8) * 1.5 + torch.randn(57, 8)
    shared = torch.rand(57) < 0.3
    losses = torch.rand(57)
    result = measured([logits], targets, shared, losses, {"label": 8})

    truth, predicted, own = targets[:, 0].numpy(), logits.argmax(1).numpy(), ~shared.numpy()
    assert result["loss"] == pytest.approx(losses.mean().item())
    assert result["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    assert result["accuracy_unshared"] == pytest.approx(accuracy_score(truth[own], predicted[own]))
    for suffix, rows in (("", slice(None)), ("_unshared", own)):
        expected = recall_score(
            truth[rows], predicted[rows], labels=np.unique(truth[rows]), average="macro", zero_division=0
        )
        assert result[f"macro_recall{suffix}"] == pytest.approx(expected)


def test_recall_is_not_precision():
    """Class 0: two truths, one found. Class 1: one truth, found; two predictions."""
    logits = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    targets = torch.tensor([[0], [0], [1]])
    result = measured([logits], targets, torch.zeros(3, dtype=torch.bool), torch.zeros(3), {"label": 2})
    assert result["macro_recall"] == pytest.approx((0.5 + 1.0) / 2)


def test_several_heads_are_reported_apart_and_as_mean():
    logits = [torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[0.0, 1.0], [0.0, 1.0]])]
    targets = torch.tensor([[0, 1], [1, 1]])
    result = measured(logits, targets, torch.zeros(2, dtype=torch.bool), torch.zeros(2), {"root": 2, "vowel": 2})
    assert (result["accuracy_root"], result["accuracy_vowel"], result["accuracy"]) == (0.5, 1.0, 0.75)


def test_all_shared_leaves_the_unshared_numbers_undefined():
    logits, targets = torch.eye(2), torch.tensor([[0], [1]])
    result = measured([logits], targets, torch.ones(2, dtype=torch.bool), torch.zeros(2), {"label": 2})
    assert result["accuracy"] == 1.0
    assert math.isnan(result["accuracy_unshared"])
