import numpy as np
import pytest
import torch
from made_boxes import character_page, page_boxes
from torchvision.ops import batched_nms

from mojika.boxes.suppression import merge, suppress, suppress_boxes
from mojika.errors import UserError


@pytest.mark.parametrize("iou", [0.1, 0.3, 0.7])
@pytest.mark.parametrize("seed", range(3))
def test_the_boxes_that_stay_are_those_of_torchvision(seed, iou):
    generator = np.random.default_rng(seed)
    pages = [character_page(generator, count) for count in (200, 0, 300)]
    twice = [np.concatenate([page, page + generator.uniform(-9, 9, page.shape)]) for page in pages]
    boxes = np.concatenate(twice).astype(np.float32)
    page_index = np.repeat(np.arange(3), [len(page) for page in twice])
    scores = generator.integers(0, 40, len(boxes)).astype(np.float32)  # many ties
    kept = batched_nms(*map(torch.from_numpy, (boxes, scores, page_index)), iou)
    keep = suppress(boxes, scores, page_index, iou)
    assert np.flatnonzero(keep).tolist() == sorted(kept.tolist())
    assert 0.1 < keep.mean() < 0.9


def test_a_chain_is_suppressed_from_its_best_box_on():
    corners = np.array([[10 * i, 0, 10 * i + 20, 10] for i in range(5)], np.float32)  # neighbours: IoU 1/3
    assert suppress(corners, np.array([5, 4, 3, 2, 1]), np.zeros(5, int)).tolist() == [True, False] * 2 + [True]
    assert suppress(corners, np.array([1, 5, 2, 3, 4]), np.zeros(5, int)).tolist() == [False, True, False, False, True]


def test_an_iou_equal_to_the_limit_stays_and_boxes_of_other_pages_do_not_count():
    corners = np.array([[0, 0, 10, 10], [0, 5, 10, 10]], np.float32)  # IoU 1/2
    assert suppress(corners, np.array([1, 2]), np.zeros(2, int), 0.5).all()
    assert suppress(corners, np.array([1, 2]), np.zeros(2, int), 0.49).tolist() == [False, True]
    assert suppress(corners, np.array([1, 2]), np.array([0, 1]), 0.49).all()


def test_of_equal_scores_the_earlier_row_stays():
    corners = np.array([[0, 0, 10, 10]] * 3, np.float32)
    assert suppress(corners, np.array([1, 1, 1]), np.zeros(3, int)).tolist() == [True, False, False]


def test_no_boxes_are_no_trouble():
    assert suppress(np.empty((0, 4)), np.empty(0), np.empty(0, int)).shape == (0,)


def test_snapshots_are_merged_page_by_page_and_judged_by_the_column_asked_for():
    one = page_boxes(
        {"p": [("A", 0, 0, 10, 10)], "q": [("B", 0, 0, 10, 10)], "r": []}, prob=[0.5, 0.5], box_score=[1, 1]
    )
    two = page_boxes(
        {"p": [("C", 0, 1, 10, 10)], "q": [], "r": [("C", 5, 5, 6, 6)]}, prob=[0.9, 0.1], box_score=[0, 0], model="two"
    )
    merged = merge([one, two])
    assert merged.boxes["image_id"].tolist() == ["p", "p", "q", "r"]
    assert merged.boxes["label"].tolist() == ["A", "C", "B", "C"]
    assert suppress_boxes(merged).boxes["label"].tolist() == ["C", "B", "C"]
    assert suppress_boxes(merged, by="box_score").boxes["label"].tolist() == ["A", "B", "C"]
    assert suppress_boxes(merged, iou=0.95).boxes["label"].tolist() == ["A", "C", "B", "C"]
    prints = {suppress_boxes(merged, by=by).fingerprint for by in ("prob", "box_score")}
    assert len(prints | {merged.fingerprint, merge([two, one]).fingerprint}) == 4


def test_snapshots_that_do_not_belong_together_are_refused():
    one = page_boxes({"p": [("A", 0, 0, 1, 1)], "q": []})
    with pytest.raises(UserError, match="input 2 has other pages than the first one: missing q; additional r"):
        merge([one, page_boxes({"p": [], "r": []})])
    with pytest.raises(UserError, match="page 1 is q, 1000×1000; in the first one it is p"):
        merge([one, page_boxes({"q": [], "p": []})])
    with pytest.raises(UserError, match="input 3 has another class list: 3 classes .* class 2 is C in one and D"):
        merge([one, one, page_boxes({"p": [], "q": []}, labels=("A", "B", "D"))])
    with pytest.raises(UserError, match="input 2 has other columns than the first one: keep_prob"):
        merge([one, one.with_boxes(one.boxes.assign(keep_prob=1.0))])
    with pytest.raises(UserError, match="read in every input or in none"):
        merge([one, one.with_boxes(one.boxes.drop(columns="label"), class_list=None)])
    with pytest.raises(UserError, match="by keep_prob: the boxes have no such column"):
        suppress_boxes(one, by="keep_prob")
