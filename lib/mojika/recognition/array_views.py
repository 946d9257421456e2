"""Views of crops as `test_time_augmentation` makes them in torch, in NumPy."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from mojika.recognition.view_windows import Views, Window, windows
from mojika.sizes import Size, height_width

_SUPPORT = {"bilinear": 1.0, "bicubic": 2.0}  # of the filters, in pixels of the result where an image shrinks


def views_of_arrays(crops: np.ndarray, input_size: Size, views: Views) -> np.ndarray:
    """Views of `crops (N, H, W, C) uint8`: `(N · V, h, w, C) uint8`, those of one crop after each other."""
    rows, columns = crops.shape[1:3]
    shown, mirrored = windows(rows, columns, input_size, views)
    size = height_width(input_size)
    pictures = (crops, crops[:, :, ::-1]) if mirrored else (crops,)
    seen = [_seen(each, window, *size) for each in pictures for window in shown]
    return np.stack(seen, axis=1).reshape(-1, *size, crops.shape[3])


def _seen(crops: np.ndarray, window: Window, height: int, width: int) -> np.ndarray:
    part = crops[:, window.top : window.bottom, window.left : window.right]
    return part if window.scaled_by is None else resized(part, height, width, window.scaled_by)


def resized(images: np.ndarray, height: int, width: int, by: str) -> np.ndarray:
    """`(N, H, W, C) uint8` to `(N, height, width, C) uint8` by the antialiased filter "bilinear" or "bicubic".

    First the rows and then the columns, with levels rounded after each, as Pillow does.
    """
    count, rows, columns, channels = images.shape
    wide = _rounded(_weights(columns, width, by) @ images.astype(np.float32))
    high = _weights(rows, height, by) @ wide.reshape(count, rows, width * channels)
    return _rounded(high).reshape(count, height, width, channels).astype(np.uint8)


def _rounded(levels: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(levels), 0, 255)


@lru_cache(maxsize=64)
def _weights(length: int, new_length: int, by: str) -> np.ndarray:
    """`(new_length, length) float32`: the share of each pixel in each one of the result, which add up to 1.

    Filters grow with the pixels of the result where an image shrinks, so that none of its pixels is passed over.
    """
    scale = length / new_length
    stretch = max(scale, 1.0)
    centres = scale * (np.arange(new_length)[:, None] + 0.5)
    reach = _SUPPORT[by] * stretch
    first = np.maximum((centres - reach + 0.5).astype(int), 0)
    last = np.minimum((centres + reach + 0.5).astype(int), length)
    places = np.arange(length)
    weights = np.where((places >= first) & (places < last), _FILTERS[by]((places - centres + 0.5) / stretch), 0)
    shares: np.ndarray = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1 - np.abs(x), 0)


def _keys(x: np.ndarray, a: float = -0.5) -> np.ndarray:
    """Keys' cubic convolution (1981), with the `a` of Pillow."""
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x**2 + 1
    far = a * (((x - 5) * x + 8) * x - 4)
    return np.where(x < 1, near, np.where(x < 2, far, 0))


_FILTERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"bilinear": _triangle, "bicubic": _keys}
