"""A leaf of paper with its ink: what `arrangement` says, drawn, worn, stained, with the reverse shining through."""

from dataclasses import dataclass

import cv2
import numpy as np

from mojika.samples.brush import connect, left_by_dry_brush
from mojika.samples.noise import slow_noise
from mojika.samples.typesetting import LabelledBox
from mojika.samples.wide.arrangement import Arrangement, Slot
from mojika.samples.wide.drawings import draw_picture
from mojika.samples.wide.scribe import Scribe


@dataclass(frozen=True)
class Ink:
    """How ink sits on the paper of one leaf. Densities and shares in 0…1."""

    colour: np.ndarray  # RGB
    run_on: float  # share of characters that a stroke joins to the one before
    reload: int  # characters between two dips of the brush; 0 for a print
    fading: float  # of density until the next dip
    dry: float  # share of the last characters before a dip that a dry brush writes, in streaks
    uneven: float  # how much slow changes take away
    worn: float  # how much specks without ink take away
    bleeding: float  # deviation in pixels per 1000 of the leaf's height


def draw_ink(rng: np.random.Generator) -> Ink:
    brush = rng.random() < 0.45
    darkness, warmth = rng.uniform(0.03, 0.42), rng.uniform(-0.02, 0.06)
    return Ink(
        colour=np.clip(np.array([darkness + warmth, darkness, darkness - warmth]), 0, 1),
        run_on=float(rng.choice([0.05, 0.25, 0.6])),
        reload=int(rng.integers(5, 16)) if brush else 0,
        fading=rng.uniform(0.1, 0.5) if brush else 0.0,
        dry=float(rng.choice([0.0, 0.3, 0.9])) if brush else 0.0,
        uneven=rng.uniform(0.0, 0.4),
        worn=rng.uniform(0.2, 1.0) if rng.random() < 0.4 else 0.0,
        bleeding=rng.uniform(0.2, 0.7) if rng.random() < 0.85 else rng.uniform(0.7, 1.3),
    )


@dataclass(frozen=True)
class Inked:
    """`density (H, W) uint8` and the labelled boxes in it."""

    density: np.ndarray
    boxes: list[LabelledBox]


def ink_leaf(arrangement: Arrangement, height: int, ink: Ink, scribes: list[Scribe], rng: np.random.Generator) -> Inked:
    """Everything of the arrangement, drawn `height` pixels high."""
    layer = np.zeros((height, max(1, round(arrangement.width * height))), np.uint8)
    for picture in arrangement.pictures:
        left, top, right, bottom = picture.left, picture.top, picture.right, picture.bottom
        draw_picture(layer, (left * height, top * height, right * height, bottom * height), rng)
    for line in arrangement.lines:
        _rule(layer, np.array([line.start, line.end]) * height, line.thickness * height, rng)
    for x, y, radius in arrangement.dots:
        centre, filled = (round(16 * x * height), round(16 * y * height)), rng.random() < 0.6
        cv2.circle(layer, centre, round(16 * radius * height), 255, -1 if filled else 1, cv2.LINE_AA, 4)
    boxes: list[LabelledBox] = []
    exit_: tuple[float, float] | None = None
    for number, slot in enumerate(arrangement.slots):
        since_dip = (number % ink.reload) / ink.reload if ink.reload else 0.0
        density, dry = 1.0 - ink.fading * since_dip, rng.random() < ink.dry * since_dip
        box = _write(layer, slot, height, scribes[slot.hand], density, dry, rng)
        if box is None:
            exit_ = None
            continue
        middle = box.x + 0.5 * box.width
        if slot.follows and exit_ and rng.random() < ink.run_on and box.y - exit_[1] < box.height:
            width = max(1.0, 0.7 * scribes[slot.hand].stroke * max(box.width, box.height))
            connect(layer, exit_, (middle, box.y + 0.1 * box.height), width, density, rng)
        exit_ = (middle, box.y + 0.9 * box.height)
        if slot.labelled:
            boxes.append(box)
    return Inked(layer, boxes)


