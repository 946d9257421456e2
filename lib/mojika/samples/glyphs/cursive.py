"""Cursive from the strokes of a character: one movement of the brush, written so fast that it cuts its corners.

The pen goes from stroke to stroke without stopping. What it would draw slowly is smoothed along its own time, as a hand
that plans the next stroke before it has ended this one does (Plamondon's kinematic theory of rapid movements, 1995, in
its coarsest form: overlapping strokes blend). At low speed these are the printed strokes; at high speed corners are
round, strokes run into each other, and the way between two of them is drawn, thinner.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from mojika.samples.fonts import Shape, signed_distance
from mojika.samples.glyphs.stroke_file import StrokeFile

_LIFTED_PACE = 2.2  # between strokes the pen moves so many times as fast
_SPACING = 0.02  # em between two points of a stroke


@dataclass(frozen=True)
class CursivePen:
    """Ranges of one character's movement. Lengths are in em."""

    blend: float = 0.2  # length over which the fastest movement is smoothed
    stroke_width: tuple[float, float] = (0.035, 0.125)  # of few strokes; many are written finer
    contrast: float = 0.65  # how much thinner strokes across the brush's angle are than those along it
    stray: float = 0.02  # deviation of a stroke's place

    def draw(self, strokes: list[np.ndarray], rng: np.random.Generator) -> Shape:
        """One writing of `strokes` (each `(P, 2)`, in em)."""
        speed = float(rng.beta(1.1, 1.2))
        path, down = _movement([self._moved(stroke, speed, rng) for stroke in strokes])
        reach = self.blend * min(1.0, (len(strokes) / 9) ** 0.6)  # in few strokes every corner counts
        sigma = reach / _SPACING * speed * np.exp(0.35 * rng.standard_normal())
        path, down = _blended(path, down, sigma, rng)
        low, high = self.stroke_width
        width = low * (high / low) ** rng.random() * min(1.0, (6 / len(strokes)) ** 0.3)
        return _inked(path, self._widths(path, down, speed, width, rng))

    def _moved(self, stroke: np.ndarray, speed: float, rng: np.random.Generator) -> np.ndarray:
        centre = stroke.mean(0)
        scale = np.exp(0.08 * rng.standard_normal(2)) * (1 - 0.12 * speed * rng.random())
        return centre + (stroke - centre) * scale + self.stray * (1 + speed) * rng.standard_normal(2)

    def _widths(
        self, path: np.ndarray, down: np.ndarray, speed: float, width: float, rng: np.random.Generator
    ) -> np.ndarray:
        """The stroke's width at each point, `(P,)`; 0 where the pen is off the paper."""
        steps = np.gradient(path, axis=0)
        angle = np.arctan2(steps[:, 1], steps[:, 0])
        across = 0.5 - 0.5 * np.cos(2 * (angle - rng.normal(0.9, 0.35)))
        pressure = down * (1 - self.contrast * rng.random() * across)
        slow = np.clip(1.4 - 0.55 * np.hypot(*steps.T) / _SPACING, 0.55, 1.4)
        waves = _slow_noise(len(path), rng)
        lifted = rng.uniform(0.15, 0.75)  # how firmly the way between two strokes is drawn
        links = np.clip((down - 0.5) * 2, 0, 1) + lifted * (down <= 0.5 + 0.5 * lifted) * (_runs(down, rng, speed))
        return width * np.maximum(pressure * slow * (down > 0.35), links * 0.8) * np.clip(1 + 0.3 * waves, 0.4, 1.5)


@dataclass(frozen=True)
class CursiveHand:
    """A style beside the fonts: writes each character from its strokes, each time differently, as `rng` draws."""

    strokes: StrokeFile
    rng: np.random.Generator
    pen: CursivePen = CursivePen()

    @property
    def digest(self) -> str:
        return self.strokes.digest

    def draws(self, character: str) -> bool:
        return character in self.strokes

    def shape(self, character: str) -> Shape:
        return self.pen.draw(self.strokes.strokes(character), self.rng)


def _movement(strokes: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """All strokes and the ways between them as points `(P, 2)`, and whether the pen is down, `(P,) float32`."""
    points, down = [strokes[0]], [np.ones(len(strokes[0]), np.float32)]
    for before, after in zip(strokes, strokes[1:], strict=False):
        way = after[0] - before[-1]
        count = int(np.hypot(*way) / (_SPACING * _LIFTED_PACE))
        t = (np.arange(1, count + 1) / (count + 1))[:, None]
        points += [before[-1] + t * way, after]
        down += [np.zeros(count, np.float32), np.ones(len(after), np.float32)]
    return np.concatenate(points), np.concatenate(down)


def _blended(
    path: np.ndarray, down: np.ndarray, sigma: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The movement smoothed along its time, by turns more and less, about as large as it was."""
    if sigma < 0.5:
        return path, down
    smooth = np.stack([_gaussian(axis, sigma) for axis in path.T], 1)
    half = np.stack([_gaussian(axis, 0.5 * sigma) for axis in path.T], 1)
    share = np.clip(0.65 + 0.5 * _slow_noise(len(path), rng), 0, 1)[:, None]
    mixed = share * smooth + (1 - share) * half
    for axis in (0, 1):  # smoothing shrinks
        extent, own = np.ptp(path[:, axis]), np.ptp(mixed[:, axis])
        if own > 0.05:
            mixed[:, axis] *= 1 + 0.8 * (extent / own - 1)
    return mixed, _gaussian(down, 0.35 * sigma)


def _gaussian(values: np.ndarray, sigma: float) -> np.ndarray:
    reach = max(1, int(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(values, reach, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def _slow_noise(count: int, rng: np.random.Generator) -> np.ndarray:
    knots = rng.standard_normal(max(3, count // 20))
    return np.interp(np.linspace(0, len(knots) - 1, count), np.arange(len(knots)), knots)


def _runs(down: np.ndarray, rng: np.random.Generator, speed: float) -> np.ndarray:
    """Which ways between strokes are drawn, `(P,)` of 0 and 1: each with a probability that grows with the speed."""
    number = np.cumsum(np.diff(down > 0.5, prepend=True))
    drawn = rng.random(int(number[-1]) + 1) < 0.15 + 0.8 * speed
    return drawn[number.astype(int)].astype(np.float32)


def _inked(path: np.ndarray, widths: np.ndarray) -> Shape:
    em, margin = Shape.em, Shape.margin
    points, radii = path * em, widths * em / 2
    reach = int(radii.max()) + 2
    low = np.floor(points.min(0)).astype(int) - reach
    size = np.ceil(points.max(0)).astype(int) + reach + 1 - low
    canvas = np.zeros((size[1], size[0]), np.uint8)
    fixed = np.round((points - low) * 16).astype(int).tolist()
    for start, end, radius in zip(fixed, fixed[1:], radii[1:], strict=False):
        if radius >= 0.7:
            cv2.line(canvas, start, end, 255, max(1, round(2 * radius)), cv2.LINE_8, 4)
    mask = canvas > 0
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    inside = np.pad(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], margin)
    drawn = widths[widths * em >= 1.4]
    return Shape(signed_distance(inside), stroke_width=float(drawn.mean()))
