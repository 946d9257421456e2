"""A scribe's hand: which forms it prefers, how it deforms them, and each single character as it comes from the brush.

Deformation is a smooth displacement of the glyph (a coarse grid of random vectors, as in Simard et al., "Best Practices
for Convolutional Neural Networks", 2003): one part belongs to the hand and returns with every copy of a form, the other
is drawn for each copy. Strokes are thickened and thinned on the signed distance field.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

import cv2
import numpy as np

from mojika.samples.fonts import BrushFont, Shape
from mojika.samples.forms import Form, drawable_forms, shape_of
from mojika.samples.kana import STRETCH, VARIANT_FORMS

_GRID = 4  # displacement vectors per side
_EVENING = 0.7  # how far a hand evens out the different stroke widths of the fonts


@dataclass(frozen=True)
class Hand:
    """Habits of one scribe. Lengths are fractions of an em, angles radians."""

    seed: int
    slant: float  # shear; positive leans to the right
    aspect: float  # width over height, relative to the fonts
    stroke_width: float
    pressure_jitter: float  # deviation of the stroke width within and between characters
    size_jitter: float  # deviation of the logarithm of a character's size
    own_bend: float  # amplitude of the displacement that returns with every copy of a form
    free_bend: float  # amplitude of the displacement drawn for each copy
    kana_size: float  # size of kana relative to kanji
    run_on: float  # probability that the brush runs on from one kana to the next
    variants: float  # factor on the weight of grass-script variants

    @staticmethod
    def draw(rng: np.random.Generator) -> "Hand":
        return Hand(
            seed=int(rng.integers(2**31)),
            slant=rng.uniform(-0.08, 0.12),
            aspect=rng.uniform(0.86, 1.16),
            stroke_width=rng.uniform(0.042, 0.062),
            pressure_jitter=rng.uniform(0.003, 0.008),
            size_jitter=rng.uniform(0.06, 0.12),
            own_bend=rng.uniform(0.012, 0.024),
            free_bend=rng.uniform(0.010, 0.020),
            kana_size=rng.uniform(0.86, 1.05),
            run_on=rng.choice([0.12, 0.35, 0.6]),
            variants=rng.uniform(0.5, 1.3),
        )


@dataclass(frozen=True)
class Glyph:
    """One written character: `coverage (H, W) uint8`, cropped to its ink, and where the brush came in and went out.

    `entry` and `exit` are (x, y) pixels within the coverage; `stroke` is the stroke width in pixels.
    """

    coverage: np.ndarray
    entry: tuple[float, float]
    exit: tuple[float, float]
    stroke: float


@dataclass
class Writer:
    """Writes labels in one hand."""

    hand: Hand
    fonts: dict[str, BrushFont]
    _choices: dict[tuple[str, bool], tuple[list[Form], list[float]]] = field(default_factory=dict)
    _bends: dict[Form, np.ndarray] = field(default_factory=dict)

    def write(self, label: str, size: float, rng: np.random.Generator, plain: bool = False) -> Glyph:
        """A label at `size` pixels per em; `plain` keeps to its own form, as readings beside kanji do."""
        hand = self.hand
        form = self._choose(label, plain, rng)
        shape = shape_of(form, self.fonts)
        size = size * np.exp(hand.size_jitter * rng.standard_normal())
        low, high = STRETCH.get(label, (0.85, 1.15)) if form.character == label else (0.85, 1.15)
        aspect = hand.aspect * np.exp(0.07 * rng.standard_normal())
        stretched = rng.triangular(low, 1.0, high)
        width, height = size * aspect**0.5, size * aspect**-0.5 * stretched
        displacement = self._own_bend(form) + hand.free_bend * rng.standard_normal((_GRID, _GRID, 2))
        slant = hand.slant + 0.04 * rng.standard_normal()
        weight = 0.5 * _EVENING * (hand.stroke_width - shape.stroke_width)
        weights = weight + 0.5 * hand.pressure_jitter * (rng.standard_normal((3, 3)) + rng.standard_normal())
        return _draw(shape, width, height, slant, displacement, weights, size * hand.stroke_width)

    def _choose(self, label: str, plain: bool, rng: np.random.Generator) -> Form:
        if (label, plain) not in self._choices:
            self._choices[label, plain] = self._preferences(label, plain)
        forms, cumulative = self._choices[label, plain]
        return forms[bisect_right(cumulative, rng.random() * cumulative[-1])]

    def _preferences(self, label: str, plain: bool) -> tuple[list[Form], list[float]]:
        """A hand keeps to some of the usual forms: weights times a skewed random factor, fixed for hand and label."""
        own = np.random.default_rng([self.hand.seed, ord(label)])
        weights = drawable_forms(label, self.fonts)
        if plain:
            weights = {form: weight for form, weight in weights.items() if form.character == label}
        kana = label in VARIANT_FORMS
        factors = {form: self.hand.variants if kana and form.character != label else 1.0 for form in weights}
        skewed = [weight * factors[form] * own.gamma(0.8) for form, weight in weights.items()]
        return list(weights), np.cumsum(skewed).tolist()

    def _own_bend(self, form: Form) -> np.ndarray:
        if form not in self._bends:
            key = [self.hand.seed, ord(form.character), list(self.fonts).index(form.style)]
            vectors = np.random.default_rng(key).standard_normal((_GRID, _GRID, 2))
            self._bends[form] = self.hand.own_bend * vectors
        return self._bends[form]


def _draw(
    shape: Shape,
    x_scale: float,
    y_scale: float,
    slant: float,
    displacement: np.ndarray,
    weights: np.ndarray,
    stroke: float,
) -> Glyph:
    """Resample a shape at `x_scale` × `y_scale` pixels per em, slanted, displaced and thickened (both in em)."""
    rows, columns = shape.distance.shape
    canvas = (int(columns * x_scale / shape.em) + 2, int(rows * y_scale / shape.em) + 2)
    bend = cv2.resize(displacement.astype(np.float32), canvas, interpolation=cv2.INTER_CUBIC) * shape.em
    x = np.arange(canvas[0], dtype=np.float32) * np.float32(shape.em / x_scale)
    y = np.arange(canvas[1], dtype=np.float32)[:, None] * np.float32(shape.em / y_scale)
    lean = np.float32(slant) * (y - rows / 2)
    distance = cv2.remap(
        shape.distance,
        x + lean + bend[..., 0],
        y + bend[..., 1],
        cv2.INTER_LINEAR,
        borderValue=-shape.margin / shape.em,
    )
    thickening = cv2.resize(weights.astype(np.float32), canvas, interpolation=cv2.INTER_CUBIC)
    signed = (distance + thickening) * np.float32(np.sqrt(x_scale * y_scale))
    signed += max(0.0, 0.7 - float(signed.max()))  # however fine the stroke, some of it is there
    coverage = (np.clip(signed + 0.5, 0, 1) * 255).astype(np.uint8)
    return _cropped(coverage, stroke)


def _cropped(coverage: np.ndarray, stroke: float) -> Glyph:
    inked = coverage > 127
    rows, columns = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    inked = inked[top:bottom, left:right]
    entry = (float(np.flatnonzero(inked[0]).mean()), 0.0)
    exit_ = (float(np.flatnonzero(inked[-1]).mean()), float(bottom - top - 1))
    return Glyph(coverage[top:bottom, left:right], entry, exit_, stroke)
