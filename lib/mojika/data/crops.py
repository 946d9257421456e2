"""Crop geometry: a box is enlarged, clipped to its page and resized to a square regardless of its aspect ratio."""

import numpy as np
from PIL import Image

from mojika.sizes import Size, height_width


def enlarge_boxes(boxes: np.ndarray, fraction: float, *, evenly: bool = False) -> np.ndarray:
    """Boxes `(N, 4)` grown on each side by `fraction` of their own width and height, `(N, 4) float64`.

    `evenly` takes the mean of the two for both, so that the margin is equally wide all around.
    """
    boxes = np.asarray(boxes, np.float64)
    margin = fraction * (boxes[:, 2:] - boxes[:, :2])
    if evenly:
        margin = margin.mean(axis=1, keepdims=True)
    return np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)


def clip_boxes(boxes: np.ndarray, width: int, height: int) -> np.ndarray:
    """Boxes `(N, 4)` cut off at the edges of a page of `width` by `height` pixels, same dtype.

    A box beside the page comes back without an area.
    """
    return np.clip(boxes, 0, np.array([width, height, width, height], boxes.dtype))


def have_area(boxes: np.ndarray) -> np.ndarray:
    """Which boxes `(N, 4)` have a width and a height above 0, `(N,) bool`."""
    return np.all(boxes[:, 2:] > boxes[:, :2], axis=1)


def cut_crops(page: np.ndarray, boxes: np.ndarray, size: int, fraction: float, *, evenly: bool = False) -> np.ndarray:
    """Crops `(N, size, size, C) uint8` of a page `(H, W, C) uint8`, C = 1 or 3.

    Each box is enlarged on each side as `enlarge_boxes` does, clipped to the page and resized by the
    antialiased bicubic filter, to fractions of a pixel. Every box must overlap the page.
    """
    height, width, channels = page.shape
    image = as_pil(page)
    crops = np.empty((len(boxes), size, size, channels), np.uint8)
    for crop, box in zip(crops, clip_boxes(enlarge_boxes(boxes, fraction, evenly=evenly), width, height), strict=True):
        crop[:] = resize(image, size, tuple(box.tolist())).reshape(crop.shape)
    return crops


def resize(image: Image.Image, size: Size, box: tuple[float, float, float, float] | None = None) -> np.ndarray:
    """`box` of the image (or all of it) as `(*height_width(size)[, C]) uint8`, bicubic and antialiased."""
    return np.asarray(image.resize(height_width(size)[::-1], Image.Resampling.BICUBIC, box=box))


def in_colours(image: np.ndarray, channels: int, *, exchanged: bool = False) -> Image.Image:
    """An `(H, W, C) uint8` array as an image of so many channels: gray (Rec. 601 luma) or RGB.

    With `exchanged` red and blue change places before that.
    """
    pixels = as_pil(image[..., ::-1] if exchanged and image.shape[2] == 3 else image)
    mode = "L" if channels == 1 else "RGB"
    return pixels if pixels.mode == mode else pixels.convert(mode)


def as_pil(image: np.ndarray) -> Image.Image:
    """An `(H, W, C) uint8` array, C = 1 or 3, as a gray or RGB image."""
    return Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
