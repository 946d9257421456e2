"""Line drawings such as books have between their text: strokes that are no characters.

Nobody should take them for pictures of something; what matters is that they have the ink, the stroke widths, the closed
and the broken lines, the dots, hatchings and solid blacks of woodcuts.
"""

from collections.abc import Callable

import cv2
import numpy as np

_FRACTION = 4  # fractional bits of OpenCV's drawing coordinates
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


def draw_picture(layer: np.ndarray, box: Box, rng: np.random.Generator) -> None:
    """Fill `box` of a `(H, W) uint8` layer of ink with some motifs."""
    left, top, right, bottom = box
    side = min(right - left, bottom - top)
    if side < 12:
        return
    pen = max(1.0, 0.0035 * side * rng.uniform(0.5, 2.5))
    usual = rng.dirichlet(np.full(len(MOTIFS), 0.5))
    for _ in range(int(rng.integers(2, 7))):
        size = side * rng.uniform(0.25, 0.9)
        x, y = rng.uniform(left, max(left + 1, right - size)), rng.uniform(top, max(top + 1, bottom - size))
        motif = MOTIFS[int(rng.choice(len(MOTIFS), p=usual))]
        motif(layer, (x, y, min(right, x + size * rng.uniform(0.6, 1.6)), min(bottom, y + size)), pen, rng)
    if rng.random() < 0.2:
        _line(layer, np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]), pen)


def _line(layer: np.ndarray, points: np.ndarray, thickness: float, shade: int = 255) -> None:
    scaled = np.round(points * (1 << _FRACTION)).astype(np.int32)
    cv2.polylines(layer, [scaled], False, shade, max(1, round(thickness)), cv2.LINE_AA, _FRACTION)


def _fill(layer: np.ndarray, points: np.ndarray, shade: int) -> None:
    cv2.fillPoly(layer, [np.round(points * (1 << _FRACTION)).astype(np.int32)], shade, cv2.LINE_AA, _FRACTION)


def _curve(start: np.ndarray, length: float, bend: float, steps: int, rng: np.random.Generator) -> np.ndarray:
    """A wandering line `(steps, 2)` from `start`."""
    turns = rng.uniform(0, 2 * np.pi) + np.cumsum(np.cumsum(bend * rng.standard_normal(steps)) * 0.3)
    return start + np.cumsum(length / steps * np.stack([np.cos(turns), np.sin(turns)], 1), 0)


def _around(box: Box, radius: float, uneven: float, rng: np.random.Generator, count: int = 40) -> np.ndarray:
    """A closed outline `(count + 1, 2)` in `box`."""
    left, top, right, bottom = box
    angles = np.linspace(0, 2 * np.pi, count + 1)
    waves = np.zeros_like(angles)
    for order in range(2, 6):
        waves += uneven / order * np.sin(order * angles + rng.uniform(0, 2 * np.pi)) * rng.standard_normal()
    reach = radius * (1 + waves)[:, None] * np.array([(right - left) / 2, (bottom - top) / 2])
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    return centre + reach * np.stack([np.cos(angles), np.sin(angles)], 1)


def _wheel(layer: np.ndarray, box: Box, pen: float, rng: np.random.Generator) -> None:
    outline = _around((box[0], box[1], box[0] + box[3] - box[1], box[3]), 0.9, 0.0, rng, 240)
    centre = outline[:-1].mean(0)
    teeth = int(rng.integers(8, 60)) if rng.random() < 0.6 else 0
    if teeth:
        wave = np.sign(np.sin(np.linspace(0, 2 * np.pi * teeth, len(outline))))
        outline = centre + (outline - centre) * (1 + 0.04 * wave)[:, None]
    _line(layer, outline, pen)
    for share in rng.uniform(0.1, 0.85, int(rng.integers(1, 4))):
        _line(layer, centre + share * (outline[::4] - centre), pen * rng.uniform(0.6, 1.5))
    spokes = int(rng.integers(0, 13))
    for spoke in range(spokes):
        end = outline[spoke * 240 // spokes]
        _line(layer, np.stack([centre + 0.15 * (end - centre), centre + 0.9 * (end - centre)]), pen)


def _solid(layer: np.ndarray, box: Box, pen: float, rng: np.random.Generator) -> None:
    """A box or a building in slanted projection."""
    left, top, right, bottom = box
    shift = np.array([rng.uniform(-0.35, 0.35) * (right - left), -rng.uniform(0.1, 0.35) * (bottom - top)])
    front = np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]], float)
    front = front + (front.mean(0) - front) * 0.35
    _line(layer, front, pen)
    _line(layer, front + shift, pen)
    for corner in front[:4]:
        _line(layer, np.stack([corner, corner + shift]), pen)
    for share in rng.uniform(0.05, 0.95, int(rng.integers(0, 12))):
        side = int(rng.integers(2))
        ends = front[[0, 1]] * (1 - share) + front[[3, 2]] * share
        if side:
            ends = front[[0, 3]] * (1 - share) + front[[1, 2]] * share
        _line(layer, ends, pen * 0.7)


