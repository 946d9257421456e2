"""Lines and areas of a picture, painted to a share of a pixel."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

# Okabe and Ito's colours, which the colour-blind tell apart ("Color Universal Design", 2008), their purple darkened
GREEN, VERMILION, PURPLE, BLUE, GRAY = (0, 158, 115), (213, 94, 0), (150, 50, 130), (0, 114, 178), (95, 95, 95)


class Style(NamedTuple):
    """`width` and `dash` (0: unbroken) are multiples of the page's line width, `wash` is the opacity inside the box."""

    colour: tuple[int, int, int]
    width: float = 1.0
    dash: float = 0
    wash: float = 0


def scaled_down(page: np.ndarray, max_side: int) -> tuple[np.ndarray, np.ndarray]:
    """The page, if its longer side exceeds `max_side` pixels scaled down to it, and by what its corners `(4,)` grow."""
    height, width = page.shape[:2]
    scale = min(1.0, max_side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    scaled = cv2.resize(page, size, interpolation=cv2.INTER_AREA) if scale < 1 else page
    return scaled, np.array(size * 2) / (width, height, width, height)


def line_width(page: np.ndarray) -> float:
    """In pixels, for a page of this size."""
    return max(1.0, max(page.shape[:2]) / 1100)


def outline(canvas: np.ndarray, box: np.ndarray, style: Style, line: float) -> None:
    """Paint the border of a box around it, in a width of `line` pixels for a style of 1."""
    x1, y1, x2, y2 = box
    width = style.width * line
    if style.wash:
        fill(canvas, x1, y1, x2, y2, style.colour, style.wash)
    for start, stop in _dashes(x1 - width, x2 + width, style.dash * line):
        fill(canvas, start, y1 - width, stop, y1, style.colour)
        fill(canvas, start, y2, stop, y2 + width, style.colour)
    for start, stop in _dashes(y1, y2, style.dash * line):
        fill(canvas, x1 - width, start, x1, stop, style.colour)
        fill(canvas, x2, start, x2 + width, stop, style.colour)


def _dashes(start: float, stop: float, dash: float) -> list[tuple[float, float]]:
    """Equal dashes and gaps from `start` to `stop`, a dash at either end."""
    count = 2 * max(0, round(((stop - start) / dash - 1) / 2)) + 1 if dash else 1
    ends = np.linspace(start, stop, count + 1)
    return list(zip(ends[:-1:2].tolist(), ends[1::2].tolist(), strict=True))


def fill(
    canvas: np.ndarray, x1: float, y1: float, x2: float, y2: float, colour: Sequence[int], opacity: float = 1
) -> None:
    """Paint a rectangle; pixels at its border take the colour by the share of them that it covers."""
    columns, across = _coverage(x1, x2, canvas.shape[1])
    rows, down = _coverage(y1, y2, canvas.shape[0])
    part = canvas[rows, columns]
    cover = opacity * np.multiply.outer(down, across)[..., None]
    part[:] = np.rint(part + (np.array(colour) - part) * cover)


def _coverage(start: float, stop: float, length: int) -> tuple[slice, np.ndarray]:
    first, last = int(np.clip(np.floor(start), 0, length)), int(np.clip(np.ceil(stop), 0, length))
    pixels = np.arange(first, last)
    return slice(first, last), np.minimum(stop, pixels + 1) - np.maximum(start, pixels)
