"""The order in which boxes are read, on pages made by hand."""

import numpy as np
import pytest

from mojika.reading.order import compose, reading_order
from mojika.reading.page import Candidate, Character


def column(x, ys, width=40, height=40):
    return [(x - width / 2, y - height / 2, x + width / 2, y + height / 2) for y in ys]


def order_of(boxes, width=1000, height=1500):
    return reading_order(np.array(boxes, np.float32).reshape(-1, 4), width, height)


def test_columns_are_read_from_right_to_left_and_down():
    order = order_of([*column(200, [100, 150, 200]), *column(300, [200, 150, 100])])
    assert order.rows == (5, 4, 3, 0, 1, 2)
    assert [column.rows for column in order.columns] == [(5, 4, 3), (0, 1, 2)]


@pytest.mark.parametrize("boxes", [[], column(100, [100])])
def test_a_page_with_no_box_or_one(boxes):
    assert order_of(boxes).rows == tuple(range(len(boxes)))


def test_blocks_are_composed_of_the_characters_in_order():
    boxes = [*column(200, [100, 150]), *column(300, [100, 150])]
    characters = [Character(box, 1.0, (Candidate(c, c, 1.0),)) for box, c in zip(boxes, "うえあい", strict=True)]
    (block,) = compose(order_of(boxes), characters)
    assert [column.text for column in block.columns] == ["あい", "うえ"]
