"""Blocks of a page: tiers one above the other, and groups of columns with a picture between them."""

import numpy as np
from numpy.typing import NDArray

from mojika.reading.strands import Array, Strand, find_strands, sizes

CHANNEL = 0.5  # usual sizes of a character that two tiers are apart, at least
SOFT = 0.15  # of a box's height that may reach into the channel at either end
ALIGNED = 0.2  # pitches between columns above and below each other that continue each other
CONTINUED = 0.7  # part of the columns that continue each other across a channel within one tier; by chance 0.4 do
NOTE = 0.75  # times the size of characters above the channel: smaller ones below it may be notes
OPEN = 1.5  # times the usual space between characters that such a channel is high
EDGE = 1.0  # usual sizes between the end of a column and a straight edge
STRAIGHT = 0.7  # part of the columns that a straight edge has
SAME = 0.5  # of a column's width between two ends of strands that belong to one column
TOUCHING = 1.25  # widths between the axes of two halves
ALONE = 1.5  # usual sizes between a tier of a single column or row and the other one
SEVERAL = 3  # columns that a tier with a straight edge has, at least
LONG = 4  # characters of its columns
SPACE = 0.1  # usual sizes between columns that stand apart
PICTURE = 4.0  # usual sizes between columns with a picture between them

Rows = NDArray[np.int64]


def find_blocks(boxes: Array) -> list[Rows]:
    """The rows of `boxes` `(N, 4)` in blocks, in reading order: right before left, upper before lower."""
    unit = float(np.median(sizes(boxes))) if len(boxes) else 1.0
    return _divided(boxes, np.arange(len(boxes)), unit) if len(boxes) else []


def _divided(boxes: Array, rows: Rows, unit: float) -> list[Rows]:
    for upper, lower, channel in _across(boxes, rows, CHANNEL * unit):
        if are_tiers(boxes[upper], boxes[lower], channel, unit):
            return [*_divided(boxes, upper, unit), *_divided(boxes, lower, unit)]
    spaces = _gaps(rows, boxes[rows, 0], boxes[rows, 2], SPACE * unit)
    for left, right, width in spaces:
        if width > PICTURE * unit or _has_tiers(boxes, right, unit) or _has_tiers(boxes, left, unit):
            return [*_divided(boxes, right, unit), *_divided(boxes, left, unit)]
    return [rows]


def _has_tiers(boxes: Array, rows: Rows, unit: float) -> bool:
    """Whether some columns at the edge of a block are certainly tiers: several long columns of their own, far apart."""
    return any(
        all(_is_large(boxes[part]) for part in (upper, lower))
        and have_columns_of_their_own(boxes[upper], boxes[lower], channel, unit)
        for upper, lower, channel in _across(boxes, rows, EDGE * unit)
    )


def _is_large(boxes: Array) -> bool:
    if len(boxes) < SEVERAL**2:
        return False
    lengths = [len(strand) for strand in find_strands(boxes)]
    return len(lengths) >= SEVERAL and bool(np.median(lengths) >= SEVERAL)


def _across(boxes: Array, rows: Rows, least: float) -> list[tuple[Rows, Rows, float]]:
    """The rows above and below each empty horizontal channel and its height, the highest channel first."""
    margin = SOFT * (boxes[rows, 3] - boxes[rows, 1])
    return _gaps(rows, boxes[rows, 1] + margin, boxes[rows, 3] - margin, least)


def _gaps(rows: Rows, starts: Array, ends: Array, least: float) -> list[tuple[Rows, Rows, float]]:
    """The rows before and after each gap of some size in one direction, and the size, the widest first."""
    order = np.argsort(starts, kind="stable")
    gaps = starts[order][1:] - np.maximum.accumulate(ends[order])[:-1]
    widest = [place for place in np.argsort(-gaps, kind="stable") if gaps[place] >= least]
    return [(rows[order[: place + 1]], rows[order[place + 1 :]], float(gaps[place])) for place in widest]


