"""Setting text in columns, right to left: characters, readings beside them, notes in two half-width columns.

All of it is drawn into one `(H, W) uint8` layer of ink. What belongs to the text comes back as labelled boxes; readings
and connecting strokes stay unlabelled, as in the competition.
"""

from dataclasses import dataclass, field

import numpy as np

from mojika.samples.book import Book
from mojika.samples.brush import connect
from mojika.samples.hand import Glyph, Writer
from mojika.samples.kana import KANA, RUNS_ON
from mojika.samples.kanji import furigana_of
from mojika.samples.text import is_kanji

_FURIGANA_SIZE = 0.44  # of the text's size
_NOTE_SIZE = 0.56


@dataclass(frozen=True)
class LabelledBox:
    """A character of the text and the tight box around its ink: left, top, width, height in page pixels."""

    label: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Block:
    """Where text goes, in page pixels; columns lean by `tilt` pixels to the left per pixel downwards."""

    left: float
    top: float
    right: float
    bottom: float
    tilt: float = 0.0

    def leaned(self, x: float, y: float) -> float:
        return x - self.tilt * (y - self.top)


@dataclass
class Typesetter:
    """Sets one page of a book into `layer`."""

    layer: np.ndarray
    block: Block
    book: Book
    writer: Writer
    rng: np.random.Generator
    boxes: list[LabelledBox] = field(default_factory=list)
    _written: int = 0

    def set_page(self, text: str) -> list[LabelledBox]:
        """Fill the columns with `text` until it or the page ends."""
        layout, rng = self.book.layout, self.rng
        pitch = (self.block.right - self.block.left) / layout.columns
        characters = _Queue(text)
        indent = 0.0
        for column in range(layout.columns):
            self._set_column(self.block.right - (column + 0.5) * pitch, pitch, indent, characters)
            indent = float(rng.choice([0.0, 0.06], p=[0.93, 0.07])) * (self.block.bottom - self.block.top)
        return self.boxes

    def _set_column(self, x: float, pitch: float, indent: float, characters: "_Queue") -> None:
        layout, rng = self.book.layout, self.rng
        size = pitch * layout.glyph_size
        wander = _Wander(pitch * layout.wander, rng)
        y = self.block.top + indent + 0.1 * size * rng.random()
        end = self.block.bottom - (rng.random() < 0.06) * rng.uniform(0.1, 0.5) * (self.block.bottom - self.block.top)
        previous: _Placed | None = None
        while characters and y < end - 0.3 * size:
            if rng.random() < layout.notes and y < end - 4 * size:
                y = self._set_note(x, y, end, size * _NOTE_SIZE, characters)
                previous = None
                continue
            label = characters.take()
            glyph = self._write(label, size)
            runs_on = previous is not None and self._runs_on(previous.label, label)
            gap = size * layout.leading * rng.uniform(0.4, 1.6) * (0.4 if runs_on else 1.0)
            placed = self._place(label, glyph, x + wander.step(), y + gap, end)
            if placed is None:
                characters.give_back(label)
                return
            if runs_on and previous is not None:
                connect(self.layer, previous.exit, placed.entry, glyph.stroke, self._density(), rng)
            if is_kanji(label) and rng.random() < layout.furigana:
                self._set_reading(label, placed, size * _FURIGANA_SIZE)
            previous, y = placed, placed.bottom

    def _set_note(self, x: float, y: float, end: float, size: float, characters: "_Queue") -> float:
        """A note in two half-width columns, right one first; returns where the text continues."""
        count = min(int(self.rng.integers(3, 9)), int((end - y) / (1.3 * size)))
        lowest = y
        for offset in (0.52, -0.52):
            foot = y + 0.2 * size
            for _ in range(min(count, len(characters))):
                label = characters.take()
                placed = self._place(label, self._write(label, size), x + offset * size, foot + 0.04 * size, end)
                if placed is None:
                    characters.give_back(label)
                    break
                foot = placed.bottom
            lowest = max(lowest, foot)
        return lowest + 0.3 * size

    def _set_reading(self, kanji: str, beside: "_Placed", size: float) -> None:
        y = beside.top - 0.1 * size
        for kana in furigana_of(kanji):
            glyph = self.writer.write(kana, size, self.rng, plain=True)
            x = max(beside.right, beside.axis + 0.7 * size) + 0.5 * size
            height, width = glyph.coverage.shape
            if not self._ink(glyph, round(x - width / 2), round(y)):
                return
            y += height + 0.05 * size

    def _write(self, label: str, size: float) -> Glyph:
        self._written += 1
        return self.writer.write(label, size * (self.book.hand.kana_size if label in KANA else 1.0), self.rng)

    def _runs_on(self, before: str, after: str) -> bool:
        return before in RUNS_ON and after in KANA and self.rng.random() < self.book.hand.run_on

    def _place(self, label: str, glyph: Glyph, x: float, y: float, end: float) -> "_Placed | None":
        """Ink a character of the text with its centre on the column at x; None when it would pass the column's end."""
        height, width = glyph.coverage.shape
        top = round(y)
        left = round(self.block.leaned(x, y) - width / 2)
        if top + height > end or not self._ink(glyph, left, top):
            return None
        self.boxes.append(LabelledBox(label, left, top, width, height))
        return _Placed(label, left, top, left + width, top + height, self.block.leaned(x, y), glyph)

    def _ink(self, glyph: Glyph, left: int, top: int) -> bool:
        """Lay a glyph's ink into the page; False, and nothing done, when it would not be wholly inside."""
        height, width = glyph.coverage.shape
        if left < 0 or top < 0 or left + width > self.layer.shape[1] or top + height > self.layer.shape[0]:
            return False
        area = self.layer[top : top + height, left : left + width]
        np.maximum(area, (glyph.coverage * self._density()).astype(np.uint8), out=area)
        return True

    def _density(self) -> float:
        """How much ink the brush still holds: full after a dip, less with every character."""
        ink = self.book.ink
        if not ink.reload:
            return 1.0
        return 1.0 - ink.fading * (self._written % ink.reload) / ink.reload


@dataclass(frozen=True)
class _Placed:
    label: str
    left: int
    top: int
    right: int
    bottom: int
    axis: float
    glyph: Glyph

    @property
    def entry(self) -> tuple[float, float]:
        return self.left + self.glyph.entry[0], self.top + self.glyph.entry[1]

    @property
    def exit(self) -> tuple[float, float]:
        return self.left + self.glyph.exit[0], self.top + self.glyph.exit[1]


class _Queue:
    def __init__(self, text: str) -> None:
        self._characters = list(reversed(text))

    def __len__(self) -> int:
        return len(self._characters)

    def take(self) -> str:
        return self._characters.pop()

    def give_back(self, character: str) -> None:
        self._characters.append(character)


class _Wander:
    """A column's stray from the straight: a mean-reverting random walk, in pixels."""

    def __init__(self, deviation: float, rng: np.random.Generator) -> None:
        self._deviation, self._rng, self._at = deviation, rng, 0.0

    def step(self) -> float:
        self._at = 0.85 * self._at + self._deviation * self._rng.standard_normal()
        return self._at
