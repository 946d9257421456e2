"""What holds for the order of any boxes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mojika.reading.order import reading_order

SIDES = st.integers(1, 60)
BOXES = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900), SIDES, SIDES), max_size=40, unique=True)


def read(boxes):
    corners = np.array([(x, y, x + w, y + h) for x, y, w, h in boxes], np.float32).reshape(-1, 4)
    return corners, reading_order(corners, 1000, 1000)


@given(BOXES)
@settings(max_examples=30)
def test_every_box_once_and_bases_within_the_column_before(boxes):
    _, order = read(boxes)
    assert sorted(order.rows) == list(range(len(boxes)))
    assert 0 <= order.confidence <= 1
    assert all(column.rows for column in order.columns)
    base = None
    for column in order.columns:
        if column.kind != "furigana":
            base = column
        elif column.base:
            assert base is not None and base.block == column.block
            assert 0 <= column.base[0] <= column.base[1] < len(base.rows)
    blocks = [(column.leaf, column.block) for column in order.columns]
    assert blocks == sorted(blocks)


@given(BOXES, st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_rows_may_come_in_any_order(boxes, random):
    corners, order = read(boxes)
    shuffled = list(range(len(boxes)))
    random.shuffle(shuffled)
    again = reading_order(corners[shuffled], 1000, 1000)
    assert [shuffled[row] for row in again.rows] == list(order.rows)


@given(BOXES, st.integers(0, 500), st.sampled_from([0.25, 2, 8]))
@settings(max_examples=20)
def test_place_and_size_do_not_matter(boxes, away, scale):
    corners, order = read(boxes)
    assert reading_order((corners + away) * scale, 1000 * scale, 1000 * scale).rows == order.rows
