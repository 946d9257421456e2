import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mojika.detection.architecture import DetectorArchitecture
from mojika.detection.detector import Detector
from mojika.detection.multi_scale import detect_page
from mojika.detection.page_search import OVERLAP, agreed, lay_tiles
from mojika.errors import UserError
from mojika.training.precision import Precision

CPU = Precision(torch.device("cpu"), None)


class RectangleFinder:
    """Finds what is black, exactly, as far as it is seen; scores fall with the place in the list."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.gray: list[bool] = []

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        return (images / 255).permute(0, 3, 1, 2)

    def detect(self, images: torch.Tensor, *, score_threshold: float, at_most: int) -> list:
        self.shapes.append(tuple(images.shape))
        self.gray.append(bool((images[:, 0] == images[:, 2]).all()))
        found = []
        for image in images:
            _, _, stats, _ = cv2.connectedComponentsWithStats((image[0] < 0.45).numpy().astype(np.uint8))
            boxes = torch.from_numpy(np.concatenate([stats[1:, :2], stats[1:, :2] + stats[1:, 2:4]], 1)).float()
            found.append((boxes[:at_most], torch.linspace(0.99, 0.5, len(boxes))[:at_most]))
        return found


def scattered(width: int, height: int, seed: int) -> np.ndarray:
    """Rectangles of 20 to 200 pixels that stay apart, all sides even; a page full of them."""
    rng = np.random.default_rng(seed)
    boxes: list[np.ndarray] = []
    for _ in range(600):
        side = 2 * rng.integers(10, 100, 2)
        corner = 2 * (rng.random(2) * ([width, height] - side) / 2).astype(int)
        box = np.concatenate([corner, corner + side])
        if all((box[:2] > other[2:] + 6).any() or (other[:2] > box[2:] + 6).any() for other in boxes):
            boxes.append(box)
    return in_order(np.array(boxes, np.float32))


def in_order(boxes: np.ndarray) -> np.ndarray:
    return boxes[np.lexsort(boxes.round().T)]


def search(finder: RectangleFinder, page: np.ndarray, **options) -> tuple[np.ndarray, np.ndarray]:
    usual = {"short_sides": [min(page.shape[:2])], "gray": False, "score_threshold": 0.1, "at_most": 1000, "iou": 0.5}
    return detect_page(finder, page, **usual | options, precision=CPU)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("width", "height"), [(1400, 1000), (500, 1900), (1900, 440)])
def test_tiles_find_every_rectangle_once_at_its_place(draw_page, width, height, seed):
    wanted = scattered(width, height, seed)
    finder = RectangleFinder()
    boxes, scores = search(finder, draw_page(width, height, wanted), pixel_budget=300_000)
    assert len(finder.shapes) > 2 and all(rows * columns <= 300_000 for *_, rows, columns in finder.shapes)
    np.testing.assert_array_equal(in_order(boxes), wanted)
    assert boxes.dtype == scores.dtype == np.float32 and (np.diff(scores) <= 0).all()


def test_a_rectangle_at_the_pages_own_border_is_found_in_tiles_too(draw_page):
    wanted = np.array([[0, 0, 40, 30], [1160, 0, 1200, 50], [0, 950, 60, 1000], [1150, 960, 1200, 1000]], np.float32)
    boxes, _ = search(RectangleFinder(), draw_page(1200, 1000, wanted), pixel_budget=300_000)
    np.testing.assert_array_equal(in_order(boxes), in_order(wanted))


def test_scales_and_gray_agree_on_one_box_for_each_rectangle(draw_page):
    wanted = scattered(800, 600, seed=4)
    finder = RectangleFinder()
    page = draw_page(800, 600, wanted)
    boxes, _ = search(finder, page, short_sides=[300, 450, 600, 900], gray=True, pixel_budget=500_000)
    assert set(finder.shapes[:4]) == {(1, 3, 300, 400), (1, 3, 450, 600)} and finder.gray[:4] == [False, True] * 2
    assert len(finder.shapes) > 8  # the largest in tiles
    np.testing.assert_allclose(in_order(boxes), wanted, atol=1.7)  # half a pixel of the smallest scale, twice


def test_one_scale_half_the_page_is_exact(draw_page):
    wanted = scattered(800, 600, seed=5)
    boxes, _ = search(RectangleFinder(), draw_page(800, 600, wanted), short_sides=[300])
    np.testing.assert_array_equal(in_order(boxes), wanted)


def test_the_best_remain_where_fewer_are_asked_for(draw_page):
    page = draw_page(800, 600, scattered(800, 600, seed=6))
    every, scores = search(RectangleFinder(), page)
    few, best = search(RectangleFinder(), page, short_sides=[600, 600], at_most=5)
    np.testing.assert_array_equal(few, every[:5])
    np.testing.assert_array_equal(best, scores[:5])


def test_a_box_counts_by_the_two_views_that_are_surest_of_it():
    boxes = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [20, 3, 30, 13]], np.float32)
    views = [
        (boxes[:2], np.array([0.9, 0.6], np.float32)),
        (np.float32([[0, 1, 10, 11], [1, 0, 11, 10], [20, 1, 30, 11]]), np.float32([0.5, 0.7, 0.4])),
        (np.array([[0, 5, 10, 15], [20, 3, 30, 13]], np.float32), np.array([0.99, 0.3], np.float32)),  # IoU 1/3; 1
    ]
    np.testing.assert_allclose(agreed(boxes, views), [(0.9 + 0.7) / 2, (0.6 + 0.4) / 2, 0.3 / 2], rtol=1e-6)
    np.testing.assert_allclose(agreed(boxes, views[:1]), [0.9, 0.6, 0], rtol=1e-6)
    assert agreed(boxes[:0], views).shape == (0,) and agreed(boxes, [(boxes[:0], np.zeros(0, np.float32))]).max() == 0


class HalfBlind(RectangleFinder):
    """Sees the right half of a page at its own size only, and is less sure where it sees the page smaller."""

    def detect(self, images: torch.Tensor, *, score_threshold: float, at_most: int) -> list:
        small = images.shape[3] < 800
        score = 0.4 if small else 0.8
        ((boxes, _),) = super().detect(images, score_threshold=score_threshold, at_most=at_most)
        boxes = boxes[boxes[:, 0] < 200] if small else boxes
        return [(boxes, torch.full((len(boxes),), score))] if score >= score_threshold else [(boxes[:0], boxes[:0, 0])]


def test_what_one_scale_alone_finds_counts_half_and_goes_below_the_threshold(draw_page):
    page = draw_page(800, 600, np.array([[100, 100, 140, 160], [600, 100, 640, 160]], np.float32))
    both, scores = search(HalfBlind(), page, short_sides=[300, 600], score_threshold=0.5)
    assert len(both) == 2 and set(scores) == {np.float32(0.8)}
    boxes, scores = search(HalfBlind(), page, short_sides=[300, 600], two_views=True, score_threshold=0.5)
    np.testing.assert_array_equal(boxes, [[100, 100, 140, 160]])
    np.testing.assert_allclose(scores, [0.6], rtol=1e-6)


def test_an_empty_page_has_no_boxes(draw_page):
    page = draw_page(300, 200, [])
    boxes, scores = search(RectangleFinder(), page, short_sides=[100, 200], gray=True, two_views=True)
    assert boxes.shape == (0, 4) and scores.shape == (0,) and boxes.dtype == np.float32


@pytest.mark.parametrize("precision", [CPU, Precision(torch.device("cpu"), torch.bfloat16)], ids=["float32", "bf16"])
def test_a_true_detector_searches_pages_in_any_precision(draw_page, precision):
    torch.manual_seed(0)
    detector = Detector(DetectorArchitecture("centernet", "test_resnet", width=8)).eval()
    detector.network.size[-1].bias.data.fill_(5.0)
    page = draw_page(150, 100, [[10, 10, 40, 50]])
    boxes, scores = detect_page(
        detector, page, short_sides=[64, 128], gray=True, score_threshold=0.0, at_most=30, iou=0.5, precision=precision
    )
    assert 0 < len(boxes) == len(scores) <= 30 and boxes.dtype == scores.dtype == np.float32
    assert (boxes >= 0).all() and boxes[:, 2].max() <= 150 and boxes[:, 3].max() <= 100


@given(st.integers(1, 6000), st.integers(1, 6000), st.integers(300_000, 3_000_000))
def test_tiles_cover_the_page_within_the_budget_and_overlap(width, height, budget):
    tiles = lay_tiles(width, height, budget)
    assert all(0 <= t.left < t.right <= width and 0 <= t.top < t.bottom <= height for t in tiles)
    assert all((t.right - t.left) * (t.bottom - t.top) <= budget for t in tiles)
    for first, last, length in ((0, 2, width), (1, 3, height)):
        spans = sorted({(tile[first], tile[last]) for tile in tiles})
        assert spans[0][0] == 0 and spans[-1][1] == length
        assert all(end - start >= OVERLAP for (_, end), (start, _) in zip(spans, spans[1:], strict=False))
    assert len(tiles) == len(set(tiles))
    assert (len(tiles) == 1) == (width * height <= budget)


@pytest.mark.parametrize("size", [(256, 2000), (2000, 256), (20, 30_000)])
def test_a_strip_narrower_than_the_overlap_is_cut_across_only(size):
    tiles = lay_tiles(*size, 300_000)
    assert len(tiles) > 1 and {min(tile.right - tile.left, tile.bottom - tile.top) for tile in tiles} == {min(size)}


def test_a_budget_too_small_for_overlapping_tiles_is_refused_in_one_line():
    with pytest.raises(UserError, match="pixel budget 100,000: expected 262,144 or more"):
        lay_tiles(1000, 1000, 100_000)
