"""What the scanner saw besides ink: paper with its stains and fibres, page edges, gutter, neighbour page, scan bed."""

from dataclasses import dataclass

import cv2
import numpy as np

from mojika.samples.book import Paper
from mojika.samples.noise import fine_noise, slow_noise, wobble

_STAIN = np.array([0.10, 0.22, 0.45], np.float32)  # how much of red, green and blue a full stain swallows


@dataclass(frozen=True)
class Extent:
    """Where the page lies in a scan, in pixels; `gutter_right` on a left-hand page."""

    left: int
    top: int
    right: int
    bottom: int
    gutter_right: bool

    def of_reverse(self, width: int, shrink: int) -> "Extent":
        """The same page seen from behind in a scan `width` pixels wide, and that scan made smaller."""
        left, top, right, bottom = (
            side // shrink for side in (width - self.right, self.top, width - self.left, self.bottom)
        )
        return Extent(left, top, right, bottom, not self.gutter_right)


@dataclass(frozen=True)
class Sheet:
    """A scanned page without ink: `image (H, W, 3) float32` in 0…1 and where the page lies in it."""

    image: np.ndarray
    extent: Extent


def scan_sheet(height: int, width: int, paper: Paper, gutter_right: bool, rng: np.random.Generator) -> Sheet:
    """An empty page on the scan bed, its gutter on the right (a left-hand page) or on the left."""
    image = _paper_surface(height, width, paper, rng)
    outer = round(width * rng.uniform(0.02, 0.05))
    head = round(height * rng.uniform(0.014, 0.024))
    foot = height - round(height * rng.uniform(0.018, 0.03))
    gutter = round(width * rng.uniform(0.945, 0.985))
    _shade_gutter(image, gutter, rng)
    _stack_edges(image, outer, rng)
    _lay_on_bed(image, outer, head, foot, gutter, paper, rng)
    if gutter_right:
        return Sheet(image, Extent(outer, head, gutter, foot, gutter_right))
    return Sheet(np.ascontiguousarray(image[:, ::-1]), Extent(width - gutter, head, width - outer, foot, gutter_right))


def _paper_surface(height: int, width: int, paper: Paper, rng: np.random.Generator) -> np.ndarray:
    scale = height / 3870
    tone = paper.mottling * (0.6 * slow_noise(height, width, 4, rng) + 0.2 * slow_noise(height, width, 24, rng))
    tone += 0.004 * slow_noise(height, width, 160, rng)
    tone += paper.grain * (0.6 * fine_noise(height, width, 2.2 * scale, rng) + 0.7 * fine_noise(height, width, 0, rng))
    tone += paper.fibres * _fibres(height, width, rng)
    yellowing = _stains(height, width, paper.stains, rng) + 0.5 * _browned_edges(height, width, rng)
    image = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        image[..., channel] = paper.colour[channel] * (1 + tone) * (1 - _STAIN[channel] * yellowing)
    _bore_wormholes(image, paper, rng)
    return image


