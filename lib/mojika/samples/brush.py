"""Single strokes of the brush: the run-on between two characters."""

import cv2
import numpy as np

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
