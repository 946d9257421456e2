"""Printed lines around and between the columns: frame, rules, and the fold of the leaf at the fore edge."""

import numpy as np

from mojika.samples.book import Layout
from mojika.samples.noise import wobble
from mojika.samples.typesetting import Block


def draw_frame(
    layer: np.ndarray, block: Block, layout: Layout, fold: float, thickness: float, rng: np.random.Generator
) -> None:
    """Draw the frame around `block` into a `(H, W) uint8` layer; it is open towards the fold at x = `fold` (pixels).

    A leaf is printed on one side and folded, so head and foot lines run over the fore edge, where a thin line marks
    the fold's column.
    """
    fold_is_left = fold < block.left
    spine, near_fold = (block.right, block.left) if fold_is_left else (block.left, block.right)
    inset = 2.2 * thickness if fold_is_left else -2.2 * thickness
    for y in (block.top, block.bottom):
        _line(layer, (spine, y), (fold, y), thickness, block, rng)
    _line(layer, (spine, block.top), (spine, block.bottom), thickness, block, rng)
    thin = max(0.22 * thickness, 0.6)
    _line(layer, (near_fold, block.top), (near_fold, block.bottom), thin, block, rng)
    if layout.double_frame:
        _line(layer, (spine - inset, block.top), (spine - inset, block.bottom), thin, block, rng)
        for y in (block.top + abs(inset), block.bottom - abs(inset)):
            _line(layer, (spine, y), (near_fold, y), thin, block, rng)
    if layout.rules:
        pitch = (block.right - block.left) / layout.columns
        for column in range(1, layout.columns):
            x = block.left + column * pitch
            _line(layer, (x, block.top), (x, block.bottom), thin, block, rng)


def _line(
    layer: np.ndarray,
    start: tuple[float, float],
    end: tuple[float, float],
    thickness: float,
    block: Block,
    rng: np.random.Generator,
) -> None:
    """An upright or level line cut in wood: uneven edges, worn places, antialiased, following the block's tilt."""
    height, width = layer.shape
    upright = start[0] == end[0]
    low, high = sorted((start[1], end[1]) if upright else (start[0], end[0]))
    low, high = max(0, round(low)), min(height if upright else width, round(high))
    if high - low < 2:
        return
    length = high - low
    middle = np.full(length, start[0] if upright else start[1], np.float32)
    if upright:
        middle -= block.tilt * (np.arange(low, high, dtype=np.float32) - block.top)
    else:
        middle += block.tilt * (np.arange(low, high, dtype=np.float32) - (block.left + block.right) / 2)
    scale = width / 800
    middle += wobble(length, length / 4, 0.8 * scale, rng) + wobble(length, 3 * thickness, 0.04 * thickness, rng)
    half = 0.5 * thickness * (1 + wobble(length, 3 + thickness, 0.07, rng))
    worn = np.clip(1.8 - np.abs(wobble(length, 60 * scale, 0.5, rng)), 0.2, 1)
    reach = int(2 * thickness + 3 + np.ptp(middle) / 2)
    centre = round(float(middle.mean()))
    across = np.arange(centre - reach, centre + reach + 1)
    across = across[(across >= 0) & (across < (width if upright else height))]
    coverage = np.clip(half[:, None] + 0.5 - np.abs(across[None].astype(np.float32) - middle[:, None]), 0, 1)
    strip = (255 * np.minimum(coverage, np.clip(2 * half[:, None], 0, 1)) * worn[:, None]).astype(np.uint8)
    if not across.size:
        return
    if upright:
        area = layer[low:high, across[0] : across[-1] + 1]
        np.maximum(area, strip, out=area)
    else:
        area = layer[across[0] : across[-1] + 1, low:high]
        np.maximum(area, strip.T, out=area)
