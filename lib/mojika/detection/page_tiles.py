"""Square tiles of pages, at a random scale and place: what a detector is trained on.

Edges of pixels are at integers: a box that reaches from 0 to the page's width still does after scaling.
"""

import numpy as np
import torch

from mojika.augmentation.image import ImageAugmentation
from mojika.data.crops import clip_boxes, have_area
from mojika.detection.page_search import scale_page


def draw_tile(
    page: np.ndarray,
    boxes: np.ndarray,
    *,
    size: int,
    scale_range: tuple[float, float],
    generator: torch.Generator,
    keep: float = 0.5,
) -> tuple[np.ndarray, np.ndarray]:
    """A tile `(size, size, 3) uint8` of a page `(H, W, 3) uint8`, and its boxes `(K, 4) float32` in the tile's pixels.

    The page is scaled so that its short side is uniform in `scale_range` pixels; then all places of the tile on it are
    equally likely, or, where the page is the smaller, all places of the page in the tile, with the colour of the page's
    border around it. Of `boxes (M, 4)`, cut off at the page and at the tile, those remain of which at least `keep` of
    the area does; `K = M = 0` is as good as any. Whatever the page, three random numbers are drawn.
    """
    scale, *place = torch.rand(3, dtype=torch.float64, generator=generator).tolist()
    low, high = scale_range
    scaled, factors = scale_page(page, low + (high - low) * scale)
    height, width = scaled.shape[:2]
    left, top = (_start(length, size, uniform) for length, uniform in zip((width, height), place, strict=True))
    boxes = clip_boxes(np.asarray(boxes, np.float32).reshape(-1, 4) * factors, width, height)
    cut = clip_boxes(boxes - np.array([left, top, left, top], np.float32), size, size)
    remain = have_area(cut) & (_areas(cut) >= keep * _areas(boxes))
    return _cut(scaled, left, top, size), cut[remain]


def tile_augmentation(
    size: int,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    *,
    jitter: tuple[float, float, float, float] = (0.2, 0.2, 0.2, 0.1),
    grayscale_prob: float = 0.3,
) -> ImageAugmentation:
    """How `mojika.augmentation` makes tiles of `size` pixels the detector's input: colours change, pixels stay.

    `jitter` is that of brightness, contrast, saturation and hue; with probability `grayscale_prob` a tile turns gray.
    A page read upside down or in a mirror is no page, so nothing is flipped.
    """
    brightness, contrast, saturation, hue = jitter
    return ImageAugmentation(
        input_size=size,
        scale_size=size,
        brightness=brightness,
        contrast=contrast,
        saturation=saturation,
        hue=hue,
        grayscale_prob=grayscale_prob,
        mean=mean,
        std=std,
    )


def _start(length: int, size: int, uniform: float) -> int:
    """Where the tile begins on the page along one axis; negative where the page begins within the tile."""
    first, last = sorted((0, length - size))
    return first + int(uniform * (last - first + 1))


def _areas(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)


def _cut(page: np.ndarray, left: int, top: int, size: int) -> np.ndarray:
    seen = page[max(0, top) : top + size, max(0, left) : left + size]
    if seen.shape[:2] == (size, size):
        return seen.copy()
    tile = np.empty((size, size, 3), np.uint8)
    tile[:] = _border_colour(page)
    row, column = max(0, -top), max(0, -left)
    tile[row : row + len(seen), column : column + seen.shape[1]] = seen
    return tile


def _border_colour(page: np.ndarray) -> np.ndarray:
    """The median `(3,)` of the outermost pixels."""
    border = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
    return np.median(border, axis=0).round().astype(np.uint8)
