"""Pages made by hand: columns of boxes, and their order."""

import numpy as np

from mojika.reading.order import ReadingOrder, reading_order

SIZE = 40
PITCH = 80


def column(x, top, count, size=SIZE, step=None):
    """`count` square boxes of `size`, one below the other, the first with its upper edge at `top`, centred on `x`."""
    step = step or 1.1 * size
    return [(x - size / 2, top + i * step, x + size / 2, top + i * step + size) for i in range(count)]


def columns(rightmost, top, counts, size=SIZE, pitch=PITCH):
    """Columns from right to left, one for each of `counts`, in reading order."""
    return [box for i, count in enumerate(counts) for box in column(rightmost - i * pitch, top, count, size)]


def ordered(boxes, width=1200, height=1700, image=None, seed=0) -> tuple[ReadingOrder, list[int]]:
    """The order of the boxes in a random order of rows, and its rows as places in `boxes`."""
    shuffled = np.random.default_rng(seed).permutation(len(boxes))
    order = reading_order(np.array(boxes, np.float32).reshape(-1, 4)[shuffled], width, height, image)
    return order, [int(shuffled[row]) for row in order.rows]


def is_read_as_written(boxes, **page) -> bool:
    return ordered(boxes, **page)[1] == list(range(len(boxes)))
