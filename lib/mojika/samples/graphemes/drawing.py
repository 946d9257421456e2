"""One handwritten grapheme: a font's skeleton, bent by a hand and followed by a pen on paper.

The pen's width is measured on the distance to the bent skeleton, so strokes are round and even, as a ballpoint's are,
whatever the font. The displacement is that of Simard et al., "Best Practices for Convolutional Neural Networks", 2003.
"""

import cv2
import numpy as np

from mojika.samples.graphemes.components import Labels, compose
from mojika.samples.graphemes.fonts import EM, MARGIN, BengaliFont, Skeleton
from mojika.samples.graphemes.hand import GRID, Hand
from mojika.samples.noise import fine_noise, slow_noise, wobble

HEIGHT, WIDTH = 137, 236  # the competition's canvas
_BORDER = 6  # pixels that stay free around a grapheme, unless it runs over the border
_WHITE = 255
_THIN = 0.8  # pixels from the skeleton: what is nearer is the line that the pen follows
_TREMOR_CELLS = 24  # bumps of the short displacement across the canvas
_COLUMNS, _ROWS = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))


def draw_grapheme(labels: Labels, hand: Hand, rng: np.random.Generator, fonts: dict[str, BengaliFont]) -> np.ndarray:
    """A `(137, 236) uint8` picture of the grapheme, dark ink on bright paper.

    Raises:
        KeyError: no font draws the grapheme.
    """
    skeleton = _chosen_skeleton(compose(labels), hand, rng, fonts)
    line, extent = _with_headline(skeleton, hand, rng)
    distance = cv2.distanceTransform((line == 0).astype(np.uint8), cv2.DIST_L2, 5)
    to_canvas, scale = _placement(extent, hand, rng)
    source = _bent(np.linalg.inv(to_canvas), labels, hand, rng)
    bent = cv2.remap(distance, *source, cv2.INTER_LINEAR, borderValue=float(MARGIN)) * np.float32(scale)
    away = cv2.distanceTransform((bent > _THIN).astype(np.uint8), cv2.DIST_L2, 5)  # bending has stretched the first one
    pressure = 1 + hand.pressure * slow_noise(HEIGHT, WIDTH, 4, rng)
    radius = np.float32(0.5 * hand.stroke) * np.clip(pressure, 0.5, 1.6) - np.float32(_THIN)
    coverage = np.clip((radius - away) / np.float32(hand.edge) + 0.5, 0, 1)
    return _scanned(coverage, hand, rng)


def _chosen_skeleton(text: str, hand: Hand, rng: np.random.Generator, fonts: dict[str, BengaliFont]) -> Skeleton:
    liking = np.log(hand.styles) + rng.gumbel(size=len(fonts))
    candidates = list(fonts.values())
    for index in np.argsort(-liking):
        if candidates[index].draws(text):
            return candidates[index].skeleton(text)
    raise KeyError(f"no font draws {text!r}")


def _with_headline(skeleton: Skeleton, hand: Hand, rng: np.random.Generator) -> tuple[np.ndarray, tuple[float, ...]]:
    """The skeleton with its headline drawn on to both sides, and the ink's left, top, right and bottom in it."""
    line = skeleton.line
    height, width = line.shape
    left, right = MARGIN, width - 1 - MARGIN
    if skeleton.headline:
        row, first, last = skeleton.headline
        before, after = np.minimum(hand.overshoot * EM * rng.gamma(2, 0.5, size=2), MARGIN - 4).astype(int)
        line = line.copy()
        line[row, first - before : last + after + 1] = True
        left, right = min(left, first - before), max(right, last + after)
    return line, (left, MARGIN, right, height - 1 - MARGIN)


