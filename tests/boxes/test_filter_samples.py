import numpy as np
import pytest
from filter_pages import make_pages

from mojika.boxes.filter_features import page_features
from mojika.boxes.filter_samples import filter_samples
from mojika.errors import UserError


def test_a_box_is_true_where_it_scores_by_the_rule_of_the_competition():
    boxes, truth, is_true = make_pages()
    samples = filter_samples(boxes, truth, ["100", "brsk"])
    np.testing.assert_array_equal(samples.targets, is_true)
    np.testing.assert_array_equal(samples.features, page_features(boxes))
    assert samples.truth == 6 * 48 and samples.class_digest == boxes.class_list.digest


def test_boxes_of_other_books_are_left_out():
    boxes, truth, is_true = make_pages()
    samples = filter_samples(boxes, truth, ["brsk"])
    chosen = boxes.boxes["image_id"].str.startswith("brsk").to_numpy()
    np.testing.assert_array_equal(samples.targets, is_true[chosen])
    np.testing.assert_array_equal(samples.features, page_features(boxes)[chosen])
    assert samples.truth == 3 * 48
    assert samples.made_from["books"] == ["brsk"]


def test_a_book_without_pages_is_refused():
    boxes, truth, _ = make_pages()
    with pytest.raises(UserError, match="no page of 200014740 among the boxes; there are pages of 100, brsk"):
        filter_samples(boxes, truth, ["brsk", "200014740"])


def test_a_page_without_truth_is_refused():
    boxes, truth, _ = make_pages()
    known = truth.pages["image_id"].str.startswith("brsk").to_numpy()
    fewer = truth.with_boxes(truth.boxes[known[truth.page_index]], pages=truth.pages[known])
    with pytest.raises(UserError, match="100_1_1"):
        filter_samples(boxes, fewer, ["100", "brsk"])