def _hatching(layer: np.ndarray, box: Box, pen: float, rng: np.random.Generator) -> None:
    """Parallel strokes within an outline: cloth, roofs, shading."""
    outline = _around(box, 0.9, 0.15, rng)
    mask = np.zeros_like(layer)
    _fill(mask, outline, 255)
    strokes = np.zeros_like(layer)
    angle, step = rng.uniform(0, np.pi), pen * rng.uniform(3, 12)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    centre = outline.mean(0)
    reach = float(np.hypot(box[2] - box[0], box[3] - box[1])) / 2
    bow = rng.uniform(-0.3, 0.3)
    t = np.linspace(-1, 1, 12)
    for offset in np.arange(-reach, reach, step):
        path = centre + reach * t[:, None] * along + (offset + bow * reach * t**2)[:, None] * across
        _line(strokes, path, pen * 0.8)
        if bow > 0.1:
            _line(strokes, centre + reach * t[:, None] * across + offset * along, pen * 0.8)
    np.maximum(layer, np.minimum(mask, strokes), out=layer)
    _line(layer, outline, pen)


def _plant(layer: np.ndarray, box: Box, pen: float, rng: np.random.Generator) -> None:
    """Stems with leaves or blossoms."""
    left, top, right, bottom = box
    height = bottom - top
    for _ in range(int(rng.integers(1, 4))):
        start = np.array([rng.uniform(left, right), bottom])
        lean = np.cumsum(0.12 * rng.standard_normal(14)) - np.pi / 2
        stem = start + np.cumsum(height / 14 * np.stack([np.cos(lean), np.sin(lean)], 1), 0)
        _line(layer, stem, pen * rng.uniform(1, 3))
        for at in stem[2:]:
            for _ in range(int(rng.integers(0, 4))):
                angle, length = rng.uniform(0, 2 * np.pi), height * rng.uniform(0.05, 0.16)
                tip = at + length * np.array([np.cos(angle), np.sin(angle)])
                side = 0.22 * length * np.array([-np.sin(angle), np.cos(angle)])
                leaf = np.stack([at, (at + tip) / 2 + side, tip, (at + tip) / 2 - side, at])
                if rng.random() < 0.25:
                    _fill(layer, leaf, 230)
                else:
                    _line(layer, leaf, pen)


def _water(layer: np.ndarray, box: Box, pen: float, rng: np.random.Generator) -> None:
    """Waves, clouds, hills: long lines above each other."""
    left, top, right, bottom = box
    x = np.linspace(left, right, 60)
    wave, height = rng.uniform(4, 25), (bottom - top)
    for y in np.linspace(top, bottom, int(rng.integers(3, 14))):
        phase = rng.uniform(0, 2 * np.pi)
        swing = 0.04 * height * np.sin(wave * (x - left) / (right - left) + phase) + 0.03 * height * np.sin(
            3 * x / height
        )
        first = int(rng.integers(0, 30))
        _line(layer, np.stack([x, y + swing], 1)[first : first + int(rng.integers(15, 60))], pen)


def _figure(layer: np.ndarray, box: Box, pen: float, rng: np.random.Generator) -> None:
    """Bent outlines with folds and a patch of solid black, like people in robes."""
    left, top, right, bottom = box
    outline = _around(box, 0.85, 0.3, rng)
    _line(layer, outline, pen * 1.3)
    for _ in range(int(rng.integers(3, 12))):
        start = outline[int(rng.integers(len(outline)))]
        fold = start + (outline.mean(0) - start) * np.linspace(0, rng.uniform(0.3, 0.9), 10)[:, None]
        fold[:, 0] += 0.08 * (right - left) * np.sin(np.linspace(0, 3, 10)) * rng.standard_normal()
        _line(layer, fold, pen * rng.uniform(0.7, 2))
    size = 0.22 * (right - left)
    head = (left + size, top - size * 0.2, left + 2.4 * size, top + size * 1.4)
    _line(layer, _around(head, 0.9, 0.05, rng), pen)
    _fill(layer, _around((head[0], head[1], head[2], head[1] + size), 0.8, 0.25, rng), 245)


def _scribble(layer: np.ndarray, box: Box, pen: float, rng: np.random.Generator) -> None:
    """Single strokes, some as bold as writing."""
    left, top, right, bottom = box
    for _ in range(int(rng.integers(4, 25))):
        start = np.array([rng.uniform(left, right), rng.uniform(top, bottom)])
        path = _curve(start, (bottom - top) * rng.uniform(0.03, 0.5), rng.uniform(0.05, 0.8), 14, rng)
        _line(layer, path, pen * rng.uniform(0.6, 4))


def _dots(layer: np.ndarray, box: Box, pen: float, rng: np.random.Generator) -> None:
    """A pattern of small signs in rows: cloth, scales, stones."""
    left, top, right, bottom = box
    step = rng.uniform(4, 12) * pen + 2
    radius = step * rng.uniform(0.1, 0.4)
    filled = rng.random() < 0.5
    for row, y in enumerate(np.arange(top, bottom, step)[:40]):
        for x in np.arange(left + row % 2 * step / 2, right, step)[:40]:
            centre = (int(x * 16), int(y * 16))
            cv2.circle(layer, centre, int(radius * 16), 255, -1 if filled else 1, cv2.LINE_AA, _FRACTION)


def _lattice(layer: np.ndarray, box: Box, pen: float, rng: np.random.Generator) -> None:
    """A grid, a table or a shutter."""
    left, top, right, bottom = box
    for x in np.linspace(left, right, int(rng.integers(2, 12))):
        _line(layer, np.array([[x, top], [x, bottom]]), pen)
    for y in np.linspace(top, bottom, int(rng.integers(2, 9))):
        _line(layer, np.array([[left, y], [right, y]]), pen)


MOTIFS: list[Callable[[np.ndarray, Box, float, np.random.Generator], None]] = [
    _wheel, _solid, _hatching, _plant, _water, _figure, _scribble, _dots, _lattice
]  # fmt: skip
