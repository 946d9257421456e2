"""Random fields that paper, ink and lines are made uneven with."""

import cv2
import numpy as np


def slow_noise(height: int, width: int, cells: float, rng: np.random.Generator) -> np.ndarray:
    """A smooth `(H, W) float32` field of unit deviation with about `cells` bumps along the longer side."""
    longer = max(height, width)
    grid = (max(2, round(cells * height / longer)) + 1, max(2, round(cells * width / longer)) + 1)
    field = rng.standard_normal(grid, dtype=np.float32)
    return cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)


def fine_noise(height: int, width: int, size: float, rng: np.random.Generator) -> np.ndarray:
    """A `(H, W) float32` field of unit deviation with specks of about `size` pixels."""
    field = rng.standard_normal((height, width), dtype=np.float32)
    if size <= 0.5:
        return field
    specks = cv2.GaussianBlur(field, (0, 0), size / 2)
    return specks / max(float(specks.std()), 1e-6)


def wobble(length: int, step: float, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """A smooth `(length,) float32` curve that strays from zero, with a bend every `step` pixels."""
    knots = deviation * rng.standard_normal((1, max(2, int(length / step)) + 1)).astype(np.float32)
    return cv2.resize(knots, (length, 1), interpolation=cv2.INTER_CUBIC)[0]
