import math
from pathlib import Path

import numpy as np
import pytest
from grapheme_files import write_labels
from sklearn.metrics import recall_score

from mojika.errors import UserError
from mojika.recognition.graphemes.score import read_truth, score_graphemes, seen_in_training

HEADS = ("grapheme_root", "vowel_diacritic", "consonant_diacritic")


def drawn(seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    return {
        head: generator.integers(0, n, 300).astype(str).astype(object)
        for head, n in zip(HEADS, (40, 11, 7), strict=True)
    }


def sklearn_score(truth: dict, predicted: dict, rows: np.ndarray) -> float:
    """`recall_score(truth, prediction)`, in this order: macro over the labels of both."""
    recalls = [
        recall_score(truth[head][rows], predicted[head][rows], average="macro", zero_division=0) for head in HEADS
    ]
    return float(np.average(recalls, weights=[2, 1, 1]))


def test_the_score_is_that_of_scikit_learn_also_in_parts():
    truth, predicted = drawn(0), drawn(1)
    right = np.random.default_rng(2).random(300) < 0.7
    predicted = {head: np.where(right, truth[head], predicted[head]) for head in HEADS}
    truth["grapheme_root"][truth["grapheme_root"] == "3"] = "4"  # "3" is predicted and never true
    seen = np.arange(300) % 3 > 0
    found = score_graphemes(truth, predicted, seen)
    everything = np.ones(300, bool)
    for name, rows in (("score", everything), ("score_seen", seen), ("score_unseen", ~seen)):
        assert found[name] == pytest.approx(sklearn_score(truth, predicted, rows))
    root = recall_score(truth["grapheme_root"], predicted["grapheme_root"], average="macro", zero_division=0)
    assert found["recall_root"] == pytest.approx(root)
    assert (found["samples"], found["samples_seen"], found["samples_unseen"]) == (300, 200, 100)


def test_a_hand_computed_score():
    """Roots: recalls 1/2, 1, and 0 of the class that is only predicted; vowels 1; consonants 0 and 0."""
    truth = {"grapheme_root": ["1", "1", "2"], "vowel_diacritic": ["0"] * 3, "consonant_diacritic": ["5"] * 3}
    predicted = {"grapheme_root": ["1", "7", "2"], "vowel_diacritic": ["0"] * 3, "consonant_diacritic": ["6"] * 3}
    lots = [{head: np.array(labels, object) for head, labels in lot.items()} for lot in (truth, predicted)]
    found = score_graphemes(*lots)
    assert found == {
        "samples": 3, "score": 0.5, "recall_root": 0.5, "recall_vowel": 1.0, "recall_consonant": 0.0
    }  # fmt: skip
    none_unseen = score_graphemes(*lots, np.ones(3, bool))
    assert none_unseen["score_seen"] == 0.5 and math.isnan(none_unseen["score_unseen"])


def test_truth_follows_the_images_and_is_whole(tmp_path: Path):
    path = write_labels(tmp_path / "labels.csv", [["b", 1, 2, 3], ["a", 4, 5, 6]])
    assert {head: labels.tolist() for head, labels in read_truth(path, ["a", "b"]).items()} == {
        "grapheme_root": ["4", "1"], "vowel_diacritic": ["5", "2"], "consonant_diacritic": ["6", "3"]
    }  # fmt: skip
    with pytest.raises(UserError, match="1 images of the shards have no label: c"):
        read_truth(path, ["a", "c"])
    write_labels(path, [["b", 1, 2, 3], ["b", 4, 5, 6]])
    with pytest.raises(UserError, match="expected each image once, found b again"):
        read_truth(path, ["b"])


def test_seen_graphemes_are_combinations_of_labels_in_any_file(tmp_path: Path):
    first = write_labels(tmp_path / "first.csv", [["x", 1, 2, 3], ["y", 4, 2, 0]])
    second = write_labels(tmp_path / "second.csv", [["z", 4, 5, 6]])
    rows = [("1", "2", "3"), ("1", "2", "0"), ("4", "5", "6"), ("4", "2", "3")]
    truth = dict(zip(HEADS, np.array(rows, object).T, strict=True))
    assert seen_in_training(truth, [first]).tolist() == [True, False, False, False]
    assert seen_in_training(truth, [first, second]).tolist() == [True, False, True, False]
    split_list = tmp_path / "train.csv"
    split_list.write_text(f"pack,row,{','.join(HEADS)},weight,repeat,shared\nx,0,1,2,0,1,1,0\n")
    assert seen_in_training(truth, [split_list]).tolist() == [False, True, False, False]
