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
    start, end = np.array(start), np.array(end)
    span = end - start
    swing = np.array([rng.uniform(-0.35, 0.1) * abs(span[1]) + 0.15 * span[0], 0.0])
    bezier = np.stack([start, start + 0.35 * span + swing, start + 0.75 * span - 0.5 * swing, end])
    t = np.linspace(0, 1, max(8, int(np.hypot(*span))))[:, None]
    basis = np.concatenate([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    path = basis @ bezier
    lift = 0.25 + 0.55 * (2 * np.abs(t[:, 0] - 0.5)) ** 1.5
    strokes = np.zeros_like(layer[_rows(path, width, layer), _columns(path, width, layer)])
    if not strokes.size:
        return
    origin = np.array([_columns(path, width, layer).start, _rows(path, width, layer).start])
    points = np.round((path - origin) * (1 << _SUBPIXEL)).astype(int)
    for (x, y), thickness in zip(points, lift * width, strict=True):
        radius = int(max(0.35, thickness / 2) * (1 << _SUBPIXEL))
        cv2.circle(strokes, (int(x), int(y)), radius, int(255 * density), -1, cv2.LINE_AA, _SUBPIXEL)
    area = layer[_rows(path, width, layer), _columns(path, width, layer)]
    np.maximum(area, strokes, out=area)


def _rows(path: np.ndarray, margin: float, layer: np.ndarray) -> slice:
    return slice(max(0, int(path[:, 1].min() - margin)), min(layer.shape[0], int(path[:, 1].max() + margin) + 2))


def _columns(path: np.ndarray, margin: float, layer: np.ndarray) -> slice:
    return slice(max(0, int(path[:, 0].min() - margin)), min(layer.shape[1], int(path[:, 0].max() + margin) + 2))
