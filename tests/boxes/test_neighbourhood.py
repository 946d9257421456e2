import numpy as np
import pytest

from mojika.boxes.neighbourhood import features, supported


def page(*, columns=4, rows=10, size=20.0, pitch=24.0, apart=45.0):
    """Columns of equal boxes, and one more far from all of them, the last."""
    x, y = np.meshgrid(np.arange(columns) * apart, np.arange(rows) * pitch)
    centres = np.append(np.column_stack([x.ravel(), y.ravel()]), [[columns * apart + 30 * size, 0.0]], axis=0)
    return np.column_stack([centres - size / 2, centres + size / 2]).astype(np.float32)


def test_of_equal_scores_a_box_in_a_column_is_likelier_than_one_alone():
    boxes = page()
    likely = supported(boxes, np.full(len(boxes), 0.5, np.float32))
    assert likely.dtype == np.float32 and likely[:-1].min() > 0.9 and likely[-1] < 0.5


def test_a_weak_box_among_strong_ones_is_likelier_than_a_strong_one_alone():
    boxes = page()
    scores = np.full(len(boxes), 0.6, np.float32)
    scores[15] = 0.35
    likely = supported(boxes, scores)
    assert likely[15] > 0.5 > likely[-1]


def test_the_column_is_what_stands_above_and_below_at_the_same_size():
    boxes = page(columns=1, rows=3)[:3]
    np.testing.assert_allclose(features(boxes, np.full(3, 0.5))[:, 1:3], [[2, 1]] * 3, rtol=1e-6)
    aside = boxes + np.float32([30, 0, 30, 0]) * np.arange(3, dtype=np.float32)[:, None]
    assert features(aside, np.full(3, 0.5))[:, 1].max() < 1e-6
    larger = boxes[1] + np.float32([-20, -20, 20, 20])
    assert features(np.stack([boxes[0], larger, boxes[2]]), np.full(3, 0.5))[0, 1] < 1.1


@pytest.mark.parametrize("change", [lambda boxes: boxes * 3, lambda boxes: boxes + 1000])
def test_neither_the_resolution_nor_the_place_of_the_text_matters(change):
    boxes, scores = page(), np.linspace(0.2, 0.8, 41, dtype=np.float32)
    np.testing.assert_allclose(supported(change(boxes), scores), supported(boxes, scores), atol=1e-4)


def test_a_page_with_no_box_or_one():
    assert supported(np.zeros((0, 4), np.float32), np.zeros(0, np.float32)).shape == (0,)
    assert 0 < supported(np.float32([[0, 0, 5, 9]]), np.float32([0.4]))[0] < 1
