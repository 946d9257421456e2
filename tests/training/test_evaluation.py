"""What `mojika evaluate` counts, with graphemes that training lacks and classes that the model lacks."""

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, classification_report, recall_score, top_k_accuracy_score

from mojika.data.class_list import ClassList
from mojika.data.grapheme_labels import HEADS
from mojika.data.split_list import SplitList
from mojika.training.class_report import class_report
from mojika.training.evaluation import best_readings, compare
from mojika.training.metrics import count

COLUMNS = ["label", "precision", "recall", "f1", "support"]
COUNT, CLASSES = 200, 6


def split_of(targets: np.ndarray, shared: np.ndarray, unseen: np.ndarray | None) -> SplitList:
    labels = [str(number) for number in range(CLASSES)]
    classes = {head: ClassList.from_labels(labels) for head in HEADS}
    rows, ones = np.arange(len(targets)), np.ones(len(targets), np.int64)
    return SplitList([], 0 * rows, rows, targets, ones.astype(np.float32), ones, shared, HEADS, classes, unseen)


@pytest.mark.parametrize("known", [CLASSES, CLASSES - 1])
def test_seen_and_unseen_graphemes_are_scored_apart_as_scikit_learn_does(known):
    """With one class fewer in the model its samples are left out of that head's numbers, and counted."""
    generator = np.random.default_rng(0)
    targets = generator.integers(CLASSES, size=(COUNT, 3))
    read = np.where(generator.random((COUNT, 3)) < 0.6, targets, generator.integers(known, size=(COUNT, 3))) % known
    shared, unseen = generator.random((2, COUNT)) < 0.3
    labels = [str(number) for number in range(known)][::-1]  # the model numbers its classes otherwise
    model_classes = {head: ClassList(tuple(labels), (1,) * known) for head in HEADS}
    readings = [(torch.ones(COUNT, 1), torch.from_numpy(known - 1 - read[:, [head]])) for head in range(3)]
    results, table, *_ = compare(split_of(targets, shared, unseen), model_classes, readings)

    for part, rows in (("", shared | ~shared), ("_unshared", ~shared), ("_seen", ~unseen), ("_unseen", unseen)):
        recalls = []
        for head, name in enumerate(HEADS):
            chosen = rows & (targets[:, head] < known)
            truth, found = targets[chosen, head], read[chosen, head]
            recalls.append(recall_score(truth, found, average="macro", zero_division=0))
            assert results[f"accuracy{part}_{name}"] == pytest.approx(accuracy_score(truth, found))
            assert results[f"union_recall{part}_{name}"] == pytest.approx(recalls[-1])
        assert results[f"score{part}"] == pytest.approx(np.average(recalls, weights=[2, 1, 1]))
    assert results["samples_of_unknown_classes_grapheme_root"] == (targets[:, 0] >= known).sum()
    assert table["predicted_vowel_diacritic"].tolist() == [str(number) for number in read[:, 1]]


def test_a_list_that_tells_nothing_of_unseen_graphemes_has_no_such_numbers():
    targets, nothing = np.zeros((4, 3), np.int64), np.zeros(4, bool)
    split = split_of(targets, nothing, None)
    readings = [(torch.ones(4, 1), torch.zeros(4, 1, dtype=torch.int64))] * 3
    results, *_ = compare(split, split.classes, readings)
    assert results["samples"] == 4 and not [name for name in results if "seen" in name]


@pytest.mark.filterwarnings("ignore:'k'")
@pytest.mark.parametrize("top", [2, 3, CLASSES + 1])
def test_the_label_is_among_the_best_as_often_as_scikit_learn_counts(top):
    generator = np.random.default_rng(1)
    targets = generator.integers(CLASSES, size=(COUNT, 3))
    shared = generator.random(COUNT) < 0.3
    logits = torch.from_numpy(generator.normal(size=(3, COUNT, CLASSES)))
    split = split_of(targets, shared, None)
    readings = best_readings([list(logits[:, :150]), list(logits[:, 150:])], top)
    results, table, *_ = compare(split, split.classes, readings)
    shown = min(top, CLASSES)
    for head, name in enumerate(HEADS):
        for part, rows in (("", shared | ~shared), ("_unshared", ~shared)):
            expected = top_k_accuracy_score(targets[rows, head], logits[head][rows], k=top, labels=range(CLASSES))
            assert results[f"top{shown}_accuracy{part}_{name}"] == pytest.approx(expected)
        order = logits[head].argsort(1, descending=True)[:, :shown].numpy()
        names = [name, *(f"{name}_{place}" for place in range(2, shown + 1))]
        for place, column in enumerate(names):
            assert table[f"predicted_{column}"].tolist() == [str(label) for label in order[:, place]]


def test_the_report_of_classes_is_scikit_learns():
    generator = np.random.default_rng(2)
    truth, read = (torch.from_numpy(generator.integers(1, CLASSES, size=COUNT)) for _ in range(2))
    truth[truth == 2] = 3  # 2 is read but never true, 0 neither
    labels = ClassList.from_labels([str(number) for number in range(CLASSES)])
    found = class_report({"label": count(truth, read, CLASSES)}, {"label": labels})
    expected = classification_report(truth, read, output_dict=True, zero_division=0)
    assert found["label"].tolist() == ["1", "2", "3", "4", "5"] and list(found) == COLUMNS
    for _, row in found.iterrows():
        of_class = expected[row["label"]]
        numbers = [of_class[name] for name in ("precision", "recall", "f1-score", "support")]
        np.testing.assert_allclose(row[COLUMNS[1:]].astype(float), numbers, atol=1e-6)


def test_the_report_of_several_heads_names_them():
    counted = {head: count(torch.tensor([0, 1]), torch.tensor([0, 0]), 2) for head in HEADS}
    found = class_report(counted, dict.fromkeys(HEADS, ClassList.from_labels(["a", "b"])))
    assert list(found) == ["head", *COLUMNS] and found["head"].tolist() == [head for head in HEADS for _ in "ab"]
