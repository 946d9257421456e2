"""A whole page searched at several scales, in colour and in gray, whatever its size."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from torchvision.ops import nms

from mojika.data.crops import clip_boxes
from mojika.detection.detector import Detector
from mojika.detection.page_tiles import scale_page
from mojika.errors import UserError
from mojika.training.inference import laid_out
from mojika.training.precision import Precision

OVERLAP = 256  # pixels that neighbouring tiles share
_CUT_MARGIN = 4  # pixels: a box that comes this near to an inner border is taken to be cut by it


class Tile(NamedTuple):
    """A part of a page in whole pixels; `right` and `bottom` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


def detect_page(
    detector: Detector,
    page: np.ndarray,
    *,
    short_sides: Sequence[float],
    gray: bool,
    score_threshold: float,
    at_most: int,
    iou: float,
    precision: Precision,
    pixel_budget: int = 4_000_000,
) -> tuple[np.ndarray, np.ndarray]:
    """Boxes `(K, 4) float32` in pixels of the page `(H, W, 3) uint8`, and scores `(K,) float32`, by falling score.

    The page is scaled to each of `short_sides` (pixels) and seen in colour and, with `gray`, in gray too. A view of
    more than `pixel_budget` pixels is seen in tiles that overlap by `OVERLAP` pixels: a character smaller than that,
    less a margin, is whole in one of them, and where a tile's inner border cuts it, that tile's box is dropped (a
    larger one is left to the smaller scales). Of two boxes with an IoU above `iou` the one with the lower score goes,
    whichever views they come from; `at_most` remain. `detector` is in evaluation mode on `precision.device`.

    Raises `UserError` where the pixel budget is too small for tiles that overlap.
    """
    found = []
    for short_side in short_sides:
        scaled, factors = scale_page(page, short_side)
        for view in _views(scaled, gray):
            boxes, scores = _detect_view(detector, view, score_threshold, at_most, precision, pixel_budget)
            found.append((boxes / torch.from_numpy(factors).to(boxes.device), scores))
    boxes, scores = (torch.cat(parts) for parts in zip(*found, strict=True))
    best = nms(boxes, scores, iou)[:at_most]
    height, width = page.shape[:2]
    return clip_boxes(boxes[best].cpu().numpy(), width, height), scores[best].cpu().numpy()


def lay_tiles(width: int, height: int, pixel_budget: int) -> list[Tile]:
    """Tiles of one size, of at most `pixel_budget` pixels, that cover a page; neighbours share `OVERLAP` or more.

    A page within the budget is one tile. Raises `UserError` where a tile would not be twice as long as the overlap.
    """
    if width * height <= pixel_budget:
        return [Tile(0, 0, width, height)]
    side = int(pixel_budget**0.5)
    if side < 2 * OVERLAP:
        raise UserError(f"pixel budget {pixel_budget:,}: expected {4 * OVERLAP**2:,} or more, for tiles that overlap")
    tile_width = min(width, max(side, pixel_budget // height))
    tile_height = min(height, pixel_budget // tile_width)
    return [
        Tile(left, top, left + tile_width, top + tile_height)
        for top in _starts(height, tile_height)
        for left in _starts(width, tile_width)
    ]


def _starts(length: int, tile: int) -> list[int]:
    """The first and the last tile touch the page's ends, the others lie evenly between."""
    count = 1 if length == tile else 1 + -(-(length - tile) // (tile - OVERLAP))
    return [round(place) for place in np.linspace(0, length - tile, count)]


def _views(page: np.ndarray, gray: bool) -> Iterator[np.ndarray]:
    yield page
    if gray:
        yield cv2.cvtColor(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def _detect_view(
    detector: Detector, view: np.ndarray, score_threshold: float, at_most: int, precision: Precision, pixel_budget: int
) -> tuple[Tensor, Tensor]:
    """Boxes and scores of all tiles; what neighbours both saw is still there twice."""
    height, width = view.shape[:2]
    pixels = torch.from_numpy(view).to(precision.device)
    found = []
    for tile in lay_tiles(width, height, pixel_budget):
        images = detector.normalised(pixels[None, tile.top : tile.bottom, tile.left : tile.right])
        images = laid_out(images, precision.channels_last)
        with precision.autocast():
            ((boxes, scores),) = detector.detect(images, score_threshold=score_threshold, at_most=at_most)
        boxes = boxes + boxes.new_tensor([tile.left, tile.top, tile.left, tile.top])
        whole = ~_cut_by(tile, boxes, width, height)
        found.append((boxes[whole], scores[whole]))
    boxes, scores = (torch.cat(parts) for parts in zip(*found, strict=True))
    return boxes, scores


def _cut_by(tile: Tile, boxes: Tensor, width: int, height: int) -> Tensor:
    """Which boxes come near a border of the tile that is none of the page."""
    inner = boxes.new_tensor([tile.left > 0, tile.top > 0, tile.right < width, tile.bottom < height])
    distance = (boxes - boxes.new_tensor(tile)).abs()
    return ((distance < _CUT_MARGIN) & (inner > 0)).any(1)
