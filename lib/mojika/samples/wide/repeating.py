"""Leaves that follow a labelled page: a character in each of its boxes, with all its sizes, gaps, notes and tiers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mojika.samples.kana import KANA
from mojika.samples.kanji import furigana_of
from mojika.samples.text import is_kanji
from mojika.samples.wide.arrangement import Arrangement, Rect, Slot
from mojika.samples.wide.inventing import add_frame
from mojika.samples.wide.passages import Token


@dataclass(frozen=True, eq=False)
class Template:
    """`characters` of a page and their `boxes (N, 4)`, in leaf heights, as is the leaf's `width`."""

    characters: str
    boxes: np.ndarray
    width: float


def repeat(
    template: Template, tokens: Sequence[Token] | None, hands: int, fold_is_left: bool, rng: np.random.Generator
) -> Arrangement:
    """The template moved and scaled a little; with `tokens` it says something else in the same places."""
    width = template.width * np.exp(0.06 * rng.standard_normal())
    boxes = _moved(template.boxes, width / template.width, rng)
    arrangement = Arrangement(width)
    order, follows = _strands(boxes)
    hand_of_size = int(rng.integers(hands)) if rng.random() < 0.4 else 0
    median = np.median(boxes[:, 3] - boxes[:, 1]) if len(boxes) else 0.0
    for number, index in enumerate(order):
        character = tokens[number % len(tokens)].character if tokens else template.characters[index]
        box = Rect(*boxes[index].tolist())
        hand = hand_of_size if box.height < 0.75 * median else 0
        arrangement.slots.append(Slot(character, box, hand, bool(follows[number])))
    if len(boxes) and rng.random() < 0.5:
        _add_readings(arrangement, rng)
    if len(boxes) and rng.random() < 0.6:
        room = rng.uniform(0.008, 0.03)
        left, top = np.maximum(boxes[:, :2].min(0) - room, 0.004)
        right, bottom = np.minimum(boxes[:, 2:].max(0) + room, (width - 0.004, 0.996))
        add_frame(arrangement, Rect(left, top, right, bottom), fold_is_left, rng)
    _add_pictures(arrangement, boxes, rng)
    return arrangement


def _moved(boxes: np.ndarray, stretch: float, rng: np.random.Generator) -> np.ndarray:
    """Each box strays a little, all of them move and grow together, within the leaf."""
    extents = boxes[:, 2:] - boxes[:, :2]
    centres = 0.5 * (boxes[:, :2] + boxes[:, 2:]) * (stretch, 1.0)
    centres += extents.mean(1, keepdims=True) * rng.normal(0, 0.03, centres.shape)
    extents = extents * np.exp(rng.normal(0, 0.06, extents.shape)) * np.exp(rng.normal(0, 0.06))
    return np.concatenate([centres - extents / 2, centres + extents / 2], axis=1)


def _strands(boxes: np.ndarray) -> tuple[list[int], list[bool]]:
    """Indices of `boxes` strand by strand, from right to left and downwards, and whether each follows the one before.

    A box continues the strand whose last box lies closest above it and overlaps it sideways.
    """
    strands: list[list[int]] = []
    for index in np.argsort(boxes[:, 1] + boxes[:, 3], kind="stable").tolist():
        left, top, right, bottom = boxes[index].tolist()
        best, nearest = None, 1.2 * max(right - left, bottom - top)
        for strand in strands:
            above = boxes[strand[-1]]
            overlap = min(right, above[2]) - max(left, above[0])
            gap = abs(top - above[3])
            if overlap > 0.4 * min(right - left, above[2] - above[0]) and gap < nearest:
                best, nearest = strand, gap
        if best is None:
            strands.append([index])
        else:
            best.append(index)
    strands.sort(key=lambda strand: -boxes[strand[0], 2])
    order = [index for strand in strands for index in strand]
    return order, [place > 0 for strand in strands for place in range(len(strand))]


def _add_readings(arrangement: Arrangement, rng: np.random.Generator) -> None:
    """Small kana at the right of kanji, where nothing else is."""
    boxes = np.array([[slot.box.left, slot.box.top, slot.box.right, slot.box.bottom] for slot in arrangement.slots])
    share = rng.choice([0.3, 0.9])
    for slot in list(arrangement.slots):
        if not is_kanji(slot.character) or rng.random() > share:
            continue
        kana = [character for character in furigana_of(slot.character) if character in KANA]
        size = min(0.42 * max(slot.box.width, slot.box.height), 1.2 * slot.box.height / max(len(kana), 1))
        left, top = slot.box.right + 0.15 * size, slot.box.top - 0.1 * size
        area = (left, top, left + size, top + size * len(kana))
        taken = (boxes[:, 0] < area[2]) & (boxes[:, 2] > area[0]) & (boxes[:, 1] < area[3]) & (boxes[:, 3] > area[1])
        if not taken.any():
            for number, character in enumerate(kana):
                box = Rect(left, top + number * size, left + 0.85 * size, top + (number + 0.9) * size)
                arrangement.slots.append(Slot(character, box, slot.hand, labelled=False))


def _add_pictures(arrangement: Arrangement, boxes: np.ndarray, rng: np.random.Generator) -> None:
    """A picture in the largest of some empty places, where one is large."""
    best: Rect | None = None
    for _ in range(30):
        x, y = rng.uniform(0, arrangement.width), rng.uniform(0, 1)
        place = _room_around(x, y, boxes, arrangement.width)
        if place and (best is None or place.width * place.height > best.width * best.height):
            best = place
    if best and best.width > 0.15 and best.height > 0.15 and rng.random() < 0.7:
        arrangement.pictures.append(best.inset(0.015))


def _room_around(x: float, y: float, boxes: np.ndarray, width: float) -> Rect | None:
    """An empty rectangle with (x, y) in it, wide first."""
    left, top, right, bottom = boxes.T if len(boxes) else np.empty((4, 0))
    if ((left < x) & (x < right) & (top < y) & (y < bottom)).any():
        return None
    beside = (top < y + 0.05) & (bottom > y - 0.05)
    low = max([0.04, *right[beside & (right <= x)].tolist()])
    high = min([width - 0.04, *left[beside & (left >= x)].tolist()])
    across = (left < high) & (right > low)
    head = max([0.04, *bottom[across & (bottom <= y)].tolist()])
    foot = min([0.96, *top[across & (top >= y)].tolist()])
    return Rect(low, head, high, foot) if low < x < high and head < y < foot else None