def _placement(extent: tuple[float, ...], hand: Hand, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """The `(3, 3)` matrix from the skeleton to the canvas, and pixels of the canvas per pixel of the skeleton."""
    left, top, right, bottom = extent
    longest = max(right - left, bottom - top, 0.4 * EM)
    scale = hand.size * np.exp(hand.size_jitter * rng.standard_normal()) / EM / (longest / EM) ** hand.fit
    aspect = hand.aspect * np.exp(0.06 * rng.standard_normal())
    tilt, slant = hand.tilt + 0.02 * rng.standard_normal(), hand.slant + 0.04 * rng.standard_normal()
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    shape = turn @ np.array([[1, -slant], [0, 1]]) @ np.diag([aspect**0.5, aspect**-0.5]) * scale
    corners = np.array([(x, y) for x in (left, right) for y in (top, bottom)]) @ shape.T
    low, high = corners.min(0), corners.max(0)
    room = np.array([WIDTH, HEIGHT]) - 2 * _BORDER - hand.stroke
    shrink = min(1.0, *(room / (high - low)))
    shape, low, high = shape * shrink, low * shrink, high * shrink
    spare = np.maximum((room - (high - low)) / 2, 0)
    shift = np.clip(hand.drift * rng.standard_normal(2) * (1.5, 1), -spare, spare)
    if rng.random() < hand.outside:
        axis, side = rng.integers(2), rng.choice([-1, 1])
        shift[axis] = side * (spare[axis] + _BORDER + hand.stroke / 2 + rng.uniform(0, 5))
    matrix = np.eye(3)
    matrix[:2, :2] = shape
    matrix[:2, 2] = np.array([WIDTH - 1, HEIGHT - 1]) / 2 + shift - (low + high) / 2
    return matrix, scale * shrink


def _bent(
    to_skeleton: np.ndarray, labels: Labels, hand: Hand, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Where in the skeleton each pixel of the canvas comes from: x and y, `(137, 236) float32` each."""
    own = np.random.default_rng([hand.seed, *labels]).standard_normal((*GRID, 2))
    vectors = (hand.own_bend * own + hand.free_bend * rng.standard_normal((*GRID, 2))) * EM
    bend = cv2.resize(vectors.astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    coarse = (_TREMOR_CELLS * HEIGHT // WIDTH, _TREMOR_CELLS, 2)
    tremor = (hand.tremor * EM * rng.standard_normal(coarse)).astype(np.float32)
    bend = bend + cv2.resize(tremor, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    affine = to_skeleton.astype(np.float32)
    x, y = (affine[i, 0] * _COLUMNS + affine[i, 1] * _ROWS + affine[i, 2] + bend[..., i] for i in range(2))
    return x, y


def _scanned(coverage: np.ndarray, hand: Hand, rng: np.random.Generator) -> np.ndarray:
    """Ink of the given coverage `(137, 236) float32` on the hand's paper, as a scanner reads it: uint8."""
    grain = fine_noise(HEIGHT, WIDTH, 0, rng)
    paper = hand.paper + hand.shade * slow_noise(HEIGHT, WIDTH, 2, rng) + hand.paper_noise * grain
    if rng.random() < hand.ruled:
        paper -= _rule(coverage, rng)
    speckled = 2 * cv2.blur(grain, (3, 3)) + 0.7 * slow_noise(HEIGHT, WIDTH, 30, rng)
    ink = hand.ink + hand.grain * speckled
    image = paper + (ink - paper) * coverage
    if hand.patch:
        image = _cut_out(image, coverage, rng)
    return np.clip(image + 0.5, 0, 255).astype(np.uint8)


def _rule(coverage: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How much the form's line above the grapheme darkens the paper, `(137, 236) float32`."""
    row = np.flatnonzero(coverage.any(1))[0] - rng.uniform(4, 14) + wobble(WIDTH, 80, 0.7, rng)
    thickness = rng.uniform(0.8, 2.5)
    return rng.uniform(60, 190) * np.clip(thickness / 2 + 0.5 - np.abs(_ROWS - row), 0, 1)


def _cut_out(image: np.ndarray, coverage: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture within a rectangle a few pixels around the ink, on white."""
    rows, columns = np.flatnonzero(coverage.any(1)), np.flatnonzero(coverage.any(0))
    above, below, before, after = rng.integers(1, 14, size=4)
    top, left = max(0, rows[0] - above), max(0, columns[0] - before)
    bottom, right = rows[-1] + 1 + below, columns[-1] + 1 + after
    white = np.full_like(image, _WHITE)
    white[top:bottom, left:right] = image[top:bottom, left:right]
    return white
