"""A whole page searched by a detector, at several scales, in colour and in gray, whatever its size."""

from collections.abc import Sequence

import numpy as np
import torch
from torchvision.ops import nms

from mojika.detection.detector import Detector
from mojika.detection.page_search import PIXEL_BUDGET, Found, search_page
from mojika.training.inference import laid_out
from mojika.training.precision import Precision


def detect_page(
    detector: Detector,
    page: np.ndarray,
    *,
    short_sides: Sequence[float],
    gray: bool,
    two_views: bool = False,
    score_threshold: float,
    at_most: int,
    iou: float,
    precision: Precision,
    pixel_budget: int = PIXEL_BUDGET,
) -> Found:
    """Boxes `(K, 4) float32` in pixels of the page `(H, W, 3) uint8`, and scores `(K,) float32`, by falling score.

    The page is searched as `search_page` does, which also raises. `detector` is in evaluation mode on
    `precision.device`.
    """

    def find(tile: np.ndarray, /, *, score_threshold: float) -> Found:
        pixels = torch.from_numpy(np.ascontiguousarray(tile)).to(precision.device)
        images = laid_out(detector.normalised(pixels[None]), precision.channels_last)
        with precision.autocast():
            ((boxes, scores),) = detector.detect(images, score_threshold=score_threshold, at_most=at_most)
        return boxes.cpu().numpy(), scores.cpu().numpy()

    return search_page(
        find, best_by_nms, page, short_sides=short_sides, gray=gray, two_views=two_views,
        score_threshold=score_threshold, at_most=at_most, iou=iou, pixel_budget=pixel_budget,
    )  # fmt: skip


def best_by_nms(boxes: np.ndarray, scores: np.ndarray, iou: float) -> np.ndarray:
    """The rows of the boxes `(K, 4)` that torchvision's NMS leaves, by falling score."""
    rows: np.ndarray = nms(torch.from_numpy(boxes), torch.from_numpy(scores), iou).numpy()
    return rows
