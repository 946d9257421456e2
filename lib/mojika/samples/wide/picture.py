"""A library's picture of a leaf or an opening: leaves bound into a book, on a bed, through a lens, on some film."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from mojika.samples.book import FULL_PAGE
from mojika.samples.forms import Style
from mojika.samples.page import Page
from mojika.samples.typesetting import LabelledBox
from mojika.samples.wide.arrangement import Arrangement
from mojika.samples.wide.columns import Compositor
from mojika.samples.wide.inventing import add_fold, invent
from mojika.samples.wide.leaf import Ink, Inked, draw_ink, ink_leaf, lay_ink, shine_through
from mojika.samples.wide.lens import develop, lay_through_lens
from mojika.samples.wide.marks import press_seal, stamp_number, stick_label
from mojika.samples.wide.paper import bore_wormholes, draw_paper, paper_tone, shade_gutter
from mojika.samples.wide.passages import Token
from mojika.samples.wide.repeating import Template, repeat
from mojika.samples.wide.scribe import Scribe
from mojika.samples.wide.surroundings import add_things, draw_bed, hold_with_fingers, reflect_glass

_HANDS = (1, 2, 3)  # on one leaf
_HANDS_WEIGHTS = (0.6, 0.25, 0.15)
_FOLD = tuple(map(Token, "機巧圖彙巻之上下一二三物語集抄記傳全書"))  # words of titles
_SAME = 0.02  # of white: what changes by less was not covered
_SEEN = 0.8  # of a box
_ASPECTS = (0.52, 0.85)  # width over height of an invented leaf


@dataclass(frozen=True, eq=False)
class Contents:
    """What one leaf may say: a labelled page to repeat, or nothing, and running text."""

    template: Template | None
    tokens: tuple[Token, ...]
    keep_characters: bool  # of the template


@dataclass(frozen=True)
class Frame:
    """The room in a picture: its size, where the book lies, and the widths of its leaves from right to left."""

    height: float
    width: float
    left: float
    top: float
    leaf_height: int
    leaf_widths: tuple[float, ...]

    def scaled(self, shorter: float) -> "Frame":
        """In whole pixels, with a shorter side of about `shorter`; before, leaves are 1 high."""
        leaf_height = round(shorter / min(self.height, self.width))
        height, width, left, top = (
            round(leaf_height * value) for value in (self.height, self.width, self.left, self.top)
        )
        widths = tuple(max(1, round(leaf_height * value)) for value in self.leaf_widths)
        return Frame(height, width, left, top, leaf_height, widths)

    @property
    def book(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom."""
        right = self.left + sum(self.leaf_widths)
        return int(self.left), int(self.top), int(right), int(self.top + self.leaf_height)


def draw_picture_of(
    contents: Sequence[Contents], scale: float, styles: Mapping[str, Style], type_: Path, seed: Sequence[int]
) -> Page:
    """A picture of one leaf (one element of `contents`) or an opening (the right, then the left one).

    Its shorter side has about 2400 × `scale` pixels; `type_` is the font of what is printed around it. The same
    arguments make the same pixels.
    """
    rng = np.random.default_rng(list(seed))
    count = int(rng.choice(_HANDS, p=_HANDS_WEIGHTS))
    scribes = [Scribe(styles, rng) for _ in range(count)]
    sides = [rng.random() < 0.5] if len(contents) == 1 else [False, True]  # whether a leaf is a left-hand one
    leaves = [_arrange(content, scribes, side, rng) for content, side in zip(contents, sides, strict=True)]
    strip = rng.uniform(0.02, 0.12) if len(leaves) == 1 and rng.random() < 0.6 else 0.0
    if strip:  # of the page opposite
        leaves.insert(0 if sides[0] else 1, Arrangement(strip))
        sides.insert(0 if sides[0] else 1, not sides[0])
    frame = _frame([leaf.width for leaf in leaves], strip, rng)
    frame = frame.scaled(FULL_PAGE[0] * scale * rng.uniform(0.9, 1.1))
    ink = draw_ink(rng)
    inked = [ink_leaf(leaf, frame.leaf_height, ink, scribes, rng) for leaf in leaves]
    images = _paint(inked, sides, ink, partial(_mark, scribe=scribes[-1], type_=type_, rng=rng), rng)
    return _take_picture(images, [leaf.boxes for leaf in inked], frame, type_, rng)


