import threading
import time

import pytest

from mojika.runtime.prefetch import prefetch


def test_items_come_in_order_and_all_of_them():
    assert list(prefetch(range(100), depth=3)) == list(range(100))


def test_work_happens_ahead_but_not_further_than_the_depth():
    made = []

    def items():
        for i in range(10):
            made.append(i)
            yield i

    stream = prefetch(items(), depth=2)
    assert next(stream) == 0
    deadline = time.monotonic() + 5
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert made == [0, 1, 2, 3]  # one consumed, two waiting, one in hand
    stream.close()


def test_an_error_arrives_where_it_happened():
    def items():
        yield 1
        raise ValueError("third")

    stream = prefetch(items())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="third"):
        next(stream)


def test_closing_stops_the_thread():
    stream = prefetch(iter(int, 1), depth=1)
    next(stream)
    stream.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "prefetch"]
