import math

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, recall_score

from mojika.data.grapheme_labels import HEADS
from mojika.training.metrics import ClassificationMetrics, measures_of


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


def labelled(seed: int = 0, count: int = 300):
    """Graphemes, some classes of which are read but never true; logits that are often right; unseen ones."""
    torch.manual_seed(seed)
    counts = {"grapheme_root": 12, "vowel_diacritic": 6, "consonant_diacritic": 4}
    targets = torch.stack([torch.randint(classes - 2, (count,)) for classes in counts.values()], 1)
    logits = [
        torch.nn.functional.one_hot(targets[:, head], classes) * 1.5 + torch.randn(count, classes)
        for head, classes in enumerate(counts.values())
    ]
    return counts, targets, logits, torch.rand(count) < 0.2


def competition_score(truth, predicted) -> float:
    """The competition's own formula: recall_score without `labels` averages over the union of both."""
    recalls = [recall_score(truth[:, head], predicted[:, head], average="macro", zero_division=0) for head in range(3)]
    return np.average(recalls, weights=[2, 1, 1])


def test_score_of_graphemes_is_that_of_the_competition_also_of_the_unseen_alone():
    counts, targets, logits, unseen = labelled()
    predicted = np.stack([scores.argmax(1).numpy() for scores in logits], 1)
    assert set(predicted[:, 0]) - set(targets[:, 0].tolist())  # the rule matters: a class without truth is read
    shared = torch.rand(len(targets)) < 0.5
    metrics = ClassificationMetrics(counts, torch.device("cpu"), knows_unseen=True)
    for start in range(0, len(targets), 7):
        rows = slice(start, start + 7)
        part = [scores[rows] for scores in logits]
        metrics.update(part, targets[rows], shared[rows], torch.zeros(len(part[0])), unseen[rows])
    result = metrics.result()
    for suffix, rows in (("", slice(None)), ("_unshared", ~shared), ("_seen", ~unseen), ("_unseen", unseen)):
        truth, read = targets[rows].numpy(), predicted[np.asarray(rows) if suffix else rows]
        assert result[f"score{suffix}"] == pytest.approx(competition_score(truth, read))
        for head, name in enumerate(counts):
            assert result[f"accuracy{suffix}_{name}"] == pytest.approx(accuracy_score(truth[:, head], read[:, head]))
            labels = np.unique(truth[:, head])
            present = recall_score(truth[:, head], read[:, head], labels=labels, average="macro", zero_division=0)
            assert result[f"macro_recall{suffix}_{name}"] == pytest.approx(present)
            union = recall_score(truth[:, head], read[:, head], average="macro", zero_division=0)
            assert result[f"union_recall{suffix}_{name}"] == pytest.approx(union)


def test_a_class_that_is_read_but_never_true_lowers_the_score_only():
    """Truth 0 0, read 0 1: recall ½ over what is true; 0 and 1 together have ¼."""
    logits, targets = [torch.eye(2)] * 3, torch.zeros(2, 3, dtype=torch.int64)
    counts = {"consonant_diacritic": 2, "grapheme_root": 2, "vowel_diacritic": 2}  # their order does not matter
    result = measured(logits, targets, torch.zeros(2, dtype=torch.bool), torch.zeros(2), counts)
    assert (result["macro_recall"], result["score"]) == (0.5, 0.25)


def test_heads_of_other_names_have_no_score():
    logits, targets = [torch.eye(2)] * 3, torch.zeros(2, 3, dtype=torch.int64)
    result = measured(logits, targets, torch.zeros(2, dtype=torch.bool), torch.zeros(2), {"a": 2, "b": 2, "c": 2})
    assert not [name for name in result if "score" in name or "union" in name]
    assert measures_of(["a", "b"])[0] == measures_of(["label"])[0] == "accuracy"
    assert measures_of(["grapheme_root", "vowel_diacritic", "consonant_diacritic"])[0] == "score"


def test_what_the_log_shows_is_measured():
    for counts in ({"label": 2}, {"a": 2, "b": 2}, dict.fromkeys(HEADS, 2)):
        logits, targets = [torch.eye(2)] * len(counts), torch.zeros(2, len(counts), dtype=torch.int64)
        result = measured(logits, targets, torch.zeros(2, dtype=torch.bool), torch.zeros(2), counts)
        assert set(measures_of(list(counts))) <= result.keys()


def test_all_shared_leaves_the_unshared_numbers_undefined():
    logits, targets = torch.eye(2), torch.tensor([[0], [1]])
    result = measured([logits], targets, torch.ones(2, dtype=torch.bool), torch.zeros(2), {"label": 2})
    assert result["accuracy"] == 1.0
    assert math.isnan(result["accuracy_unshared"])