def _write(
    layer: np.ndarray, slot: Slot, height: int, scribe: Scribe, density: float, dry: bool, rng: np.random.Generator
) -> LabelledBox | None:
    """Ink a slot's character; None where no font has it or where a labelled one would be cut off."""
    form = slot.form or scribe.choose(slot.character, rng)
    wide, high = slot.box.width * height, slot.box.height * height
    if form is None or wide < 2 or high < 2:
        return None
    glyph = scribe.draw(form, wide, high, rng)
    rows, columns = glyph.shape
    if dry:
        glyph = (glyph * left_by_dry_brush(rows, columns, rng.uniform(0.3, 0.8), rng)).astype(np.uint8)
    left = round((slot.box.left + slot.box.right) / 2 * height - columns / 2)
    top = round((slot.box.top + slot.box.bottom) / 2 * height - rows / 2)
    right, bottom = min(left + columns, layer.shape[1]), min(top + rows, layer.shape[0])
    from_left, from_top = max(0, -left), max(0, -top)
    whole = from_left == from_top == 0 and right == left + columns and bottom == top + rows
    if not whole and (slot.labelled or right - left <= from_left or bottom - top <= from_top):
        return None
    seen = glyph[from_top : bottom - top, from_left : right - left]
    area = layer[top + from_top : bottom, left + from_left : right]
    np.maximum(area, (seen * density).astype(np.uint8), out=area)
    return LabelledBox(slot.character, left, top, columns, rows)


def _rule(layer: np.ndarray, ends: np.ndarray, thickness: float, rng: np.random.Generator) -> None:
    """A printed line: not quite straight, at times broken."""
    t = np.linspace(0, 1, 24)[:, None]
    path = ends[0] + t * (ends[1] - ends[0])
    path += np.cumsum(rng.normal(0, 0.0004 * layer.shape[0], path.shape), 0)
    shade = 255 if thickness >= 1 else int(255 * max(0.35, thickness))
    for start in range(0, 23, 6):
        if rng.random() < 0.985:
            part = np.round(path[start : start + 7] * 16).astype(np.int32)
            cv2.polylines(layer, [part], False, shade, max(1, round(thickness)), cv2.LINE_AA, 4)


def lay_ink(image: np.ndarray, density: np.ndarray, ink: Ink, rng: np.random.Generator) -> None:
    """Mix the ink's colour into `image (H, W, 3) float32` of paper."""
    height, width = density.shape
    soft = cv2.GaussianBlur(density, (0, 0), max(0.3, ink.bleeding * height / 1000)).astype(np.float32) / 255
    soft *= 1 - ink.uneven * np.clip(0.5 + 0.5 * slow_noise(height, width, 12, rng), 0, 1)
    if ink.worn:
        specks = speckle(height, width, rng.uniform(1.0, 2.5), rng)
        soft *= 1 - ink.worn * np.clip(1.5 * (specks - rng.uniform(0.8, 2.0)), 0, 1)
    for channel in range(3):
        image[..., channel] += soft * (ink.colour[channel] - image[..., channel])


def shine_through(image: np.ndarray, behind: np.ndarray, strength: float, rng: np.random.Generator) -> None:
    """The ink `behind`, mirrored, blurred and moved, darkens the paper, red most."""
    height, width = behind.shape
    small = cv2.resize(behind, (max(1, width // 3), max(1, height // 3)), interpolation=cv2.INTER_AREA)[:, ::-1]
    small = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.3, 1.0) * height / 1000)
    shift = rng.normal(0, 0.007, 2) * (width, 0.5 * height)
    moved = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    small = cv2.warpAffine(small, moved, (small.shape[1], small.shape[0]))
    seen = cv2.resize(small, (image.shape[1], image.shape[0])).astype(np.float32) * np.float32(strength / 255)
    for channel, share in enumerate((1.0, 0.88, 0.7)):
        image[..., channel] *= 1 - share * seen


def speckle(height: int, width: int, size: float, rng: np.random.Generator) -> np.ndarray:
    """Noise of about unit deviation with specks of `size` pixels, `(H, W) float32`, from a coarser grid."""
    grid = (max(2, round(height / size)), max(2, round(width / size)))
    return cv2.resize(rng.standard_normal(grid, dtype=np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
