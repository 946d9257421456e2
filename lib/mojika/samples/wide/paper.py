"""Paper: its tone and tooth, stains, foxing, wormholes, laid lines, patches, and the shade towards the gutter."""

import cv2
import numpy as np

from mojika.samples.noise import slow_noise, wobble
from mojika.samples.wide.leaf import speckle

_TONES = np.array(
    [[0.95, 0.90, 0.72], [0.92, 0.86, 0.74], [0.86, 0.77, 0.61], [0.94, 0.92, 0.86], [0.78, 0.71, 0.60],
     [0.80, 0.66, 0.50], [0.70, 0.68, 0.64], [0.98, 0.98, 0.97]]
)  # fmt: skip
_STAIN = np.array([0.10, 0.22, 0.45], np.float32)  # how much of red, green and blue a full stain swallows


def paper_tone(rng: np.random.Generator) -> np.ndarray:
    """The colour `(3,)` of one book's paper."""
    tone = _TONES[rng.integers(len(_TONES))] * (1 + 0.05 * rng.standard_normal()) + 0.02 * rng.standard_normal(3)
    return np.clip(tone, 0.3, 1)


def draw_paper(height: int, width: int, tone: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A leaf `(H, W, 3) float32` without ink."""
    field = rng.uniform(0.0, 0.05) * slow_noise(height, width, 4, rng)
    field += rng.uniform(0.0, 0.02) * speckle(height, width, height / 60, rng)
    field += rng.uniform(0.0, 0.04) * speckle(height, width, rng.uniform(1.0, 2.5), rng)
    if rng.random() < 0.2:
        field += _laid_lines(height, width, rng)
    yellow = _stains(height, width, rng)
    if rng.random() < 0.6:
        yellow += rng.uniform(0.1, 0.7) * _browned_edges(height, width, rng)
    image = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        image[..., channel] = tone[channel] * (1 + field) * (1 - _STAIN[channel] * yellow)
    if rng.random() < 0.12:
        _patch(image, rng)
    return image


def _laid_lines(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """The sieve's lines, upright or level."""
    upright = rng.random() < 0.5
    count = width if upright else height
    waves = rng.uniform(0.005, 0.02) * np.sin(np.arange(count) * 2 * np.pi / rng.uniform(4, 14))
    return waves.astype(np.float32)[None, :] if upright else waves.astype(np.float32)[:, None]


def _stains(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Water stains with a tide line and foxing, `(H, W) float32` from 0 up, drawn on a coarser grid."""
    low = np.zeros((height // 3 + 1, width // 3 + 1), np.float32)
    for _ in range(rng.poisson(1.5)):
        _stain(low, rng.uniform(0.03, 0.25) * low.shape[0], rng.uniform(0.1, 0.8), 14.0, rng)
    for _ in range(rng.poisson(rng.choice([1, 15]))):
        _stain(low, rng.uniform(0.001, 0.006) * low.shape[0] + 0.5, rng.uniform(0.3, 1.5), 5.0, rng)
    return cv2.resize(low, (width, height), interpolation=cv2.INTER_LINEAR)


def _stain(low: np.ndarray, radius: float, strength: float, edge: float, rng: np.random.Generator) -> None:
    height, width = low.shape
    x, y, reach = rng.uniform(0, width), rng.uniform(0, height), int(2 * radius) + 2
    left, top, right, bottom = max(0, int(x) - reach), max(0, int(y) - reach), int(x) + reach, int(y) + reach
    area = low[top:bottom, left:right]
    if min(area.shape) < 2:
        return
    rows, columns = np.ogrid[top : top + area.shape[0], left : left + area.shape[1]]
    outline = 1 + 0.2 * slow_noise(area.shape[0], area.shape[1], 5, rng)
    distance = (np.hypot(columns - x, rows - y) / radius * outline).astype(np.float32)
    inside = 1 / (1 + np.exp(np.clip((distance - 1) * edge, -30, 30)))
    rim = np.exp(-(((distance - 1) / 0.07) ** 2)) if edge > 10 else 0.0
    area += strength * (0.5 * inside + 0.4 * rim)


def _browned_edges(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    reach = height * rng.uniform(0.01, 0.05)
    ends = np.exp(-down / reach) + np.exp(-(height - down) / reach)
    sides = np.exp(-across / reach) + np.exp(-(width - across) / reach)
    return sides[None] + ends[:, None]


def _patch(image: np.ndarray, rng: np.random.Generator) -> None:
    """Paper of another tone pasted on, where the leaf was mended."""
    height, width = image.shape[:2]
    wide, high = int(rng.uniform(0.05, 0.3) * width), int(rng.uniform(0.03, 0.3) * height)
    left, top = int(rng.uniform(0, width - wide)), int(rng.uniform(0, height - high))
    image[top : top + high, left : left + wide] *= 1 + rng.normal(0, 0.06, 3).astype(np.float32)


def bore_wormholes(image: np.ndarray, below: float, rng: np.random.Generator) -> None:
    """Winding holes, whose floor is a leaf `below` times as bright, with a shaded rim."""
    height, width = image.shape[:2]
    for _ in range(int(rng.integers(2, 25))):
        steps = int(rng.integers(2, 24))
        turns = np.cumsum(0.6 * rng.standard_normal(steps)) + rng.uniform(0, 2 * np.pi)
        path = np.array([rng.uniform(0, width), rng.uniform(0, height)]) + np.cumsum(
            0.005 * height * np.stack([np.cos(turns), np.sin(turns)], 1), 0
        )
        points = [np.round(path * 16).astype(np.int32)]
        thickness = max(1, round(rng.uniform(0.001, 0.005) * height))
        floor = image[int(np.clip(path[0, 1], 0, height - 1)), int(np.clip(path[0, 0], 0, width - 1))]
        cv2.polylines(image, points, False, (0.5 * floor).tolist(), thickness + 1, cv2.LINE_AA, 4)
        cv2.polylines(image, points, False, (below * floor).tolist(), thickness, cv2.LINE_AA, 4)


def shade_gutter(image: np.ndarray, gutter_right: bool, rng: np.random.Generator) -> None:
    """The leaf bends down into the gutter and at times bulges before it."""
    width = image.shape[1]
    away = np.arange(width, dtype=np.float32)
    away = (width - away if gutter_right else away) / width
    shade = rng.uniform(0.0, 0.45) * np.exp(-away / rng.uniform(0.01, 0.08))
    bulge = rng.uniform(-0.05, 0.08) * np.exp(-(((away - 0.2) / 0.15) ** 2))
    crease = rng.uniform(0.1, 0.5) * np.exp(-away / 0.004)
    image *= np.clip(1 - shade - crease + bulge, 0.15, 1.2)[None, :, None]


def edge_wobble(length: int, rng: np.random.Generator) -> np.ndarray:
    """How far a leaf's edge strays, in pixels `(length,)`."""
    return wobble(length, length / 5, rng.uniform(0, 0.002) * length, rng)