def are_tiers(upper: Array, lower: Array, channel: float, unit: float) -> bool:
    """Whether boxes above and below a channel are two tiers, not columns that go on below it.

    If columns stand below each other, only straight edges on both sides of a channel that is higher than a character
    tell tiers.
    """
    if have_columns_of_their_own(upper, lower, channel, unit):
        return True
    above, below = find_strands(upper), find_strands(lower)
    high = channel > max(EDGE * unit, OPEN * _usual_gap([*above, *below]))
    return high and _is_straight(above, 1, unit) and _is_straight(below, -1, unit)


def have_columns_of_their_own(upper: Array, lower: Array, channel: float, unit: float) -> bool:
    """Whether the columns above and below a channel do not stand below each other, nor divide into halves of notes.

    A single column, or single characters, are a tier of their own only where they are far away.
    """
    above, below = find_strands(upper), find_strands(lower)
    feet, heads = _visible(above, 1), _visible(below, -1)
    length = min(np.median([len(strand) for strand in strands]) for strands in (above, below))
    if min(len(feet), len(heads), length) <= 1 and channel < ALONE * unit:
        return False
    ratio = np.median(sizes(lower)) / np.median(sizes(upper))
    columns, others = (feet, heads) if ratio < 1 else (heads, feet)
    pitch = min(_pitch(columns), _pitch(others))
    aligned = _as_notes(columns, others, pitch) if min(ratio, 1 / ratio) < NOTE else _one_by_one(feet, heads, pitch)
    if not len(aligned):
        return False
    return bool(aligned.mean() < CONTINUED and (~aligned).sum() >= min(2, len(aligned)))


def _usual_gap(strands: list[Strand]) -> float:
    """The usual height of an empty channel between the characters of a column."""
    between = np.concatenate([strand.tops[1:] - strand.bottoms[:-1] for strand in strands])
    height = float(np.median(np.concatenate([strand.bottoms - strand.tops for strand in strands])))
    return max(0.0, float(np.median(between)) if len(between) else 0.0) + 2 * SOFT * height


def _visible(strands: list[Strand], end: int) -> Array:
    """The x of the lowest (`end` 1) or highest (-1) strand of each column at that end; the middle of two halves."""
    seen: list[tuple[float, float]] = []
    for strand in sorted(strands, key=lambda strand: -strand.bottom if end > 0 else strand.top):
        x = float(strand.axis[-1 if end > 0 else 0])
        if all(abs(x - other) > SAME * strand.width for other, _ in seen):
            seen.append((x, strand.width))
    x, width = np.array(sorted(seen)).T
    halves = np.append(np.diff(x) < TOUCHING * (width[1:] + width[:-1]) / 2, False)
    halves[1:] &= ~halves[:-1]
    middles = np.where(halves, (x + np.append(x[1:], 0)) / 2, x)
    return middles[~np.insert(halves[:-1], 0, False)]


def _one_by_one(feet: Array, heads: Array, pitch: float) -> NDArray[np.bool_]:
    """Which columns of the tier with fewer ones have one of the other at their place; those outside it do not count."""
    few, many = sorted((feet, heads), key=len)
    crossing = few[(few > many.min() - pitch / 2) & (few < many.max() + pitch / 2)]
    return np.abs(crossing[:, None] - many).min(1) < ALIGNED * pitch if len(crossing) else np.zeros(0, bool)


def _as_notes(columns: Array, others: Array, pitch: float) -> NDArray[np.bool_]:
    """Which columns have those nearest to them to both sides alike."""
    nearest = np.abs(others[:, None] - columns).argmin(1)
    near = np.abs(others - columns[nearest]) < pitch / 2
    means = [others[near & (nearest == place)].mean() for place in np.unique(nearest[near])]
    return np.abs(np.array(means) - columns[np.unique(nearest[near])]) < ALIGNED * pitch


def _is_straight(strands: list[Strand], end: int, unit: float) -> bool:
    """Whether most columns reach the lower (`end` 1) or upper (-1) edge of a tier of several long columns."""
    reached = np.array([strand.bottom if end > 0 else -strand.top for strand in strands])
    long = np.median([len(strand) for strand in strands]) >= LONG
    return bool(len(strands) >= SEVERAL and long and (reached > reached.max() - EDGE * unit).mean() >= STRAIGHT)


def _pitch(x: Array) -> float:
    return float(np.median(np.diff(x))) if len(x) > 1 else np.inf
