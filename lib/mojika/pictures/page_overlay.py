"""Boxes and what was read in them, drawn over their page: each in the colour and line of its outcome, with a legend."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mojika.boxes.outcomes import Outcome
from mojika.pictures.glyph_fonts import drawable, font_for, glyph_font

Piece = tuple[str, tuple[int, ...]]  # a text and its colour
LEGEND_PAPER, INK, HALO = (250, 249, 246), (45, 45, 45), (255, 255, 255)


class Style(NamedTuple):
    """`width` and `dash` (0: unbroken) are multiples of the page's line width, `wash` is the opacity inside the box."""

    colour: tuple[int, int, int]
    width: float = 1.0
    dash: float = 0
    wash: float = 0


# Okabe and Ito's colours, which the colour-blind tell apart ("Color Universal Design", 2008), their purple darkened
_GREEN, _VERMILLION, _PURPLE, _BLUE, _GRAY = (0, 158, 115), (213, 94, 0), (150, 50, 130), (0, 114, 178), (95, 95, 95)
STYLES = {
    Outcome.BOX: Style(_BLUE),
    Outcome.RIGHT: Style(_GREEN),
    Outcome.FOUND: Style(_GREEN),
    Outcome.WRONG: Style(_VERMILLION, 1.7),
    Outcome.SURPLUS: Style(_PURPLE, 1.7, wash=0.16),
    Outcome.MISSED: Style(_BLUE, 1.7, dash=4),
    Outcome.REMOVED: Style(_GRAY, dash=3),
}
_FROM_BELOW = (  # what is drawn later lies above
    Outcome.REMOVED, Outcome.BOX, Outcome.RIGHT, Outcome.FOUND, Outcome.MISSED, Outcome.SURPLUS, Outcome.WRONG
)  # fmt: skip


class Mark(NamedTuple):
    """A box in page pixels (x1, y1, x2, y2) and the texts beside it: none, one, or prediction and truth."""

    outcome: Outcome
    box: tuple[float, float, float, float]
    texts: tuple[str, ...] = ()


def draw_page_overlay(
    page: np.ndarray, marks: Sequence[Mark], title: str, legend: Sequence[Outcome], max_side: int = 2000
) -> np.ndarray:
    """The page `(H, W, 3) uint8` with its marks below a strip that names and counts the outcomes of `legend`.

    A page whose longer side exceeds `max_side` pixels is scaled down to it. Lines lie outside their boxes. Texts are
    placed beside them, where they cover other boxes, texts and ink least; a second text follows behind an arrow.
    Returns `(H', W', 3) uint8`. Raises `UserError` where no font draws Japanese.
    """
    height, width = page.shape[:2]
    scale = min(1.0, max_side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    scaled = cv2.resize(page, size, interpolation=cv2.INTER_AREA) if scale < 1 else page
    canvas = scaled.copy()
    ratios = np.array(size * 2) / (width, height, width, height)
    marks = sorted(marks, key=lambda mark: _FROM_BELOW.index(mark.outcome))
    boxes = np.array([mark.box for mark in marks], np.float64).reshape(-1, 4) * ratios
    line = max(1.0, max(size) / 1100)
    for mark, box in zip(marks, boxes, strict=True):
        _outline(canvas, box, STYLES[mark.outcome], line)
    canvas = _with_captions(canvas, scaled, marks, boxes, line)
    counts = Counter(mark.outcome for mark in marks)
    items = [(outcome, f"{outcome} {counts[outcome]:,}") for outcome in legend]
    return np.concatenate([_legend(size[0], max(size), title, items, line), canvas])


def _outline(canvas: np.ndarray, box: np.ndarray, style: Style, line: float) -> None:
    x1, y1, x2, y2 = box
    width = style.width * line
    if style.wash:
        _fill(canvas, x1, y1, x2, y2, style.colour, style.wash)
    for start, stop in _dashes(x1 - width, x2 + width, style.dash * line):
        _fill(canvas, start, y1 - width, stop, y1, style.colour)
        _fill(canvas, start, y2, stop, y2 + width, style.colour)
    for start, stop in _dashes(y1, y2, style.dash * line):
        _fill(canvas, x1 - width, start, x1, stop, style.colour)
        _fill(canvas, x2, start, x2 + width, stop, style.colour)


def _dashes(start: float, stop: float, dash: float) -> list[tuple[float, float]]:
    """Equal dashes and gaps from `start` to `stop`, a dash at either end."""
    count = 2 * max(0, round(((stop - start) / dash - 1) / 2)) + 1 if dash else 1
    ends = np.linspace(start, stop, count + 1)
    return list(zip(ends[:-1:2].tolist(), ends[1::2].tolist(), strict=True))


def _fill(
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


def _with_captions(
    canvas: np.ndarray, page: np.ndarray, marks: Sequence[Mark], boxes: np.ndarray, line: float
) -> np.ndarray:
    """The texts of the last marks, which lie above, find their places first."""
    if not any(mark.texts for mark in marks):
        return canvas
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    side = np.median(np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)))
    size = round(np.clip(0.42 * side, 13, max(13, max(image.size) / 40)))
    taken = boxes[[mark.outcome != Outcome.REMOVED for mark in marks]]
    placed, ink = np.empty((0, 4)), _ink_sums(page)
    for mark, box in zip(reversed(marks), boxes[::-1], strict=True):
        if not mark.texts:
            continue
        pieces = _pieces(mark)
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


def _pieces(mark: Mark) -> list[Piece]:
    first, *others = map(drawable, mark.texts)
    pieces = [(first, _dark(mark.outcome))]
    for other in others:
        pieces += [("→", INK), (other, _dark(Outcome.RIGHT))]
    return pieces


def _dark(outcome: Outcome) -> tuple[int, ...]:
    """The outcome's colour as thin strokes need it to be read on white."""
    return tuple(channel * 4 // 5 for channel in STYLES[outcome].colour)


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


def _legend(width: int, longer_side: int, title: str, items: Sequence[tuple[Outcome, str]], line: float) -> np.ndarray:
    """A strip `(h, width, 3) uint8`: the title and, behind a swatch of its outcome, each item's text."""
    size = int(np.clip(longer_side / 62, 12, 36))
    font, pad = glyph_font(size), size // 2
    x, row, places = pad * 2 + font.getlength(title) + size, 0, []
    for outcome, text in items:
        extent = 1.7 * size + font.getlength(text)
        if x + extent > width - pad and x > pad:
            x, row = pad, row + 1
        places.append((x, row, outcome, text))
        x += extent + size
    height = round((row + 1) * 1.7 * size + pad)
    strip = np.full((height, width, 3), LEGEND_PAPER, np.uint8)
    for x, row, outcome, _ in places:
        y = pad / 2 + (row + 0.5) * 1.7 * size
        swatch = np.rint([x, y - 0.42 * size, x + 1.2 * size, y + 0.42 * size])
        _outline(strip, swatch, STYLES[outcome], line)
    image = Image.fromarray(strip)
    draw = ImageDraw.Draw(image)
    draw.text((pad, pad / 2 + 0.85 * size), title, INK, font, anchor="lm")
    for x, row, _, text in places:
        draw.text((x + 1.7 * size, pad / 2 + (row + 0.5) * 1.7 * size), text, INK, font, anchor="lm")
    return np.asarray(image)
