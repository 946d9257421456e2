"""Single strokes of the brush: the run-on between two characters, and what a dry one leaves."""

import cv2
import numpy as np

from mojika.samples.noise import fine_noise

_SUBPIXEL = 4  # fractional bits of OpenCV's drawing coordinates


def connect(
    layer: np.ndarray,
    start: tuple[float, float],
    end: tuple[float, float],
    width: float,
    density: float,
    rng: np.random.Generator,
) -> None:
    """Draw the fine run-on stroke from one character's exit to the next one's entry into a `(H, W) uint8` layer.

    It leaves downwards, swings out and is thinnest half-way, as the brush is lifted; `width` is that of full strokes.
    """
    first, last = np.array(start), np.array(end)
    span = last - first
    swing = np.array([rng.uniform(-0.35, 0.1) * abs(span[1]) + 0.15 * span[0], 0.0])
    bezier = np.stack([first, first + 0.35 * span + swing, first + 0.75 * span - 0.5 * swing, last])
    t = np.linspace(0, 1, max(8, int(np.hypot(*span))))[:, None]
    basis = np.concatenate([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    path = basis @ bezier
    lift = 0.25 + 0.55 * (2 * np.abs(t[:, 0] - 0.5)) ** 1.5
    left, top = np.maximum(path.min(0) - width, 0).astype(int)
    right, bottom = (path.max(0) + width).astype(int) + 2
    area = layer[top:bottom, left:right]
    if not area.size:
        return
    strokes = np.zeros_like(area)
    points = np.round((path - (left, top)) * (1 << _SUBPIXEL)).astype(int).tolist()
    for (x, y), thickness in zip(points, lift * width, strict=True):
        radius = int(max(0.35, thickness / 2) * (1 << _SUBPIXEL))
        cv2.circle(strokes, (x, y), radius, int(255 * density), -1, cv2.LINE_AA, _SUBPIXEL)
    np.maximum(area, strokes, out=area)


def left_by_dry_brush(height: int, width: int, lacking: float, rng: np.random.Generator) -> np.ndarray:
    """The share of ink at each place, `(H, W)`: hairs leave streaks along the stroke, mostly downwards.

    `lacking` is the share that a streak lacks.
    """
    angle = np.pi / 2 + 0.6 * rng.standard_normal()
    length = max(5, (height + width) // 8)
    middle = (length - 1) / 2
    reach = middle * np.array([np.cos(angle), np.sin(angle)])
    start, end = (np.round(middle + side * reach).astype(int).tolist() for side in (-1, 1))
    line = cv2.line(np.zeros((length, length), np.float32), start, end, 1.0, 1)
    drawn = np.asarray(cv2.filter2D(fine_noise(height, width, 0, rng), -1, line / line.sum()), np.float32)
    streaks = drawn / max(float(drawn.std()), 1e-6)
    return 1 - lacking * np.clip(2 * (streaks - rng.uniform(0.2, 1.2)), 0, 1)
