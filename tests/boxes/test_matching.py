import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_boxes import LABELS, page_boxes

from mojika.boxes.matching import first_come, match_boxes, match_points
from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.submission import Points
from mojika.errors import UserError


def points(pages: dict[str, list[tuple[str, float, float]]]) -> Points:
    flat = [each for page in pages.values() for each in page]
    return Points(
        tuple(pages),
        np.repeat(np.arange(len(pages)), [len(page) for page in pages.values()]).astype(np.int64),
        np.array([label for label, _, _ in flat], object),
        np.array([position for _, *position in flat], np.float64).reshape(-1, 2),
    )


def literal_match(predicted: dict, truth: dict) -> list[int]:
    """The rule as a loop: each truth box in turn takes the first unused point of its label strictly inside it."""
    pages = dict(zip(truth, np.cumsum([0, *map(len, truth.values())]), strict=False))
    found = []
    for image_id, page in predicted.items():
        hit = [-1] * len(page)
        for number, (label, x1, y1, x2, y2) in enumerate(truth[image_id]):
            for index, (own, x, y) in enumerate(page):
                if hit[index] < 0 and own == label and x1 < x < x2 and y1 < y < y2:
                    hit[index] = pages[image_id] + number
                    break
        found += hit
    return found


def literal_match_by_points(predicted: dict, truth: dict) -> list[int]:
    """The same rule from the other side: each point in turn takes the first unused box that it hits."""
    pages = dict(zip(truth, np.cumsum([0, *map(len, truth.values())]), strict=False))
    found = []
    for image_id, page in predicted.items():
        for own, x, y in page:
            boxes = enumerate(truth[image_id], start=pages[image_id])
            hits = [row for row, (label, x1, y1, x2, y2) in boxes if own == label and x1 < x < x2 and y1 < y < y2]
            found.append(next((row for row in hits if row not in found), -1))
    return found


BOX = ("A", 10, 10, 20, 20)


@pytest.mark.parametrize(
    ("predicted", "truth", "expected"),
    [
        ([("A", 15, 15)], [BOX], [0]),
        ([("B", 15, 15)], [BOX], [-1]),  # wrong label
        ([("A", 10, 15)], [BOX], [-1]),  # on each border
        ([("A", 20, 15)], [BOX], [-1]),
        ([("A", 15, 10)], [BOX], [-1]),
        ([("A", 15, 20)], [BOX], [-1]),
        ([("A", 10.5, 19.5)], [BOX], [0]),
        ([("A", 12, 12), ("A", 15, 15)], [BOX], [0, -1]),  # one box, two points: the first one
        ([("A", 15, 15)], [BOX, BOX], [0]),  # one point, two equal boxes
        ([("A", 15, 15), ("A", 15, 15)], [BOX, BOX], [0, 1]),
        ([], [BOX], []),
        ([("A", 15, 15)], [], [-1]),
        ([], [], []),
    ],
)
def test_a_point_hits_a_box_of_its_label_that_it_lies_strictly_inside(predicted, truth, expected):
    assert match_points(points({"p": predicted}), page_boxes({"p": truth})).tolist() == expected
    assert literal_match({"p": predicted}, {"p": truth}) == expected


def test_the_order_of_the_submission_can_decide_how_many_boxes_are_hit():
    wide, narrow = ("A", 0, 0, 100, 100), ("A", 40, 40, 60, 60)
    inner, outer = ("A", 50, 50), ("A", 10, 10)
    truth = page_boxes({"p": [wide, narrow]})
    assert match_points(points({"p": [outer, inner]}), truth).tolist() == [0, 1]
    assert match_points(points({"p": [inner, outer]}), truth).tolist() == [0, -1]  # the wide box takes the first point
    chosen_first = page_boxes({"p": [narrow, wide]})
    assert match_points(points({"p": [inner, outer]}), chosen_first).tolist() == [0, 1]


