"""One character from the pen: a form bent, slanted, stretched, its strokes thickened, roughened and linked.

Every character has a hand of its own. The ranges are wider than those of one book, by eye: domain randomisation (Tobin
et al., arXiv:1703.06907), so that a hand that was never drawn lies between those that were.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from mojika.samples.brush import connect
from mojika.samples.fonts import Shape

_FINE = 0.55  # of bends, in the finer of two grids


@dataclass(frozen=True)
class Pen:
    """Ranges of one character's deformation. Lengths are fractions of an em, angles radians."""

    slant: float = 0.22  # deviation of the shear
    turn: float = 0.07  # deviation of the rotation
    aspect: float = 0.22  # deviation of the logarithm of width over height
    bend: tuple[float, float] = (0.010, 0.055)
    squeeze: float = 0.22  # deviation of the logarithm of how much more room the upper and the left part take
    stroke_width: tuple[float, float] = (0.028, 0.115)
    evening: tuple[float, float] = (0.5, 1.0)  # how far the fonts' stroke widths give way to the hand's
    pressure: float = 0.012  # deviation of the stroke width within a character
    roughness: tuple[float, float] = (0.0, 0.018)  # deviation of the outline
    linked: float = 0.3  # share of characters whose separate strokes the brush links

    def draw(self, shape: Shape, size: float, rng: np.random.Generator) -> np.ndarray:
        """`shape` at about `size` pixels per em: coverage `(H, W) uint8`, cropped to its ink."""
        stretch = float(np.exp(0.5 * self.aspect * rng.standard_normal()))
        coverage = self._coverage(shape, size * stretch, size / stretch, rng)
        if rng.random() < self.linked:
            _link_strokes(coverage, size * rng.uniform(*self.stroke_width), rng)
        return _cropped(coverage)

    def fill(self, shape: Shape, width: float, height: float, lean: float, rng: np.random.Generator) -> np.ndarray:
        """`shape` as the ink of a box of about `width` × `height` pixels, slanted by `lean` more than else."""
        coverage = self._coverage(shape, width / shape.width, height / shape.height, rng, lean)
        if rng.random() < self.linked:
            _link_strokes(coverage, (width + height) / 2 * rng.uniform(*self.stroke_width), rng)
        return _cropped(coverage)

    def _coverage(
        self, shape: Shape, x_scale: float, y_scale: float, rng: np.random.Generator, lean: float = 0.0
    ) -> np.ndarray:
        rows, columns = shape.distance.shape
        turn, slant = self.turn * rng.standard_normal(), lean + self.slant * np.clip(rng.standard_normal(), -2, 2)
        hanging = min(1.0, 2.0 * shape.width / shape.height)  # long strokes hang straight
        turn, slant = hanging * turn, hanging * slant
        width = int(columns * x_scale / shape.em) + 2
        height = int(rows * y_scale / shape.em) + 2
        room = int(0.5 * abs(slant) * height)
        width += 2 * room
        x = np.linspace(-0.5, 0.5, width, dtype=np.float32) * np.float32(width / x_scale)
        y = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * np.float32(height / y_scale)
        x, y = (_squeezed(axis, self.squeeze * rng.standard_normal()) for axis in (x, y))
        u = np.cos(turn) * x + np.sin(turn) * y + slant * y
        v = np.cos(turn) * y - np.sin(turn) * x
        u, v = u.astype(np.float32), v.astype(np.float32)
        amplitude = rng.uniform(*self.bend)
        for points, share in ((3, 1.0), (6, _FINE)):
            field = (share * amplitude * rng.standard_normal((points, points, 2))).astype(np.float32)
            bends = cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)
            u, v = u + bends[..., 0], v + bends[..., 1]
        at_x, at_y = u * shape.em + columns / 2, v * shape.em + rows / 2
        outside = -shape.margin / shape.em
        distance = cv2.remap(shape.distance, at_x, at_y, cv2.INTER_LINEAR, borderValue=outside)
        distance += self._thickening(shape, width, height, rng)
        signed = distance * np.float32(np.sqrt(x_scale * y_scale))
        signed += max(0.0, 0.7 - float(signed.max()))  # however fine the stroke, some of it is there
        return (np.clip(signed + 0.5, 0, 1) * 255).astype(np.uint8)

    def _thickening(self, shape: Shape, width: int, height: int, rng: np.random.Generator) -> np.ndarray:
        """What is added to the distance to the outline, in em: pressure that changes slowly, and a rough outline."""
        low, high = self.stroke_width
        wanted = low * (high / low) ** rng.random()
        weight = 0.5 * rng.uniform(*self.evening) * (wanted - shape.stroke_width)
        # Thickening by more than this fills the counters of a dense kanji.
        weight = min(weight, 0.45 * shape.stroke_width + 0.008)
        weight = max(weight, -0.36 * shape.stroke_width)
        pressure = (weight + 0.5 * self.pressure * rng.standard_normal((3, 3))).astype(np.float32)
        thickening = cv2.resize(pressure, (width, height), interpolation=cv2.INTER_CUBIC)
        roughness = rng.uniform(*self.roughness) * (rng.random() < 0.6)
        if roughness > 0.003:
            grid = (max(2, height // 3), max(2, width // 3))
            rough = (0.5 * roughness * rng.standard_normal(grid)).astype(np.float32)
            thickening += cv2.resize(rough, (width, height), interpolation=cv2.INTER_LINEAR)
        return thickening


def _squeezed(axis: np.ndarray, logarithm: float) -> np.ndarray:
    """A monotone map of -a…a onto itself that gives one end more room than the other."""
    half = float(np.abs(axis).max())
    return axis + np.float32(np.tanh(logarithm) * 0.5) * (axis * axis / half - half)


def _link_strokes(coverage: np.ndarray, stroke: float, rng: np.random.Generator) -> None:
    """The brush runs on from the foot of one stroke to the head of the next, drawn into the coverage."""
    count, _, stats, _ = cv2.connectedComponentsWithStats((coverage > 127).astype(np.uint8), connectivity=8)
    parts = [part for part in range(1, count) if stats[part, cv2.CC_STAT_AREA] >= 6]
    parts.sort(key=lambda part: stats[part, 1] + 0.5 * stats[part, 0])
    for before, after in zip(parts[:5], parts[1:6], strict=False):
        if rng.random() < 0.5:
            start, end = _foot(stats[before]), _head(stats[after])
            connect(coverage, start, end, max(1.2, 0.8 * stroke), 1.0, rng)


def _foot(stats: np.ndarray) -> tuple[float, float]:
    left, top, width, height = stats[:4].tolist()
    return left + 0.5 * width, top + 0.85 * height


def _head(stats: np.ndarray) -> tuple[float, float]:
    left, top, width, height = stats[:4].tolist()
    return left + 0.4 * width, top + 0.15 * height


def _cropped(coverage: np.ndarray) -> np.ndarray:
    inked = coverage > 127
    rows, columns = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
    return coverage[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
