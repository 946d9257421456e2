"""A page with what was read in it: columns as lines in the colour of their kind, numbered in reading order."""

from collections import Counter
from itertools import pairwise

import cv2
import numpy as np
from PIL import Image, ImageDraw

from mojika.pictures.captions import Caption, with_captions
from mojika.pictures.glyph_fonts import drawable, glyph_font
from mojika.pictures.legend import legend_strip
from mojika.pictures.lines import BLUE, GRAY, GREEN, PURPLE, VERMILION, Style, fill, line_width, outline, scaled_down
from mojika.reading.page import Column, Kind, Page

COLOURS: dict[Kind, tuple[int, int, int]] = {
    "text": BLUE,
    "title": GREEN,
    "note": VERMILION,
    "furigana": PURPLE,
}
_SHARE = 0.5  # of the colour in a line, the rest is the page
_FINE = 4  # bits behind the point for OpenCV


def draw_reading(pixels: np.ndarray, page: Page, max_side: int = 2000) -> np.ndarray:
    """`pixels (H, W, 3) uint8` of `page` with its columns, below a strip that names and counts them.

    A column is a line through its characters with an arrow at its end, and begins with its number in reading order,
    counted from 1; a thin line leads to the next one of its block, a dashed line is an opening's gutter. What was read
    stands beside each character. A page whose longer side exceeds `max_side` pixels is scaled down to it. Returns
    `(H', W', 3) uint8`. Raises `UserError` where no font draws Japanese.
    """
    scaled, ratios = scaled_down(pixels, max_side)
    line = line_width(scaled)
    columns = [_boxes(column) * ratios for column in page.columns]
    boxes = np.concatenate([np.empty((0, 4)), *columns])
    canvas = scaled.copy()
    for column, own in zip(page.columns, columns, strict=True):
        for box in own:
            outline(canvas, box, Style(COLOURS[column.kind], 0.8, wash=0.07), line)
    for x in page.gutters:
        fill(canvas, x * ratios[0] - line, 0, x * ratios[0] + line, len(canvas), GRAY, 0.6)
    canvas = _with_paths(canvas, page, ratios, line)
    discs = _discs(boxes, columns)
    captions = [
        Caption(box, [(drawable(character.char), _dark(COLOURS[column.kind]))])
        for column, own in zip(page.columns, columns, strict=True)
        for character, box in zip(column.characters, own, strict=True)
    ]
    canvas = with_captions(canvas, scaled, captions, boxes, np.concatenate([boxes, discs]), line)
    canvas = _with_numbers(canvas, page, discs)
    return np.concatenate([legend_strip(canvas, _title(page), _legend(page), line), canvas])


def _boxes(column: Column) -> np.ndarray:
    return np.array([character.box for character in column.characters], np.float64)


def _with_paths(canvas: np.ndarray, page: Page, ratios: np.ndarray, line: float) -> np.ndarray:
    layer = canvas.copy()
    for block in page.blocks:
        paths = [_path(column, ratios) for column in block.columns if column.kind != "furigana"]
        for before, after in pairwise(paths):
            _polyline(layer, np.array([before[-1], after[0]]), GRAY, 0.7 * line)
    for column in page.columns:
        path = _path(column, ratios)
        _polyline(layer, path, COLOURS[column.kind], 2 * line)
        _arrow(layer, path, COLOURS[column.kind], 6 * line)
    return cv2.addWeighted(layer, _SHARE, canvas, 1 - _SHARE, 0)


def _path(column: Column, ratios: np.ndarray) -> np.ndarray:
    """The middles of its characters, from the upper edge of the first to the lower edge of the last."""
    boxes = _boxes(column) * ratios
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    first, last = (middles[0, 0], boxes[0, 1]), (middles[-1, 0], boxes[-1, 3])
    return np.array([first, *middles[1:-1], last])


def _polyline(canvas: np.ndarray, points: np.ndarray, colour: tuple[int, int, int], width: float) -> None:
    fixed = np.rint(points * 2**_FINE).astype(np.int32)
    cv2.polylines(canvas, [fixed], False, colour, max(1, round(width)), cv2.LINE_AA, _FINE)


def _arrow(canvas: np.ndarray, path: np.ndarray, colour: tuple[int, int, int], size: float) -> None:
    along = path[-1] - path[-2]
    along = along / max(float(np.hypot(*along)), 1e-9) * size
    across = np.array([-along[1], along[0]]) / 1.6
    corners = np.array([path[-1] + along * 0.4, path[-1] - along + across, path[-1] - along - across])
    cv2.fillPoly(canvas, [np.rint(corners * 2**_FINE).astype(np.int32)], colour, cv2.LINE_AA, _FINE)


def _discs(boxes: np.ndarray, columns: list[np.ndarray]) -> np.ndarray:
    """The squares, `(columns, 4)`, of the numbers above the columns."""
    if not columns:
        return np.empty((0, 4))
    common = np.median(boxes[:, 2] - boxes[:, 0])
    found = []
    for own in columns:
        radius = np.clip(0.3 * np.median(own[:, 2] - own[:, 0]), 0.2 * common, 0.3 * common)
        radius = max(radius, 8.0)
        x, y = (own[0, 0] + own[0, 2]) / 2, max(own[0, 1] - radius, radius)
        found.append((x - radius, y - radius, x + radius, y + radius))
    return np.array(found)


def _with_numbers(canvas: np.ndarray, page: Page, discs: np.ndarray) -> np.ndarray:
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    for number, (column, (x1, y1, x2, y2)) in enumerate(zip(page.columns, discs, strict=True), 1):
        draw.ellipse((x1, y1, x2, y2), COLOURS[column.kind], "white", max(1, round((x2 - x1) / 18)))
        font = glyph_font(max(8, round((x2 - x1) * (0.62 if number < 100 else 0.46))))
        draw.text(((x1 + x2) / 2, (y1 + y2) / 2), str(number), "white", font, anchor="mm")
    return np.asarray(image)


def _title(page: Page) -> str:
    sure = "" if page.confidence is None else f", order {page.confidence:.0%} sure"
    return f"{page.name}: {len(page.characters):,} characters{sure}"


def _legend(page: Page) -> list[tuple[Style, str]]:
    counts = Counter(column.kind for column in page.columns)
    return [(Style(colour, wash=0.3), f"{kind} {counts[kind]:,}") for kind, colour in COLOURS.items() if counts[kind]]


def _dark(colour: tuple[int, int, int]) -> tuple[int, ...]:
    return tuple(channel * 4 // 5 for channel in colour)
