"""A character in its column as the scanner saw it, cut out as a labelled box is: neighbours, ink, paper, resolution."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from mojika.data.crops import resize
from mojika.samples.brush import connect, left_by_dry_brush
from mojika.samples.noise import fine_noise, slow_noise

_MARGIN = 0.3  # room around a character, of its longer side


def cut_crop(character: np.ndarray, others: Sequence[np.ndarray], size: int, rng: np.random.Generator) -> np.ndarray:
    """The coverage `(h, w) uint8` of `character`, some of `others` around it, inked on paper: `(size, size) uint8`.

    The box is as loose as people's: its sides stray, and a crop has the margin of 0.05 that packs have.
    """
    height, width = character.shape
    margin = int(_MARGIN * max(height, width)) + 3
    layer = np.zeros((height + 2 * margin, width + 2 * margin), np.uint8)
    layer[margin : margin + height, margin : margin + width] = character
    if others:
        _set_neighbours(layer, margin, (height, width), others, rng)
    x1, y1, x2, y2 = _loose_box(width, height, margin, rng)
    layer = layer[max(0, int(y1)) : int(np.ceil(y2)) + 1, max(0, int(x1)) : int(np.ceil(x2)) + 1]
    reverse = others[int(rng.integers(len(others)))] if others and rng.random() < 0.5 else None
    return _scanned(layer, reverse, size, rng)


def _loose_box(width: int, height: int, margin: int, rng: np.random.Generator) -> tuple[float, float, float, float]:
    smaller = 0.5 * (min(width, height) + np.sqrt(width * height))
    stray = smaller * (0.02 + 0.05 * np.clip(rng.standard_normal(4), -2.2, 2.2))
    padded = rng.choice([0.0, 0.05, 0.05]) * np.array([width, height, width, height])
    left, top, right, bottom = np.minimum(stray + padded, margin)
    return margin - left, margin - top, margin + width + right, margin + height + bottom


def _set_neighbours(
    layer: np.ndarray, margin: int, box: tuple[int, int], others: Sequence[np.ndarray], rng: np.random.Generator
) -> None:
    """Characters above and below, touching at times, linked at times; seldom a reading or a rule at the side."""
    height, width = box
    gap = max(height, width)
    for above in (True, False):
        if rng.random() < 0.15:
            continue
        other = others[int(rng.integers(len(others)))]
        left = margin + (width - other.shape[1]) // 2 + int(0.12 * gap * rng.standard_normal())
        distance = int(gap * rng.normal(0.1, 0.09))
        top = margin - distance - other.shape[0] if above else margin + height + distance
        _lay(layer, other, left, top)
        if rng.random() < 0.25:
            centre = margin + width / 2 + 0.15 * width * rng.standard_normal()
            ends = (left + other.shape[1] / 2, top + other.shape[0]), (centre, margin + 0.06 * height)
            if not above:
                ends = (centre, margin + 0.94 * height), (left + other.shape[1] / 2, float(top))
            connect(layer, *ends, max(1.5, 0.05 * gap), 1.0, rng)
    if rng.random() < 0.15:
        other = others[int(rng.integers(len(others)))]
        small = cv2.resize(other, None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA)
        _lay(layer, small, margin + width + int(gap * rng.uniform(0.0, 0.1)), int(rng.uniform(0, margin + height)))
    if rng.random() < 0.06:
        x = int(margin + (width + 0.08 * gap if rng.random() < 0.5 else -0.08 * gap))
        layer[:, max(0, x) : max(0, x) + 1 + int(0.03 * gap)] = 255


def _lay(layer: np.ndarray, glyph: np.ndarray, left: int, top: int) -> None:
    """Ink what of a glyph is within the layer."""
    rows = slice(max(0, top), min(layer.shape[0], top + glyph.shape[0]))
    columns = slice(max(0, left), min(layer.shape[1], left + glyph.shape[1]))
    if rows.start < rows.stop and columns.start < columns.stop:
        seen = glyph[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        np.maximum(layer[rows, columns], seen, out=layer[rows, columns])


def _scanned(layer: np.ndarray, reverse: np.ndarray | None, size: int, rng: np.random.Generator) -> np.ndarray:
    height, width = layer.shape
    density = cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.3, 1.1)).astype(np.float32) / 255
    density *= _deposit(height, width, rng)
    paper = rng.uniform(0.65, 1.0) + rng.uniform(0, 0.035) * slow_noise(height, width, 3, rng)
    if reverse is not None:
        behind = cv2.GaussianBlur(cv2.resize(reverse[:, ::-1], (width, height)), (0, 0), 0.02 * (height + width) + 0.5)
        paper *= 1 - rng.uniform(0.03, 0.25) * behind.astype(np.float32) / 255
    ink = rng.uniform(0.0, 0.45) * np.float32(np.min(paper))
    image = paper + density * (ink - paper)
    image = image + rng.uniform(0.0, 0.04) * fine_noise(height, width, rng.uniform(0, 1.5), rng)
    if rng.random() < 0.35:  # thresholded by whoever scanned it
        threshold, steepness = 0.5 * (ink + paper.mean()) + 0.1 * rng.standard_normal(), rng.uniform(6, 30)
        image = 1 / (1 + np.exp(-steepness * (image - threshold)))
    pixels = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.35:
        side = int(rng.uniform(0.4, 1.0) * size)
        pixels = np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    return resize(Image.fromarray(pixels), size)


def _deposit(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """How much ink the brush or block leaves at each place, `(H, W) float32`: uneven, in streaks, with worn spots."""
    deposit = 1 - rng.uniform(0, 0.35) * np.clip(0.5 + 0.5 * slow_noise(height, width, 3, rng), 0, 1)
    kind = rng.random()
    if kind < 0.2:
        deposit *= left_by_dry_brush(height, width, rng.uniform(0.4, 0.95), rng)
    elif kind < 0.45:  # a worn block or rough paper: spots without ink
        spots = fine_noise(height, width, rng.uniform(1.0, 5.0), rng)
        deposit *= 1 - rng.uniform(0.3, 1.0) * np.clip(2 * (spots - rng.uniform(0.6, 1.6)), 0, 1)
    return deposit.astype(np.float32)
