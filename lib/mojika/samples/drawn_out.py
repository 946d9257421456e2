"""Characters that scribes draw out downwards: し, mostly one long stroke, whose hook the next character takes over."""

from dataclasses import replace

import cv2
import numpy as np

from mojika.samples.fonts import Shape, signed_distance, stroke_width_of

# Width over height: the narrowest, and the widest that is drawn out. Of 3,795 し in the label sets half are narrower
# than .18 of their height and a tenth than .10; the brush fonts' し have .19 to .35, and printed ones .8.
_ASPECTS = {"し": (0.08, 0.4), "じ": (0.2, 0.5)}


def draw_factor(character: str, shape: Shape, rng: np.random.Generator) -> float:
    """How many times as high for its width a scribe writes the character this time; 1 for most characters."""
    if character not in _ASPECTS:
        return 1.0
    low, high = _ASPECTS[character]
    return float(max(1.0, shape.width / shape.height / (low * (high / low) ** rng.random())))


def largest_factor(character: str, shape: Shape) -> float:
    """The largest that `draw_factor` draws."""
    return max(1.0, shape.width / shape.height / _ASPECTS[character][0]) if character in _ASPECTS else 1.0


def drawn_out(shape: Shape, factor: float) -> Shape:
    """The shape `factor` times as high for its width, of about the same area and the same stroke width."""
    if factor == 1.0:
        return shape
    height, width = shape.distance.shape
    size = round(width * factor**-0.5), round(height * factor**0.5)
    narrow = np.pad(cv2.resize(shape.distance, size) > -0.5 / shape.em, shape.margin)  # hairlines do not break
    lost = max(0.0, shape.stroke_width - stroke_width_of(narrow))
    inside = signed_distance(narrow) > -0.5 * lost
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    cropped = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return replace(shape, distance=signed_distance(np.pad(cropped, shape.margin)))
