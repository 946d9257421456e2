import numpy as np
import pytest
from made_boxes import page_boxes

from mojika.boxes.scoring import (
    by_book,
    count_pages,
    match,
    of_pages,
    score_classification,
    score_detection,
    summarise,
    with_rates,
)
from mojika.boxes.submission import points_of
from mojika.data.class_list import ClassList
from mojika.errors import UserError


def square(label: str, place: int, size: int = 10) -> tuple[str, int, int, int, int]:
    """A square at one of many places that do not touch."""
    return label, 20 * place, 0, 20 * place + size, size


TRUTH = {
    "100_1": [square("A", 0), square("A", 1), square("B", 2), square("C", 3)],
    "100_2": [],
    "brsk001": [square("B", 0)],
    "brsk002": [],
}
READ = {
    "100_1": [square("A", 0), square("B", 1), square("B", 2), square("C", 9)],
    "100_2": [],
    "brsk001": [],
    "brsk002": [square("C", 0), square("C", 1)],
}


def test_characters_are_counted_by_page_book_and_overall():
    counts = count_pages(points_of(page_boxes(READ)), page_boxes(TRUTH))
    assert counts["image_id"].tolist() == list(TRUTH)
    table = counts[["true_positives", "false_positives", "false_negatives"]].to_numpy().tolist()
    assert table == [[2, 2, 2], [0, 0, 0], [0, 0, 1], [0, 2, 0]]
    books = by_book(counts)
    assert books["book"].tolist() == ["100", "brsk"] and books["pages"].tolist() == [2, 2]
    assert books["f1"].tolist() == [0.5, 0]
    precision, recall = 2 / 6, 2 / 5
    assert summarise(counts) == {
        "f1": pytest.approx(2 * precision * recall / (precision + recall)), "precision": precision, "recall": recall,
        "true_positives": 2, "false_positives": 4, "false_negatives": 3, "pages": 4}  # fmt: skip
    assert list(summarise(counts)) == [
        "f1", "precision", "recall", "true_positives", "false_positives", "false_negatives", "pages"]  # fmt: skip
    assert with_rates(counts)["f1"].tolist() == [0.5, 0, 0, 0]


def test_nothing_to_read_and_nothing_read_is_zero_by_name_only():
    nothing = page_boxes({"p": [], "q": []})
    assert summarise(count_pages(points_of(nothing), nothing)) == {
        "f1": 0, "precision": 0, "recall": 0, "true_positives": 0, "false_positives": 0, "false_negatives": 0,
        "pages": 2}  # fmt: skip


def test_the_truth_read_back_is_perfect_in_any_page_order():
    truth = page_boxes(TRUTH)
    same = page_boxes({image_id: TRUTH[image_id] for image_id in reversed(TRUTH)})
    assert summarise(count_pages(points_of(same), truth))["f1"] == 1
    assert match(same, truth).all() and len(match(same, truth)) == 5


def test_true_positives_follow_the_rows_of_the_predictions():
    assert match(page_boxes(READ), page_boxes(TRUTH)).tolist() == [True, False, True, False, False, False]
    some = page_boxes({image_id: READ[image_id] for image_id in ("brsk002", "100_1")})
    assert match(some, page_boxes(TRUTH)).tolist() == [False, False, True, False, True, False]


def test_pages_left_out_are_refused_unless_the_truth_is_cut_down_to_them():
    truth = page_boxes(TRUTH)
    some = points_of(page_boxes({"brsk001": TRUTH["brsk001"]}))
    with pytest.raises(UserError, match="found no 100_1, 100_2, brsk002; .* predicted_pages"):
        count_pages(some, truth)
    assert summarise(count_pages(some, of_pages(truth, some.image_ids)))["f1"] == 1
    with pytest.raises(UserError, match="predicted pages that are not in the truth: x"):
        of_pages(truth, ["brsk001", "x"])


def test_detection_is_scored_whatever_the_labels():
    """By falling score: hit, miss, hit, hit, miss of 4 boxes: precision 1, 1/2, 2/3, 3/4, 3/5."""
    truth = page_boxes({"p": [square("A", place) for place in range(4)], "empty": []})
    predicted = {"p": [square("B", 0), square("B", 7), square("B", 1), square("B", 2)], "empty": [square("A", 0)]}
    score = [0.9, 0.8, 0.7, 0.6, 0.5]
    assert score_detection(page_boxes(predicted, box_score=score), truth) == {
        "detection_precision": pytest.approx(3 / 5),
        "detection_recall": pytest.approx(3 / 4),
        "detection_ap": pytest.approx((1 + 3 / 4 + 3 / 4) / 4),  # 3/4 is still reached where 2/3 was
    }
    order = np.array([3, 0, 2, 1])
    shuffled = {"p": [predicted["p"][row] for row in order], "empty": predicted["empty"]}
    found = score_detection(page_boxes(shuffled, box_score=[*np.array(score)[order], 0.5]), truth)
    assert found["detection_ap"] == pytest.approx((1 + 3 / 4 + 3 / 4) / 4)


def test_detection_without_truth_or_without_boxes():
    nothing, something = page_boxes({"p": []}), page_boxes({"p": [square("A", 0)]})
    no_truth, no_boxes = score_detection(something, nothing), score_detection(nothing, something)
    assert no_truth["detection_precision"] == 0 and np.isnan(no_truth["detection_recall"])
    assert no_boxes["detection_recall"] == 0 and no_boxes["detection_ap"] == 0
    assert np.isnan(no_boxes["detection_precision"])


def test_classification_is_scored_over_the_detected_characters_by_class_frequency():
    truth = page_boxes({"p": [square(label, place) for place, label in enumerate("AAAABBCC")]})
    read = page_boxes({"p": [square(label, place) for place, label in enumerate("AAABBAC")]})  # the last C is not found
    found = score_classification(read, truth, ClassList(("A", "B", "D"), (100, 99, 5)))
    assert found == {
        "accuracy": pytest.approx(5 / 7),
        "macro_accuracy": pytest.approx((3 / 4 + 1 / 2 + 1) / 3),
        "macro_accuracy_rare": pytest.approx((1 / 2 + 1) / 2),  # C is not even listed
        "macro_accuracy_common": pytest.approx(3 / 4),
        "classes_rare": 2,
        "classes_common": 1,
    }


def test_classification_of_nothing_is_not_a_number():
    nothing = page_boxes({"p": []})
    found = score_classification(nothing, nothing, ClassList(("A",), (1,)))
    assert all(np.isnan(found[name]) for name in ("accuracy", "macro_accuracy", "macro_accuracy_rare"))
    assert found["classes_rare"] == found["classes_common"] == 0
