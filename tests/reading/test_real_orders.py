"""The order of real pages, which benchmarks/reading_order.py measures: that of a reader, no neighbours side by side."""

import numpy as np
import pytest
from orders import plain_columns, side_by_side, true_orders
from PIL import Image
from rapidfuzz.distance import Levenshtein

from mojika.data.page_labels import read_page_labels
from mojika.reading.fold import find_fold
from mojika.reading.labelled import order_of_labels
from mojika.reading.text_errors import out_of_order

FOLDS = {14: 811, 15: 810, 16: 815, 17: 811, 18: 811, 19: 811}  # looked up in the pictures


@pytest.fixture
def labels(pages_in_order):
    return read_page_labels(pages_in_order.parents[1] / "kuzushiji_labels" / "labels.csv")


def ours(page):
    return [column.rows for column in order_of_labels(page).columns]


def errors(columns, truth):
    """Shares of the boxes that are out of order, and of edits."""
    wrong = edits = 0
    for name, rows in truth.items():
        order = [row for column in columns[name] for row in column]
        place = {row: at for at, row in enumerate(order)}
        wrong += out_of_order(place[row] for row in rows)
        edits += Levenshtein.distance(order, rows)
    count = sum(map(len, truth.values()))
    return wrong / count, edits / count


def test_pages_are_read_as_a_reader_reads_them(labels, pages_in_order):
    truth = true_orders(pages_in_order.parent, labels)
    pages = {page.image_id: page for page in labels if page.image_id in truth}
    wrong, edits = errors({name: ours(page) for name, page in pages.items()}, truth)
    assert len(truth) == 8 and wrong < 0.005 and edits < 0.01
    assert errors({name: plain_columns(page.boxes) for name, page in pages.items()}, truth)[0] > 0.05


def test_hardly_any_neighbours_stand_side_by_side(labels):
    pages = labels[::10]
    found = [(page.boxes, column) for page in pages for column in ours(page)]
    pairs = sum(len(column) - 1 for _, column in found)
    assert pairs > 10_000 and sum(side_by_side(boxes, column) for boxes, column in found) < 0.003 * pairs


def test_folds_of_openings(pages_in_order):
    folder = pages_in_order.parents[1] / "ndl_openings"
    for number, fold in FOLDS.items():
        with Image.open(folder / f"2568591_{number}.jpg") as image:
            assert find_fold(np.asarray(image)) == pytest.approx(fold, abs=5)
