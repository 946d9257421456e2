"""Lines and words that were cut out of a page are searched at the size of their characters."""

from functools import partial

import numpy as np
import pytest

from mojika.reader.preparation import search
from mojika.reader.settings import ReaderSettings

SETTINGS = ReaderSettings(short_sides=(640, 800), score_threshold=0.4)


def found_at(searched: list, scores_by_part: dict[int, list[float]], sides, lowest):
    """Notes at which sides and from which score on was searched; what is found is as large as the part is small."""
    searched.append((list(sides), lowest))
    part = round(SETTINGS.short_sides[0] / sides[0])
    scores = np.array([score for score in scores_by_part.get(part, []) if score >= lowest], np.float32)
    return np.full((len(scores), 4), part, np.float32), scores


def picture(height: int, width: int) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize("size", [(900, 700), (427, 3000)])
def test_a_page_is_searched_once_as_the_reader_has_it(size):
    searched = []
    boxes, scores = search(partial(found_at, searched, {1: [0.5, 0.41]}), picture(*size), SETTINGS)
    assert searched == [([640, 800], 0.4)] and len(boxes) == len(scores) == 2


def test_a_line_is_searched_at_the_scales_that_are_surest():
    searched = []
    many_weak = {1: [0.45] * 20, 2: [0.5] * 20, 4: [0.9, 0.8, 0.3, 0.21], 8: [0.7]}
    boxes, scores = search(partial(found_at, searched, many_weak), picture(1500, 100), SETTINGS)
    assert searched == [([640 / part, 800 / part], 0.2) for part in (1, 2, 4, 8)]
    np.testing.assert_array_equal(boxes, np.full((2, 4), 4))
    np.testing.assert_array_equal(scores, np.float32([0.9, 0.8]))


def test_no_scale_is_smaller_than_64_pixels():
    searched = []
    search(partial(found_at, searched, {}), picture(30, 30), ReaderSettings(short_sides=(130, 150)))
    assert [sides[0] for sides, _ in searched] == [130, 65] and searched[0][1] == 0.1


def test_where_nothing_is_found_nothing_is_certain():
    boxes, scores = search(partial(found_at, [], {}), picture(100, 100), SETTINGS)
    assert boxes.shape == (0, 4) and scores.shape == (0,)
