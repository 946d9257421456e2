from collections import Counter

import numpy as np
import pytest
from made_boxes import page_boxes
from scipy.stats import mode

from mojika.boxes.voting import vote
from mojika.errors import UserError


def readings(*models: tuple[str, list[float]]):
    """One prediction a model: the labels of the boxes as one string, and their probabilities."""
    return [
        page_boxes(
            {"p": [(label, i, 0, i + 1, 1) for i, label in enumerate(labels[:2])], "empty": [],
             "q": [(label, i, 0, i + 1, 1) for i, label in enumerate(labels[2:])]},
            prob=prob, model=str(number),
        )
        for number, (labels, prob) in enumerate(models)
    ]  # fmt: skip


def voted(*models: tuple[str, list[float]]) -> tuple[str, list[float]]:
    boxes = vote(readings(*models)).boxes
    return "".join(boxes["label"]), [round(value, 6) for value in boxes["prob"].tolist()]


def test_the_majority_wins_with_the_highest_probability_among_those_that_agree():
    assert voted(("A", [0.3]), ("B", [0.9]), ("A", [0.4])) == ("A", [0.4])


def test_when_all_disagree_the_most_probable_label_wins():
    assert voted(("A", [0.3]), ("B", [0.5]), ("C", [0.4])) == ("B", [0.5])


def test_of_equally_frequent_labels_the_most_probable_wins_and_then_the_first_model():
    assert voted(("B", [0.2]), ("A", [0.6]), ("A", [0.1]), ("B", [0.7]), ("C", [0.9])) == ("B", [0.7])
    assert voted(("C", [0.5]), ("A", [0.5]), ("B", [0.5])) == ("C", [0.5])


def test_ties_may_go_to_the_first_label_as_scipys_mode_has_it():
    generator = np.random.default_rng(3)
    labels = ["".join(generator.choice(list("ABC"), 300)) for _ in range(5)]
    probs = [generator.integers(1, 9, 300) / 10 for _ in range(5)]
    found = vote(readings(*zip(labels, probs, strict=True)), ties="label").boxes
    most = mode([[ord(letter) for letter in text] for text in labels], axis=0)
    assert found["label"].tolist() == [chr(code) for code in most.mode] and most.count.min() > 1
    for row, label in enumerate(found["label"]):
        best = max(prob[row] for text, prob in zip(labels, probs, strict=True) if text[row] == label)
        assert found["prob"][row] == np.float32(best)


def test_when_all_disagree_the_most_probable_label_wins_whatever_the_rule():
    boxes = vote(readings(("A", [0.3]), ("B", [0.5]), ("C", [0.4])), ties="label").boxes
    assert boxes["label"].tolist() == ["B"]


def test_the_rule_for_ties_is_part_of_what_the_boxes_were_made_from():
    models = readings(("A", [0.1]), ("B", [0.2]))
    assert vote(models).fingerprint != vote(models, ties="label").fingerprint
    assert "ties" not in vote(models).made_from
    nothing = page_boxes({"p": []})
    assert len(vote([nothing, nothing], ties="label")) == 0


def test_the_further_columns_are_those_of_the_model_whose_probability_is_taken():
    models = readings(("AB", [0.3, 0.2]), ("AC", [0.6, 0.1]), ("BC", [0.9, 0.4]))
    boxes = vote([model.with_boxes(model.boxes.assign(keep_prob=0.5)) for model in models]).boxes
    assert [list(row) for row in boxes["top5_labels"]] == [["A"], ["C"]]
    assert [list(row) for row in boxes["top5_probs"]] == [[0.6], [0.4]]
    assert "keep_prob" not in boxes


def test_every_box_is_voted_on_by_itself():
    generator = np.random.default_rng(0)
    labels = ["".join(generator.choice(list("ABC"), 300)) for _ in range(5)]
    probs = [generator.integers(1, 9, 300) / 10 for _ in range(5)]
    found = vote(readings(*zip(labels, probs, strict=True)))
    for row in range(300):
        mine = [(text[row], prob[row]) for text, prob in zip(labels, probs, strict=True)]
        count = Counter(label for label, _ in mine)
        best = max(prob for label, prob in mine if count[label] == max(count.values()))
        first = next(label for label, prob in mine if count[label] == max(count.values()) and prob == best)
        assert (found.boxes["label"][row], found.boxes["prob"][row]) == (first, np.float32(best))


def test_one_model_decides_alone_and_pages_without_boxes_stay():
    (model,) = readings(("AB", [0.1, 0.2]))
    assert vote([model]).boxes["label"].tolist() == ["A", "B"]
    nothing = page_boxes({"p": [], "q": []})
    assert vote([nothing, nothing]).pages["image_id"].tolist() == ["p", "q"]


def test_the_fingerprint_tells_which_models_voted():
    one, two = readings(("A", [0.1]), ("A", [0.1]))
    assert len({vote(models).fingerprint for models in ([one], [one, two], [two, one])}) == 3


def test_other_boxes_are_refused_at_the_first_difference():
    one = page_boxes({"p": [("A", 0, 0, 1, 1), ("A", 2, 0, 3, 1)]})
    moved = page_boxes({"p": [("A", 0, 0, 1, 1), ("A", 2, 0, 4, 1)]})
    with pytest.raises(UserError, match="input 2: box 2 is 2, 0, 4, 1 of p .* in the first one it is 2, 0, 3, 1 of p"):
        vote([one, moved])
    with pytest.raises(UserError, match="box 1 is 0, 0, 1, 1 of p with box_score 0.5; .* with box_score 1"):
        vote([one, page_boxes({"p": [("A", 0, 0, 1, 1), ("A", 2, 0, 3, 1)]}, box_score=[0.5, 1])])
    with pytest.raises(UserError, match="input 2 has 1 boxes, the first one 2"):
        vote([one, page_boxes({"p": [("A", 0, 0, 1, 1)]})])
    with pytest.raises(UserError, match="input 1: expected boxes that were read, found no top5_labels"):
        vote([one.with_boxes(one.boxes.drop(columns="top5_labels"))])