def _fibres(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Long fibres of washi, brighter and darker than the rest, `(H, W) float32` within ±1."""
    layer = np.full((height, width), 128, np.uint8)
    scale = height / 3870
    for _ in range(420):
        x, y, angle = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0, np.pi)
        bends = np.cumsum(0.18 * rng.standard_normal(12)) + angle
        steps = scale * rng.uniform(6, 22) * np.stack([np.cos(bends), np.sin(bends)], 1)
        points = np.round((np.array([x, y]) + np.cumsum(steps, 0)) * 16).astype(np.int32)
        shade = 128 + int(rng.uniform(20, 127)) * (1 if rng.random() < 0.5 else -1)
        cv2.polylines(layer, [points], False, shade, max(1, round(2 * scale)), cv2.LINE_AA, 4)
    blurred = cv2.GaussianBlur(layer, (0, 0), max(0.4, 1.2 * scale))
    return (blurred.astype(np.float32) - 128) / 127


def _stains(height: int, width: int, expected: float, rng: np.random.Generator) -> np.ndarray:
    """Water stains with a tide line, and foxing, `(H, W) float32` from 0 to about 1."""
    stains = np.zeros((height, width), np.float32)
    for _ in range(rng.poisson(expected)):
        _add_stain(stains, rng.uniform(0.02, 0.07) * height, rng.uniform(0.15, 0.5), tide=True, rng=rng)
    for _ in range(rng.poisson(8)):
        _add_stain(stains, rng.uniform(0.0006, 0.003) * height, rng.uniform(0.3, 1.0), tide=False, rng=rng)
    return stains


def _add_stain(stains: np.ndarray, radius: float, strength: float, tide: bool, rng: np.random.Generator) -> None:
    height, width = stains.shape
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    reach = int(2.2 * radius) + 2
    left, top = max(0, int(x) - reach), max(0, int(y) - reach)
    right, bottom = min(width, int(x) + reach), min(height, int(y) + reach)
    if right - left < 2 or bottom - top < 2:
        return
    rows, columns = np.mgrid[top:bottom, left:right].astype(np.float32)
    outline = 1 + 0.22 * slow_noise(bottom - top, right - left, 5, rng)
    distance = np.hypot(columns - x, rows - y) / radius * outline
    inside = 1 / (1 + np.exp(np.clip((distance - 1) * (14 if tide else 6), -30, 30)))
    rim = np.exp(-(((distance - 1) / 0.06) ** 2)) if tide else 0.0
    stains[top:bottom, left:right] += strength * (0.45 * inside + 0.35 * rim) if tide else strength * inside


def _browned_edges(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Handling has browned the fore edge and, less, head and foot, `(H, W) float32`."""
    across = np.exp(-np.arange(width, dtype=np.float32) / (0.06 * width))
    down = np.arange(height, dtype=np.float32)
    ends = np.exp(-down / (0.03 * height)) + np.exp(-(height - down) / (0.03 * height))
    return rng.uniform(0.1, 0.5) * (across[None] + 0.6 * ends[:, None])


def _bore_wormholes(image: np.ndarray, paper: Paper, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    for _ in range(rng.poisson(paper.wormholes)):
        start = np.array([rng.uniform(0.05, 0.95) * width, rng.uniform(0.05, 0.95) * height])
        turns = np.cumsum(0.5 * rng.standard_normal(14)) + rng.uniform(0, 2 * np.pi)
        path = start + np.cumsum(0.004 * height * np.stack([np.cos(turns), np.sin(turns)], 1), 0)
        hole = np.array(paper.colour) * rng.uniform(0.55, 0.8)
        thickness = max(1, round(rng.uniform(0.001, 0.0025) * height))
        cv2.polylines(image, [np.round(path * 16).astype(np.int32)], False, hole.tolist(), thickness, cv2.LINE_AA, 4)


def _shade_gutter(image: np.ndarray, gutter: int, rng: np.random.Generator) -> None:
    """The sheet bends down into the gutter; beyond it the neighbour page rises again."""
    height, width = image.shape[:2]
    from_gutter = np.arange(width, dtype=np.float32) - gutter
    slope = np.where(from_gutter < 0, 0.035 * width, 0.015 * width)
    shade = rng.uniform(0.16, 0.3) * np.exp(-np.abs(from_gutter) / slope)
    crease = rng.uniform(0.25, 0.45) * np.exp(-((from_gutter / (0.0025 * width)) ** 2))
    image *= (1 - np.minimum(shade + crease, 0.8))[None, :, None].astype(np.float32)


def _stack_edges(image: np.ndarray, outer: int, rng: np.random.Generator) -> None:
    """The edges of the leaves below show beside the page as a few fine lines."""
    height, width = image.shape[:2]
    for leaf in range(int(rng.integers(2, 6))):
        x = outer + (leaf + 0.5) * 0.0035 * width + wobble(height, height / 6, 0.0006 * width, rng)
        distance = np.abs(np.arange(outer + int(0.03 * width), dtype=np.float32)[None] - x[:, None])
        line = np.clip(1.2 - distance / max(0.6, 0.0006 * width), 0, 1) * rng.uniform(0.15, 0.4)
        image[:, : line.shape[1]] *= 1 - line[..., None]


def _lay_on_bed(
    image: np.ndarray, outer: int, head: int, foot: int, gutter: int, paper: Paper, rng: np.random.Generator
) -> None:
    """Everything off the page becomes the dark bed, with a soft shadow along the edges."""
    height, width = image.shape[:2]
    left = outer + wobble(height, height / 4, 0.0012 * width, rng)
    columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    beyond = columns > gutter  # the neighbour page lies a little lower or higher
    edges = []
    for edge in (head, foot):
        skew = rng.uniform(-0.003, 0.003) * columns + beyond * rng.uniform(-0.004, 0.004) * height
        edges.append((edge + wobble(width, width / 4, 0.0008 * height, rng) + skew).astype(np.float32))
    inside = np.minimum(rows[:, None] - edges[0], edges[1] - rows[:, None])
    np.minimum(inside, columns - left[:, None].astype(np.float32), out=inside)
    on_page = np.clip(inside / max(0.7, 0.0006 * height) + 0.5, 0, 1)
    shadow = 1 - 0.5 * np.exp(np.minimum(inside, 0) / (0.004 * height))
    tone = 1 + 0.12 * slow_noise(height, width, 10, rng) + 0.08 * fine_noise(height, width, 0, rng)
    off_page = (1 - on_page) * shadow * tone
    for channel in range(3):
        image[..., channel] = image[..., channel] * on_page + paper.bed[channel] * off_page
