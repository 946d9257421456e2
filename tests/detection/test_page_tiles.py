import cv2
import numpy as np
import pytest
import torch

from mojika.augmentation.opencv_backend import augment_opencv
from mojika.augmentation.parameters import draw_parameters
from mojika.data.images import MAX_PIXELS
from mojika.detection.page_search import scale_page
from mojika.detection.page_tiles import draw_tile, tile_augmentation

NO_BOXES = np.empty((0, 4), np.float32)
PAPER = (230, 210, 180)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def black_rectangles(image: np.ndarray) -> np.ndarray:
    """Bounding boxes `(K, 4)` of what is darker than half the paper, to about half a pixel, in a fixed order."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((image[..., 0] < PAPER[0] / 2).astype(np.uint8), connectivity=4)
    boxes = np.concatenate([stats[1:, :2], stats[1:, :2] + stats[1:, 2:4]], 1).astype(np.float32)
    return boxes[np.lexsort(boxes.T)]


def lattice(width: int, height: int, step: int, side: int) -> np.ndarray:
    corners = np.stack(np.meshgrid(np.arange(5, width - side, step), np.arange(7, height - side, step)), -1).reshape(
        -1, 2
    )
    return np.concatenate([corners, corners + [side, side + 4]], 1).astype(np.float32)


@pytest.mark.parametrize("short_side", [90, 150, 300, 333.3, 700])
def test_scaled_boxes_lie_where_the_scaled_pixels_are(draw_page, short_side):
    boxes = lattice(420, 300, step=70, side=40)
    scaled, factors = scale_page(draw_page(420, 300, boxes), short_side)
    assert min(scaled.shape[:2]) == round(short_side) and scaled.shape[1] == round(420 * short_side / 300)
    wanted = boxes * factors
    np.testing.assert_allclose(black_rectangles(scaled), wanted[np.lexsort(wanted.T)], atol=0.51)


def test_scaling_by_half_averages_four_pixels():
    page = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    scaled, factors = scale_page(page, 20)
    mean = page.reshape(20, 2, 30, 2, 3).astype(float).mean((1, 3))
    np.testing.assert_allclose(scaled, mean, atol=0.51)
    assert factors.tolist() == [0.5] * 4


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("width", "height"), [(420, 300), (200, 640)])
def test_boxes_of_a_tile_are_the_rectangles_in_its_pixels(draw_page, seed, width, height):
    boxes = lattice(width, height, step=70, side=40)
    tile, kept = draw_tile(
        draw_page(width, height, boxes), boxes, size=256, scale_range=(200, 600), generator=generator(seed), keep=1e-6
    )
    assert tile.shape == (256, 256, 3) and kept.dtype == np.float32 and len(kept)
    drawn = black_rectangles(tile)
    visible = kept[(kept[:, 2:] - kept[:, :2]).min(1) > 1.5]  # a sliver may be too faint to be seen
    nearest = np.abs(visible[:, None] - drawn[None]).max(2)
    assert (nearest.min(1) < 0.75).all(), nearest.min(1)
    assert len(visible) <= len(drawn) <= len(kept)


def test_a_tile_of_an_unscaled_page_is_a_copy_and_its_boxes_are_cut_at_its_border():
    page = np.random.default_rng(0).integers(0, 256, (100, 120, 3), np.uint8)
    boxes = np.array([[x, y, x + 10, y + 10] for x in range(111) for y in range(0, 100, 10)], np.float32)
    tile, kept = draw_tile(page, boxes, size=64, scale_range=(100, 100), generator=generator(1), keep=0.5)
    ((top, left),) = [
        (y, x) for y in range(37) for x in range(57) if np.array_equal(page[y : y + 64, x : x + 64], tile)
    ]
    wanted = []
    for x1, y1, x2, y2 in boxes - [left, top, left, top]:
        cut = max(x1, 0), max(y1, 0), min(x2, 64), min(y2, 64)
        if cut[2] > cut[0] and cut[3] > cut[1] and (cut[2] - cut[0]) * (cut[3] - cut[1]) >= 50:
            wanted.append(cut)
    np.testing.assert_array_equal(kept, wanted)
    assert 0 < len(kept) < len(boxes)


def test_every_place_is_taken_also_the_first_and_the_last():
    page = np.arange(10, dtype=np.uint8).repeat(3).reshape(1, 10, 3).repeat(8, 0)
    draws = generator()
    starts = [draw_tile(page, NO_BOXES, size=8, scale_range=(8, 8), generator=draws)[0][0, 0, 0] for _ in range(100)]
    assert set(starts) == {0, 1, 2}


def test_scales_fill_their_range():
    page, draws = np.zeros((20, 30, 3), np.uint8), generator()
    whole = np.array([[0, 0, 30, 20]], np.float32)
    heights = []
    for _ in range(200):
        (box,) = draw_tile(page, whole, size=100, scale_range=(20, 60), generator=draws)[1]
        heights.append(box[3] - box[1])
    assert 20 <= min(heights) < 23 and 57 < max(heights) <= 60 and abs(np.mean(heights) - 40) < 3


def test_a_small_page_lies_anywhere_in_paper_of_its_borders_colour(draw_page):
    page = draw_page(40, 30, [[10, 8, 20, 24]])
    page[0, :5] = 0  # a speck on the border
    places = set()
    for seed in range(20):
        boxes = np.array([[10, 8, 20, 24]], np.float32)
        tile, (box,) = draw_tile(page, boxes, size=64, scale_range=(30, 30), generator=generator(seed))
        left, top = (box[:2] - [10, 8]).astype(int)
        places.add((left, top))
        np.testing.assert_array_equal(tile[top : top + 30, left : left + 40], page)
        outside = np.ones((64, 64), bool)
        outside[top : top + 30, left : left + 40] = False
        assert (tile[outside] == PAPER).all()
    assert len(places) > 15


def test_boxes_beyond_the_page_are_cut_off_before_their_area_is_measured():
    page = np.zeros((50, 50, 3), np.uint8)
    boxes = np.array([[-30, 10, 10, 20], [60, 10, 70, 20], [40, 30, 90, 40]], np.float32)
    _, kept = draw_tile(page, boxes, size=50, scale_range=(50, 50), generator=generator(), keep=0.5)
    np.testing.assert_array_equal(kept, [[0, 10, 10, 20], [40, 30, 50, 40]])


def test_a_page_without_boxes_gives_a_tile_without_boxes_and_the_same_random_numbers(draw_page):
    page, boxes = draw_page(90, 80, [[10, 10, 30, 30]]), np.array([[10, 10, 30, 30]], np.float32)
    first, second = generator(5), generator(5)
    empty, none = draw_tile(page, NO_BOXES, size=64, scale_range=(70, 90), generator=first)
    tile, _ = draw_tile(page, boxes, size=64, scale_range=(70, 90), generator=second)
    assert none.shape == (0, 4) and none.dtype == np.float32
    np.testing.assert_array_equal(empty, tile)
    assert torch.equal(first.get_state(), second.get_state())
    draw_tile(page[:1, :1], NO_BOXES, size=64, scale_range=(5, 5), generator=first)
    draw_tile(page, NO_BOXES, size=64, scale_range=(70, 90), generator=second)
    assert torch.equal(first.get_state(), second.get_state())


def test_the_recipe_changes_colours_only():
    tiles = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), np.uint8)
    mean, std = (0.5, 0.4, 0.3), (0.1, 0.2, 0.3)

    def augmented(recipe):
        return augment_opencv(tiles, np.arange(40), draw_parameters(recipe, 40, 32, 3, generator()), recipe)

    still = augmented(tile_augmentation(32, mean, std, jitter=(0, 0, 0, 0), grayscale_prob=0))
    expected = (tiles / 255 - np.array(mean)) / np.array(std)
    np.testing.assert_allclose(still.permute(0, 2, 3, 1).numpy(), expected, atol=1e-4)
    levels = augmented(tile_augmentation(32, (0.0,) * 3, (1.0,) * 3))
    gray = (levels.amax(1) - levels.amin(1)).amax((1, 2)) < 1e-5
    assert 4 <= int(gray.sum()) <= 20  # 0.3 of 40, give or take
    assert all(
        not np.allclose(level.permute(1, 2, 0), tile / 255, atol=0.02)
        for level, tile in zip(levels, tiles, strict=True)
    )


@pytest.mark.parametrize(
    ("size", "short_side", "factor"),
    [
        ((8, 4000), 2500, 8),
        ((60, 4000), 2500, 8),
        ((100, 300_000), 2500, (MAX_PIXELS / 3e7) ** 0.5),
        ((100, 100), 250, 2.5),
    ],
)
def test_strips_become_larger_within_bounds(size, short_side, factor):
    scaled, factors = scale_page(np.zeros(size, np.uint8), short_side)
    np.testing.assert_allclose(factors, factor, rtol=2e-3)
    assert scaled.shape[0] * scaled.shape[1] <= MAX_PIXELS
