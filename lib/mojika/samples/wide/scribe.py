"""The hand of one leaf: a preference for some forms, and a pen whose ranges are a part of those of all hands.

`glyphs.pen` gives every character a hand of its own. On a leaf the characters of one hand have slant, stroke width and
forms in common, and stray from them by less.
"""

from bisect import bisect_right
from collections.abc import Mapping

import numpy as np

from mojika.samples.drawn_out import draw_factor, drawn_out, largest_factor
from mojika.samples.fonts import Shape
from mojika.samples.forms import Form, Style, shape_of
from mojika.samples.glyphs.forms import forms_of
from mojika.samples.glyphs.pen import Pen

_TRIES = 8
_STRETCH = 0.8  # largest logarithm by which a form is made wider or higher than the font has it


class Scribe:
    """Writes characters in one hand that `rng` draws."""

    def __init__(self, styles: Mapping[str, Style], rng: np.random.Generator) -> None:
        low, high = Pen().stroke_width
        stroke = low * (high / low) ** rng.beta(1.0, 1.6)
        bend = rng.uniform(*Pen().bend)
        self._styles = styles
        self._lean = 0.16 * float(np.clip(rng.standard_normal(), -2, 2))
        self._pen = Pen(
            slant=rng.uniform(0.02, 0.1),
            turn=rng.uniform(0.01, 0.06),
            bend=(0.6 * bend, bend),
            squeeze=rng.uniform(0.03, 0.2),
            stroke_width=(0.8 * stroke, 1.25 * stroke),
            evening=(rng.uniform(0.3, 0.9), 1.0),
            roughness=(0.0, rng.choice([0.0, 0.006, 0.016])),
            linked=rng.choice([0.05, 0.25, 0.5]),
        )
        self._taste = dict(zip(styles, rng.gamma(0.7, size=len(styles)) + 0.02, strict=True))
        self._skew = np.random.default_rng(rng.integers(2**31))
        self._preferences: dict[str, tuple[list[Form], list[float]]] = {}
        self.stroke = stroke  # em

    def choose(self, character: str, rng: np.random.Generator, plain: bool = False) -> Form | None:
        """A form of the character, where a font has it; `plain`: today's shape, as readings have."""
        if character not in self._preferences:
            weights = forms_of(character, tuple(self._styles))
            skewed = [weight * self._taste[form.style] * self._skew.gamma(0.7) for form, weight in weights.items()]
            self._preferences[character] = list(weights), np.cumsum(skewed).tolist()
        forms, cumulative = self._preferences[character]
        for _ in range(_TRIES):
            form = forms[min(bisect_right(cumulative, rng.random() * cumulative[-1]), len(forms) - 1)]
            if (form.character == character or not plain) and self._styles[form.style].draws(form.character):
                return form
        inked = [form for form in forms if self._styles[form.style].draws(form.character)]
        return inked[int(rng.integers(len(inked)))] if inked else None

    def shape(self, form: Form) -> Shape:
        return shape_of(form, self._styles)

    def draw(self, form: Form, width: float, height: float, rng: np.random.Generator) -> np.ndarray:
        """The form's ink `(H, W) uint8` for a box of `width` × `height` pixels, stretched as far as a scribe would."""
        shape = self.shape(form)
        longest, fitting = largest_factor(form.character, shape), height / width * shape.width / shape.height
        shape = drawn_out(shape, max(min(fitting, longest), draw_factor(form.character, shape, rng)))
        stretch = np.log(height / width * shape.width / shape.height)
        beyond = stretch - np.clip(stretch, -_STRETCH if longest == 1.0 else 0.0, _STRETCH)
        if beyond > 0:
            height *= np.exp(-beyond)
        else:
            width *= np.exp(beyond)
        return self._pen.fill(shape, max(width, 3.0), max(height, 3.0), self._lean, rng)