def _paint(
    leaves: list[Inked], sides: list[bool], ink: Ink, mark: Callable[[np.ndarray], None], rng: np.random.Generator
) -> list[np.ndarray]:
    """The leaves of one book on its paper; `sides`: which of them are left-hand ones."""
    tone = paper_tone(rng)
    ghost = rng.uniform(0.0, 0.25) if rng.random() < 0.8 else 0.0
    wormy = rng.random() < 0.2
    bent = len(leaves) == 2 or rng.random() < 0.5
    images = []
    for number, (leaf, left_hand) in enumerate(zip(leaves, sides, strict=True)):
        height, width = leaf.density.shape
        image = draw_paper(height, width, tone, rng)
        if ghost:
            other = leaves[-1 - number]
            shine_through(image, (other if other.boxes and leaf.boxes else leaf).density, ghost, rng)
        lay_ink(image, leaf.density, ink, rng)
        mark(image)
        if wormy:
            bore_wormholes(image, rng.uniform(0.2, 0.95), rng)
        if bent:
            shade_gutter(image, gutter_right=left_hand, rng=rng)
        images.append(image)
    return images


def _arrange(contents: Contents, scribes: list[Scribe], left_hand: bool, rng: np.random.Generator) -> Arrangement:
    if contents.template is not None:
        tokens = None if contents.keep_characters else contents.tokens
        arrangement = repeat(contents.template, tokens, len(scribes), left_hand, rng)
        if rng.random() < 0.35:
            add_fold(Compositor(arrangement, _FOLD, scribes, rng), left_hand)
        return arrangement
    return invent(rng.uniform(*_ASPECTS), contents.tokens, scribes, left_hand, rng)


def _frame(widths: Sequence[float], strip: float, rng: np.random.Generator) -> Frame:
    """Room around leaves of height 1, from none to a third of it; at times the picture ends within the leaf.

    Where a `strip` of the page opposite is seen, the picture ends with it.
    """
    kind = rng.choice(["narrow", "wide", "cut"], p=[0.4, 0.47, 0.13])
    reach = {"narrow": (0.0, 0.05), "wide": (0.03, 0.3), "cut": (-0.02, 0.01)}[kind]
    above, below, before, after = rng.uniform(*reach, 4)
    if strip:
        before, after = (before, 0.0) if widths[0] == strip else (0.0, after)
    return Frame(1 + above + below, sum(widths) + before + after, before, above, 1, tuple(widths))


def _mark(image: np.ndarray, scribe: Scribe, type_: Path, rng: np.random.Generator) -> None:
    for _ in range(rng.poisson(0.35)):
        press_seal(image, scribe, rng)
    if rng.random() < 0.08:
        stick_label(image, type_, rng)
    if rng.random() < 0.1:
        stamp_number(image, type_, rng)


def _take_picture(
    leaves: list[np.ndarray],
    boxes: list[list[LabelledBox]],
    frame: Frame,
    type_: Path,
    rng: np.random.Generator,
) -> Page:
    """Leaves from right to left become a book; the book and what lies around it become a picture with its boxes."""
    bound = np.concatenate(leaves[::-1], axis=1)
    offsets = np.cumsum([0, *frame.leaf_widths[::-1]])[:-1][::-1]
    gutter = float(offsets[0]) / bound.shape[1]
    corners = [
        [box.x + offset, box.y, box.x + offset + box.width, box.y + box.height]
        for offset, on_leaf in zip(offsets, boxes, strict=True)
        for box in on_leaf
    ]
    characters = [box.label for on_leaf in boxes for box in on_leaf]
    bed = draw_bed(int(frame.height), int(frame.width), rng)
    before = rng.random() < 0.5
    if before and frame.book != (0, 0, frame.width, frame.height):
        add_things(bed, frame.book, type_, rng)
    corner, placed = (int(frame.left), int(frame.top)), np.array(corners, np.float64).reshape(-1, 4)
    image, moved = lay_through_lens(bed, bound, placed, corner, gutter, rng)
    uncovered = image.copy()
    if not before:
        add_things(image, frame.book, type_, rng)
    if rng.random() < 0.06:
        hold_with_fingers(image, frame.book, rng)
    seen = np.abs(image - uncovered).max(axis=2) < _SAME
    if rng.random() < 0.15:
        reflect_glass(image, rng)
    kept = []
    for character, (left, top, right, bottom) in zip(characters, moved, strict=True):
        x, y, width, height = round(left), round(top), round(right - left), round(bottom - top)
        inside = x >= 0 and y >= 0 and x + width <= frame.width and y + height <= frame.height
        if inside and width > 0 and height > 0 and seen[y : y + height, x : x + width].mean() > _SEEN:
            kept.append(LabelledBox(character, x, y, width, height))
    return Page(develop(image, rng), kept)
