"""A whole page searched at several scales, in colour and in gray, whatever its size and whatever does the finding.

Arrays alone: torch is not imported, and engines that compute with something else search by the same rules.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, Protocol

import cv2
import numpy as np

from mojika.boxes.overlap import find_overlaps
from mojika.data.crops import clip_boxes
from mojika.data.images import MAX_PIXELS
from mojika.errors import UserError

OVERLAP = 256  # pixels that neighbouring tiles share
PIXEL_BUDGET = 4_000_000  # of a tile
_ENLARGED_AT_MOST = 8
_SAME = 0.4  # IoU of boxes that two views have of one character
_CUT_MARGIN = 4  # pixels: a box that comes this near to an inner border is taken to be cut by it

Found = tuple[np.ndarray, np.ndarray]  # boxes (K, 4) and scores (K,), float32
Best = Callable[[np.ndarray, np.ndarray, float], np.ndarray]  # of boxes, scores and an IoU


class Find(Protocol):
    """What is found in a tile `(H, W, 3) uint8`, in its own pixels, with at least this score."""

    def __call__(self, tile: np.ndarray, /, *, score_threshold: float) -> Found: ...


class Tile(NamedTuple):
    """A part of a page in whole pixels; `right` and `bottom` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


def search_page(
    find: Find,
    best: Best,
    page: np.ndarray,
    *,
    short_sides: Sequence[float],
    gray: bool,
    two_views: bool = False,
    score_threshold: float,
    at_most: int,
    iou: float,
    pixel_budget: int = PIXEL_BUDGET,
) -> Found:
    """Boxes in pixels of the page `(H, W, 3) uint8`, and scores, by falling score.

    The page is scaled to each of `short_sides` (pixels) and seen in colour and, with `gray`, in gray too. A view of
    more than `pixel_budget` pixels is seen in tiles that overlap by `OVERLAP` pixels: a character smaller than that,
    less a margin, is whole in one of them, and where a tile's inner border cuts it, that tile's box is dropped (a
    larger one is left to the smaller scales). Of two boxes with an
    IoU above `iou` the one with the lower score goes, whichever views they come from: `best` gives the rows of those
    that stay, by falling score; `at_most` remain, with at least `score_threshold`. With `two_views` a box counts by
    `agreed` scores, for which views are searched from half of the threshold on.

    Raises `UserError` where the pixel budget is too small for tiles that overlap.
    """
    found = []
    lowest = score_threshold / 2 if two_views else score_threshold
    for short_side in short_sides:
        scaled, factors = scale_page(page, short_side)
        for view in _views(scaled, gray):
            boxes, scores = _search_view(partial(find, score_threshold=lowest), view, pixel_budget)
            found.append((boxes / factors, scores))
    boxes, scores = _together(found)
    rows = best(boxes, scores, iou)[: 2 * at_most if two_views else at_most]
    boxes, scores = boxes[rows], scores[rows]
    if two_views:
        scores = agreed(boxes, found)
        rows = np.argsort(-scores, kind="stable")[:at_most]
        rows = rows[scores[rows] >= score_threshold]
        boxes, scores = boxes[rows], scores[rows]
    height, width = page.shape[:2]
    return clip_boxes(boxes, width, height), scores


def agreed(boxes: np.ndarray, views: Sequence[Found]) -> np.ndarray:
    """The mean scores `(K,) float32` of `boxes (K, 4)` in the two views that are surest of them, or in the only one.

    In a view a box has the best score of those of which it is the nearest, with an IoU above 0.4, else 0. What only one
    view takes for a character mostly is none: after Weighted Boxes Fusion (Solovyev et al., arXiv:1910.13302), which
    counts models.
    """
    in_views = np.stack([_best_score(boxes, *view) for view in views])
    surest: np.ndarray = np.sort(in_views, axis=0)[-2:].mean(axis=0, dtype=np.float32)
    return surest


def _best_score(boxes: np.ndarray, seen: np.ndarray, scores: np.ndarray) -> np.ndarray:
    overlaps = find_overlaps(np.concatenate([boxes, seen]), np.zeros(len(boxes) + len(seen), np.int64))
    nearest = np.argsort(-overlaps.iou, kind="stable")[: np.count_nonzero(overlaps.iou > _SAME)]
    ours, others = np.sort(np.stack([overlaps.first, overlaps.second])[:, nearest], axis=0)
    across = (ours < len(boxes)) & (others >= len(boxes))
    others, first = np.unique(others[across] - len(boxes), return_index=True)
    best = np.zeros(len(boxes), np.float32)
    np.maximum.at(best, ours[across][first], scores[others])
    return best


def merged(found: Sequence[Found], best: Best, *, iou: float, at_most: int) -> Found:
    """What several detectors found on one page as one list, by `best` as in `search_page`."""
    if len(found) == 1:
        return found[0]
    boxes, scores = _together(found)
    rows = best(boxes, scores, iou)[:at_most]
    return boxes[rows], scores[rows]


def scale_page(page: np.ndarray, short_side: float) -> tuple[np.ndarray, np.ndarray]:
    """The page `(H, W, 3) uint8` with a short side of about `short_side` pixels, and what to multiply boxes by.

    Strips do not become that broad: a page is enlarged at most eightfold, and to no more pixels than an image may have
    (or than it has). The factors `(4,) float32`, for x, y, x, y, are those of the whole pixels that the sides become.
    Pixels are averaged over their area where the page shrinks, and interpolated linearly where it grows.
    """
    height, width = page.shape[:2]
    largest = max(1.0, MAX_PIXELS / (height * width)) ** 0.5
    factor = min(short_side / min(height, width), _ENLARGED_AT_MOST, largest)
    new_width, new_height = max(1, round(width * factor)), max(1, round(height * factor))
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(page, (new_width, new_height), interpolation=interpolation)
    return scaled, np.array([new_width / width, new_height / height] * 2, np.float32)


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


def _search_view(find: Callable[[np.ndarray], Found], view: np.ndarray, pixel_budget: int) -> Found:
    """Boxes and scores of all tiles; what neighbours both saw is still there twice."""
    height, width = view.shape[:2]
    found = []
    for tile in lay_tiles(width, height, pixel_budget):
        boxes, scores = find(view[tile.top : tile.bottom, tile.left : tile.right])
        boxes = boxes + np.array([tile.left, tile.top, tile.left, tile.top], np.float32)
        whole = ~_cut_by(tile, boxes, width, height)
        found.append((boxes[whole], scores[whole]))
    return _together(found)


def _cut_by(tile: Tile, boxes: np.ndarray, width: int, height: int) -> np.ndarray:
    """Which boxes come near a border of the tile that is none of the page."""
    inner = np.array([tile.left > 0, tile.top > 0, tile.right < width, tile.bottom < height])
    distance = np.abs(boxes - np.array(tile, np.float32))
    cut: np.ndarray = ((distance < _CUT_MARGIN) & inner).any(axis=1)
    return cut


def _together(found: Sequence[Found]) -> Found:
    boxes, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return boxes, scores
