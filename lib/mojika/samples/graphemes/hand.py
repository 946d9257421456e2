"""A writer's hand, pen and paper, as a form that was filled in and scanned shows them."""

from dataclasses import dataclass

import numpy as np

GRID = (4, 6)  # displacement vectors down and across the canvas


@dataclass(frozen=True)
class Hand:
    """Habits of one writer. Lengths are pixels of the 137×236 canvas or, where it says so, em; angles radians."""

    seed: int
    styles: tuple[float, ...]  # how much it leans to each font's forms, in the order of the fonts
    size: float  # the longer side of a grapheme
    fit: float  # 1: every grapheme is made to fit `size`; 0: large graphemes are larger
    size_jitter: float
    aspect: float  # width over height, relative to the fonts
    slant: float  # shear; positive leans to the right
    tilt: float  # rotation
    own_bend: float  # em: displacement that returns whenever the grapheme does
    free_bend: float  # em: displacement drawn for each copy
    tremor: float  # em: short displacements along a stroke
    overshoot: float  # em: how far the headline is drawn beyond the letter
    stroke: float  # width of a pen's stroke
    pressure: float  # relative deviation of that width
    edge: float  # width of the ramp from ink to paper
    ink: float  # gray level at the middle of a stroke
    grain: float  # deviation of the ink's gray level
    paper: float  # gray level of the paper
    paper_noise: float
    shade: float  # how much the light changes over the paper
    patch: bool  # cut out close to the ink and put on white, as the scanned boxes of some forms are
    drift: float  # deviation of the place on the canvas
    ruled: float  # probability that the form's line above the box is in the picture
    outside: float  # probability that a grapheme runs over the border

    @staticmethod
    def draw(rng: np.random.Generator, styles: int) -> "Hand":
        patch = bool(rng.random() < 0.6)
        return Hand(
            seed=int(rng.integers(2**31)),
            styles=tuple(rng.gamma(0.5, size=styles) + 0.02),
            size=rng.uniform(92, 124),
            fit=rng.uniform(0.5, 1.0),
            size_jitter=rng.uniform(0.03, 0.10),
            aspect=np.exp(rng.normal(0.05, 0.14)),
            slant=rng.normal(0.05, 0.12),
            tilt=rng.normal(-0.02, 0.03),
            own_bend=rng.uniform(0.015, 0.045),
            free_bend=rng.uniform(0.015, 0.035),
            tremor=rng.uniform(0.0, 0.008),
            overshoot=rng.uniform(0.0, 0.2),
            stroke=np.exp(rng.uniform(np.log(4.0), np.log(9.5))),
            pressure=rng.uniform(0.05, 0.18),
            edge=rng.uniform(2.2, 4.4),
            ink=rng.uniform(14, 64),
            grain=rng.uniform(4, 14),
            paper=rng.uniform(240, 253) if patch or rng.random() < 0.6 else rng.uniform(215, 240),
            paper_noise=rng.uniform(0.2, 2.0),
            shade=rng.uniform(0.5, 4),
            patch=patch,
            drift=rng.uniform(1, 9),
            ruled=rng.choice([0.0, 0.0, 0.0, 0.3]),
            outside=rng.uniform(0.0, 0.03),
        )
