"""Outcomes of boxes: one page by hand, random ones against the scores."""

import numpy as np
import pandas as pd
import pytest

from mojika.boxes.outcomes import outcomes
from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.scoring import count_pages, score_detection, summarise
from mojika.boxes.submission import points_of
from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.pictures.page_overlay import Outcome

CLASSES = ClassList(("a", "b", "c"), (1, 1, 1))


def page_boxes(*rows: tuple[str, float, float, float, float, str], pages=("p", "q"), read: bool = True) -> PageBoxes:
    table = pd.DataFrame(list(rows), columns=["image_id", "x1", "y1", "x2", "y2", "label"])
    table = table.assign(box_score=np.linspace(1, 0.5, len(rows)))
    sizes = pd.DataFrame({"image_id": list(pages), "width": 400, "height": 400})
    return PageBoxes(sizes, table if read else table.drop(columns="label"), CLASSES if read else None, {"stage": "any"})


TRUTH = page_boxes(
    ("p", 0, 0, 20, 20, "a"), ("p", 40, 0, 60, 20, "b"), ("p", 80, 0, 100, 20, "c"), ("q", 0, 0, 20, 20, "a")
)  # fmt: skip
BOXES = [
    ("p", 2, 0, 22, 20, "a"),  # right
    ("p", 0, 2, 20, 22, "a"),  # the same character again
    ("p", 40, 0, 60, 24, "c"),  # a character with another label
    ("p", 85, 9, 90, 14, "b"),  # inside a character, but IoU below 0.5
    ("p", 300, 0, 320, 20, "a"),  # nothing
]


def test_every_box_gets_what_became_of_it():
    table = outcomes(page_boxes(*BOXES), TRUTH)
    assert table["outcome"].tolist() == [
        Outcome.RIGHT, Outcome.SURPLUS, Outcome.WRONG, Outcome.SURPLUS, Outcome.SURPLUS, Outcome.MISSED, Outcome.MISSED
    ]  # fmt: skip
    assert table["read"].tolist() == ["a", "a", "c", "b", "a", None, None]
    assert table["truth"].tolist() == ["a", None, "b", None, None, "c", "a"]
    assert table["image_id"].tolist() == ["p"] * 6 + ["q"] and table["x1"].tolist()[-2:] == [80, 0]


def test_boxes_that_were_not_read_are_found_by_their_overlap():
    table = outcomes(page_boxes(*BOXES, read=False), TRUTH)
    assert table["outcome"].tolist()[:5] == ["found", "surplus", "found", "surplus", "surplus"]
    assert table["truth"].tolist()[5:] == ["c", "a"] and table["read"].tolist() == [None] * 7


def test_without_a_truth_boxes_are_boxes():
    assert outcomes(page_boxes(*BOXES))["outcome"].tolist() == ["boxes"] * 5


def test_an_equal_label_beside_its_character_is_no_wrong_label():
    table = outcomes(page_boxes(("p", 0, 0, 40, 20, "a")), TRUTH)  # IoU 0.5, its centre on the border
    assert table["outcome"].tolist() == ["surplus"] + ["missed"] * 4


def test_counts_are_those_of_the_scores():
    rng = np.random.default_rng(5)

    def random_boxes(count: int, read: bool = True) -> PageBoxes:
        corner = rng.integers(0, 60, (count, 2))
        corners = np.concatenate([corner, corner + rng.integers(10, 40, (count, 2))], axis=1)
        ids = np.sort(rng.choice(["p", "q"], count))
        return page_boxes(
            *((i, *c, label) for i, c, label in zip(ids, corners, rng.choice(list("abc"), count), strict=True)),
            read=read,
        )

    for _ in range(20):
        boxes, truth = random_boxes(40), random_boxes(30)
        found = outcomes(boxes, truth)["outcome"].value_counts()
        score = summarise(count_pages(points_of(boxes), truth))
        assert found["right"] == score["true_positives"]
        assert found.get("wrong label", 0) + found["surplus"] == score["false_positives"]
        assert found.get("wrong label", 0) + found["missed"] == score["false_negatives"]
        unread = random_boxes(40, read=False)
        found = outcomes(unread, truth)["outcome"].value_counts()
        assert found["found"] == pytest.approx(score_detection(unread, truth)["detection_precision"] * 40)
        assert found["found"] + found["missed"] == 30


def test_removed_boxes_are_those_that_are_no_longer_there():
    one, other = page_boxes(*BOXES[:3]), page_boxes(*BOXES[2:])  # a box of both is removed once
    kept = page_boxes(BOXES[0], BOXES[4], pages=["p"])
    table = outcomes(kept, None, [one, other])
    assert table["outcome"].tolist() == ["boxes"] * 2 + ["removed"] * 3
    assert table[["x1", "y1"]].to_numpy().tolist()[2:] == [[0, 2], [40, 0], [85, 9]]


def test_removed_boxes_of_other_pages_are_not_shown():
    kept, before = page_boxes(BOXES[0], pages=["p"]), page_boxes(BOXES[0], ("q", 0, 0, 9, 9, "a"))
    assert outcomes(kept, None, [before])["outcome"].tolist() == ["boxes"]


def test_boxes_that_nothing_was_removed_from_are_refused():
    with pytest.raises(UserError, match="found 2 of 5 boxes missing there; name all inputs"):
        outcomes(page_boxes(*BOXES), None, [page_boxes(*BOXES[:3])])
    with pytest.raises(UserError, match="earlier boxes 1: expected the same pages, found no q"):
        outcomes(page_boxes(*BOXES), None, [page_boxes(*BOXES, pages=["p"])])