edge = st.integers(0, 6)
truth_box = st.tuples(st.sampled_from("AB"), edge, edge, edge, edge).map(
    lambda box: (box[0], box[1], box[2], box[1] + 1 + box[3], box[2] + 1 + box[4])
)
prediction = st.tuples(
    st.sampled_from("AB"), st.integers(0, 24).map(lambda n: n / 2), st.integers(0, 24).map(lambda n: n / 2)
)
page = st.tuples(st.lists(prediction, max_size=12), st.lists(truth_box, max_size=12))


@given(st.lists(page, min_size=1, max_size=4), st.randoms())
def test_crowded_pages_are_matched_as_by_the_loop(pages, random):
    predicted = {f"p{i}": page[0] for i, page in enumerate(pages)}
    truth = {f"p{i}": page[1] for i, page in enumerate(pages)}
    shuffled = dict(random.sample(sorted(truth.items()), len(truth)))
    found = match_points(points(predicted), page_boxes(shuffled))
    assert found.tolist() == literal_match(predicted, shuffled) == literal_match_by_points(predicted, shuffled)


def test_points_of_unknown_pages_and_a_truth_without_labels_are_refused():
    truth = page_boxes({"p": [BOX]})
    with pytest.raises(UserError, match="predicted pages that are not in the truth: q"):
        match_points(points({"q": []}), truth)
    with pytest.raises(UserError, match="expected a truth with labels"):
        match_points(points({"p": []}), truth.with_boxes(truth.boxes.drop(columns="label"), class_list=None))


def literal_match_boxes(predictions: PageBoxes, truth: PageBoxes, iou: float) -> list[int]:
    """By falling score each prediction takes the free truth box of the highest IoU."""
    found, used = [-1] * len(predictions), set()
    for row in sorted(range(len(predictions)), key=lambda row: -predictions.boxes["box_score"][row]):
        best = iou
        for number in range(len(truth)):
            if predictions.boxes["image_id"][row] != truth.boxes["image_id"][number] or number in used:
                continue
            a, b = predictions.coordinates[row].astype(float), truth.coordinates[number].astype(float)
            width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            shared = max(width, 0) * max(height, 0)
            value = shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
            if value > best or (value == best and found[row] < 0):
                found[row], best = number, value
        used.add(found[row])
    return found


@pytest.mark.parametrize("seed", range(4))
def test_boxes_are_matched_by_falling_score_to_the_truth_they_cover_most(seed):
    generator = np.random.default_rng(seed)

    def some(pages: str) -> dict:
        return {
            image_id: [
                (str(generator.choice(LABELS)), x, y, x + width, y + height)
                for x, y, width, height in generator.integers([0, 0, 8, 8], [20, 20, 14, 14], (count, 4)).tolist()
            ]
            for image_id, count in zip(pages, generator.integers(0, 15, len(pages)).tolist(), strict=True)
        }

    truth = page_boxes(some("pqrs"))
    predicted = some("srp")
    count = sum(map(len, predicted.values()))
    predictions = page_boxes(predicted, box_score=generator.integers(0, 5, count) / 4)
    found = match_boxes(predictions, truth)
    assert found.tolist() == literal_match_boxes(predictions, truth, 0.5)
    assert pd.Series(found[found >= 0]).is_unique and (found >= 0).any()


def test_the_better_scored_box_comes_first_and_labels_do_not_matter():
    truth = page_boxes({"p": [("A", 0, 0, 10, 10)]})
    twins = page_boxes({"p": [("B", 0, 0, 10, 10), ("C", 0, 0, 10, 9)]}, box_score=[0.2, 0.9])
    assert match_boxes(twins, truth).tolist() == [-1, 0]
    half = page_boxes({"p": [("A", 0, 0, 10, 5)]})
    assert match_boxes(half, truth, 0.5).tolist() == [0] and match_boxes(half, truth, 0.51).tolist() == [-1]


def test_pairs_are_taken_in_order_while_both_sides_are_free():
    first, second = np.array([0, 0, 1, 1, 2, 3]), np.array([5, 6, 5, 6, 7, 7])
    assert first_come(first, second).tolist() == [True, False, False, True, True, False]
    assert first_come(np.empty(0, int), np.empty(0, int)).tolist() == []
