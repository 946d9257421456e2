"""Setting text into columns from right to left: readings, notes in two half columns, horizontal headings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mojika.samples.drawn_out import draw_factor
from mojika.samples.kana import KANA, STRETCH
from mojika.samples.wide.arrangement import Arrangement, Rect, Slot
from mojika.samples.wide.passages import Token
from mojika.samples.wide.scribe import Scribe

_NOTE_SIZE, _READING_SIZE = 0.55, 0.42


@dataclass(frozen=True)
class Setting:
    """How text is set. `size` is an em in leaf heights, the other lengths are in ems; shares are probabilities."""

    size: float
    pitch: float  # distance of columns
    leading: float  # gap between characters
    kana_size: float  # against kanji
    uneven: float  # deviation of the logarithm of a character's size
    wander: float  # deviation of a column from the straight
    readings: float  # share of characters that have theirs beside them, where the text knows it
    notes: float  # share of characters before which a note begins
    spaces: float  # share of characters after which room is left
    dots: float  # share of characters that have a sign beside or after them
    ends_early: float  # share of columns


def draw_setting(rng: np.random.Generator, size: float) -> Setting:
    """Ranges: docs/real_hands.md, "Pages"."""
    readings = float(rng.choice([0.0, 0.3, 1.0], p=[0.4, 0.15, 0.45]))
    pitch = 1.0 + 0.85 * rng.random() ** 1.4 + 0.25 * (readings > 0)
    return Setting(
        size=size,
        pitch=pitch,
        leading=rng.uniform(-0.12, 0.25) if rng.random() < 0.9 else rng.uniform(0.25, 0.7),
        kana_size=rng.uniform(0.7, 1.05),
        uneven=rng.uniform(0.03, 0.2),
        wander=rng.uniform(0.0, 0.07),
        readings=readings,
        notes=float(rng.choice([0.0, 0.01, 0.05], p=[0.6, 0.25, 0.15])),
        spaces=float(rng.choice([0.0, 0.01, 0.06], p=[0.5, 0.3, 0.2])),
        dots=float(rng.choice([0.0, 0.03, 0.15], p=[0.6, 0.25, 0.15])),
        ends_early=float(rng.choice([0.03, 0.2, 0.6], p=[0.6, 0.25, 0.15])),
    )


class Compositor:
    """Sets tokens, one after the other, into an arrangement."""

    def __init__(
        self, arrangement: Arrangement, tokens: Sequence[Token], scribes: Sequence[Scribe], rng: np.random.Generator
    ) -> None:
        self.arrangement = arrangement
        self.rng = rng
        self._tokens = tokens
        self._scribes = scribes
        self.hands = len(scribes)
        self._next = 0

    def fill(self, area: Rect, setting: Setting, hand: int = 0) -> None:
        """Columns from the right to the left edge of `area`."""
        pitch = setting.pitch * setting.size
        indent = 0.0
        for column in range(max(1, int(area.width / pitch))):
            top = area.top + indent + 0.3 * setting.size * self.rng.random()
            bottom = area.bottom
            if self.rng.random() < setting.ends_early:
                bottom -= self.rng.uniform(0.1, 0.8) * area.height
            x = area.right - (column + 0.5) * pitch
            self.column(x, top, bottom, setting, hand)
            indent = area.height * self.rng.uniform(0.03, 0.3) if self.rng.random() < 0.08 else 0.0

    def column(self, x: float, top: float, bottom: float, setting: Setting, hand: int = 0) -> float:
        """Characters from `top` down as long as there is room; returns where the last one ends."""
        rng, y, stray, first = self.rng, top, 0.0, True
        size = setting.size
        while y < bottom - 0.3 * size:
            if rng.random() < setting.notes and y < bottom - 4 * size:
                y, first = self._note(x, y, bottom, setting, hand), True
                continue
            token = self._take()
            stray = 0.8 * stray + setting.wander * size * rng.standard_normal()
            slot = self._slot(token.character, x + stray, y, setting, hand, follows=not first)
            if slot is None:
                y += 0.1 * size  # so that text that no font can draw ends, too
                continue
            if slot.box.bottom > bottom + 0.1 * size:
                return y
            self.arrangement.slots.append(slot)
            if token.reading and rng.random() < setting.readings:
                self._reading(token.reading, slot.box, max(x + 0.4 * size, slot.box.right), size)
            y = max(slot.box.bottom + size * setting.leading * rng.uniform(0.4, 1.6), y + 0.1 * size)
            first = False
            if rng.random() < setting.dots:
                radius = size * rng.uniform(0.05, 0.13)
                self.arrangement.dots.append((x + size * rng.uniform(0.2, 0.6), y, radius))
            if rng.random() < setting.spaces:
                y, first = y + size * rng.uniform(0.5, 3), True
        return y

    def heading(self, area: Rect, hand: int = 0) -> None:
        """A few characters from right to left, as headings over pictures run."""
        size = min(area.height, area.width / 3)
        setting = replace(draw_setting(self.rng, size), size=size)
        x = area.right
        while x > area.left + size:
            slot = self._slot(self._take().character, x - 0.5 * size, area.top, setting, hand, follows=False)
            if slot is not None:
                self.arrangement.slots.append(slot)
            x -= size * 1.1

    def sign(self, text: str, x: float, y: float, size: float, hand: int = 0) -> None:
        """Characters below each other that no label names, such as those in the fold."""
        setting = draw_setting(self.rng, size)
        for character in text:
            slot = self._slot(character, x, y, setting, hand, follows=False)
            if slot is not None:
                self.arrangement.slots.append(replace(slot, labelled=False))
                y = slot.box.bottom + 0.1 * size

    def take(self, count: int) -> str:
        return "".join(self._take().character for _ in range(count))

    def _take(self) -> Token:
        token = self._tokens[self._next % len(self._tokens)]
        self._next += 1
        return token

    def _slot(
        self, character: str, x: float, y: float, setting: Setting, hand: int, *, follows: bool, plain: bool = False
    ) -> Slot | None:
        form = self._scribes[hand].choose(character, self.rng, plain)
        if form is None:
            return None
        shape = self._scribes[hand].shape(form)
        size = setting.size * np.exp(setting.uneven * self.rng.standard_normal())
        if character in KANA:
            size *= setting.kana_size
        low, high = STRETCH.get(character, (0.85, 1.15)) if form.character == character else (0.85, 1.15)
        longer = 1.0 if plain else draw_factor(form.character, shape, self.rng) ** 0.5
        width, height = size * shape.width / longer, size * shape.height * self.rng.triangular(low, 1.0, high) * longer
        return Slot(character, Rect(x - width / 2, y, x + width / 2, y + height), hand, follows, form)

    def _note(self, x: float, y: float, bottom: float, setting: Setting, hand: int) -> float:
        """A note in two half columns, the right one first; returns where the text continues."""
        small = replace(setting, size=_NOTE_SIZE * setting.size, notes=0.0, spaces=0.0, readings=0.0)
        end = min(bottom, y + small.size * self.rng.uniform(2, 14))
        lowest = y
        for side in (0.5, -0.5):
            lowest = max(lowest, self.column(x + side * setting.size * 0.58, y, end, small, hand))
        return lowest + 0.3 * setting.size

    def _reading(self, reading: str, beside: Rect, x: float, size: float) -> None:
        small = replace(draw_setting(self.rng, _READING_SIZE * size), uneven=0.05, kana_size=1.0)
        y = beside.top - 0.1 * size
        for kana in reading[:4]:
            slot = self._slot(kana, x + 0.4 * small.size, y, small, 0, follows=False, plain=True)
            if slot is not None:
                self.arrangement.slots.append(replace(slot, labelled=False))
                y = slot.box.bottom + 0.02 * size
