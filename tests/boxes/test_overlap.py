import numpy as np
import pytest
import torch
from torchvision.ops import box_iou

from mojika.boxes.overlap import find_overlaps, pairs_in_ranges


def random_boxes(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole-pixel boxes, so that edges often touch; three pages, one of them empty."""
    generator = np.random.default_rng(seed)
    corner = generator.integers(-20, 60, (count, 2))
    boxes = np.concatenate([corner, corner + generator.integers(1, 25, (count, 2))], axis=1).astype(np.float32)
    return boxes, generator.choice([0, 2, 3], count)


@pytest.mark.parametrize("pairs_at_once", [50, 2_000_000])
@pytest.mark.parametrize("seed", range(3))
def test_all_overlapping_pairs_of_a_page_are_found_once(seed, pairs_at_once):
    boxes, pages = random_boxes(seed, 150)
    found = find_overlaps(boxes, pages, pairs_at_once=pairs_at_once)
    iou = box_iou(torch.from_numpy(boxes), torch.from_numpy(boxes)).numpy()
    iou[pages[:, None] != pages] = 0
    expected = {tuple(pair) for pair in np.argwhere(np.triu(iou, 1) > 0)}
    pairs = [tuple(sorted(pair)) for pair in zip(found.first.tolist(), found.second.tolist(), strict=True)]
    assert len(pairs) == len(expected) > 100
    assert set(pairs) == expected
    np.testing.assert_allclose(found.iou, iou[found.first, found.second], rtol=1e-6)


def test_the_shared_area_is_in_pixels():
    found = find_overlaps(np.array([[0, 0, 10, 10], [4, 7, 20, 20], [10, 0, 12, 10]], np.float32), np.zeros(3, int))
    assert (found.first.tolist(), found.second.tolist(), found.intersection.tolist()) == (
        [0, 2], [1, 1], [6 * 3, 2 * 3])  # fmt: skip


def test_no_boxes_have_no_overlaps():
    found = find_overlaps(np.empty((0, 4), np.float32), np.empty(0, np.int64))
    assert (len(found.first), len(found.second), len(found.iou)) == (0, 0, 0)


def test_ranges_become_pairs_and_backward_ones_none():
    first, second = pairs_in_ranges(np.array([5, 1, 3, 0]), np.array([7, 1, 2, 3]))
    assert (first.tolist(), second.tolist()) == ([0, 0, 3, 3, 3], [5, 6, 0, 1, 2])
