"""Texts beside the boxes of a page, where they cover other boxes, texts and ink least."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mojika.pictures.glyph_fonts import font_for, glyph_font

Piece = tuple[str, tuple[int, ...]]  # a text and its colour
HALO = (255, 255, 255)


class Caption(NamedTuple):
    """The box that it belongs to, x1, y1, x2, y2 `(4,) float64`, and the texts that follow each other."""

    box: np.ndarray
    pieces: list[Piece]


def with_captions(
    canvas: np.ndarray, page: np.ndarray, captions: Sequence[Caption], boxes: np.ndarray, taken: np.ndarray, line: float
) -> np.ndarray:
    """`canvas` with the captions, which find their places in this order.

    `page` is the same without lines, for its ink; from `boxes (N, 4)` follows the size of the letters, `taken (M, 4)`
    are best left free, `line` is the width of their lines in pixels.
    """
    if not captions:
        return canvas
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    side = np.median(np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)))
    size = round(np.clip(0.42 * side, 13, max(13, max(image.size) / 40)))
    placed, ink = np.empty((0, 4)), _ink_sums(page)
    for box, pieces in captions:
        places = _places(pieces, box, size, gap=2.5 * line + 1)
        rectangles = np.array([rectangle for rectangle, _ in places])
        area = np.prod(rectangles[:, 2:] - rectangles[:, :2], axis=1)
        outside = area - _shared(rectangles, np.array([[0, 0, *image.size]])).sum(1)
        cost = _shared(rectangles, taken).sum(1) + 3 * _shared(rectangles, placed).sum(1) + 10 * outside
        cost += 2 * _ink_below(rectangles, ink)
        best = int(np.argmin(cost + 0.006 * area.min() * np.arange(len(places)) ** 2))  # the last ones only in need
        placed = np.concatenate([placed, rectangles[best : best + 1]])
        _write(draw, pieces, rectangles[best], places[best][1], size)
    return np.asarray(image)


def _places(pieces: list[Piece], box: np.ndarray, size: int, gap: float) -> list[tuple[tuple[float, ...], bool]]:
    """Possible places of a text beside its box, the best first, and whether it runs downwards there."""
    x1, y1, x2, y2 = box
    widths = [_font(text, size).getlength(text) for text, _ in pieces]
    found: list[tuple[tuple[float, ...], bool]] = []
    for downwards in (True, False) if len(pieces) > 1 else (False,):
        width, height = (max(widths), size * len(pieces) * 1.05) if downwards else (sum(widths), size * 1.05)
        beside, above = [y1, (y1 + y2 - height) / 2, y2 - height], [x2 - width, (x1 + x2 - width) / 2, x1]
        corners = [(x2 + gap, y) for y in beside]
        corners += [(x, y1 - gap - height) for x in above] if not downwards else []
        corners += [(x1 - gap - width, y) for y in beside]
        corners += [(x, y2 + gap) for x in above] if not downwards else []
        found += [((x, y, x + width, y + height), downwards) for x, y in corners]
    return found


def _shared(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Area that each pair of rectangles `(N, 4)`, `(M, 4)` shares, `(N, M)`."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    return np.prod(np.maximum(high - low, 0), axis=2)


def _ink_sums(page: np.ndarray) -> np.ndarray:
    """Sums over all pixels above and left, `(H + 1, W + 1) int32`, of what is clearly darker than its surroundings."""
    gray = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    window = max(gray.shape) // 40 * 2 + 3
    return cv2.integral(cv2.adaptiveThreshold(gray, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 25))


def _ink_below(rectangles: np.ndarray, sums: np.ndarray) -> np.ndarray:
    height, width = sums.shape
    x1, y1, x2, y2 = np.clip(np.rint(rectangles), 0, (width - 1, height - 1) * 2).astype(np.int64).T
    return sums[y2, x2] - sums[y1, x2] - sums[y2, x1] + sums[y1, x1]


def _write(draw: ImageDraw.ImageDraw, pieces: list[Piece], rectangle: np.ndarray, downwards: bool, size: int) -> None:
    x1, y1, x2, y2 = rectangle
    x, y = (x1 + x2) / 2, y1 + size * 0.525
    halo, positions = max(2, round(size / 9)), []
    for text, colour in pieces:
        text = "↓" if downwards and text == "→" else text
        font = _font(text, size)
        width = font.getlength(text)
        positions.append((x if downwards else x1 + width / 2, y, text, colour, font))
        x1, y = (x1, y + size * 1.05) if downwards else (x1 + width, y)
    for stroke in (halo, 0):  # all halos below all glyphs
        for x, y, text, colour, font in positions:
            draw.text(
                (x, y), text, HALO if stroke else colour, font, anchor="mm", stroke_width=stroke, stroke_fill=HALO
            )


def _font(text: str, size: int) -> ImageFont.FreeTypeFont:
    return font_for(text, size) or glyph_font(size)
