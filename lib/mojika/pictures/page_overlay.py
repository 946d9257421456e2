"""Boxes and what was read in them, drawn over their page: each in the colour and line of its outcome, with a legend."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mojika.boxes.outcomes import Outcome
from mojika.boxes.suppression import suppress
from mojika.pictures.captions import Caption, Piece, with_captions
from mojika.pictures.glyph_fonts import drawable
from mojika.pictures.legend import INK, legend_strip
from mojika.pictures.lines import BLUE, GRAY, GREEN, PURPLE, VERMILION, Style, line_width, outline, scaled_down

STYLES = {
    Outcome.BOX: Style(BLUE),
    Outcome.RIGHT: Style(GREEN),
    Outcome.FOUND: Style(GREEN),
    Outcome.WRONG: Style(VERMILION, 1.7),
    Outcome.SURPLUS: Style(PURPLE, 1.7, wash=0.16),
    Outcome.MISSED: Style(BLUE, 1.7, dash=4),
    Outcome.REMOVED: Style(GRAY, dash=3),
}
_FROM_BELOW = (  # what is drawn later lies above
    Outcome.REMOVED, Outcome.BOX, Outcome.RIGHT, Outcome.FOUND, Outcome.MISSED, Outcome.SURPLUS, Outcome.WRONG
)  # fmt: skip


class Mark(NamedTuple):
    """A box in page pixels (x1, y1, x2, y2) and the texts beside it: none, one, or prediction and truth."""

    outcome: Outcome
    box: tuple[float, float, float, float]
    texts: tuple[str, ...] = ()


def draw_page_overlay(
    page: np.ndarray, marks: Sequence[Mark], title: str, legend: Sequence[Outcome], max_side: int = 2000
) -> np.ndarray:
    """The page `(H, W, 3) uint8` with its marks below a strip that names and counts the outcomes of `legend`.

    A page whose longer side exceeds `max_side` pixels is scaled down to it. Lines lie outside their boxes. Of boxes
    that were removed only those are drawn in whose place no other box is. Texts are placed beside boxes, where they
    cover other boxes, texts and ink least; a second text follows behind an arrow.
    Returns `(H', W', 3) uint8`. Raises `UserError` where no font draws Japanese.
    """
    scaled, ratios = scaled_down(page, max_side)
    canvas, line = scaled.copy(), line_width(scaled)
    marks = sorted(marks, key=lambda mark: _FROM_BELOW.index(mark.outcome))
    boxes = np.array([mark.box for mark in marks], np.float64).reshape(-1, 4) * ratios
    hidden = _hidden(marks, boxes)
    for mark, box in ((mark, box) for mark, box, hides in zip(marks, boxes, hidden, strict=True) if not hides):
        outline(canvas, box, STYLES[mark.outcome], line)
    captions = [
        Caption(box, _pieces(mark)) for mark, box in zip(reversed(marks), boxes[::-1], strict=True) if mark.texts
    ]  # those that lie above find their places first
    taken = boxes[[mark.outcome != Outcome.REMOVED for mark in marks]]
    canvas = with_captions(canvas, scaled, captions, boxes, taken, line)
    counts = Counter(mark.outcome for mark in marks)
    items = [(STYLES[outcome], f"{outcome} {counts[outcome]:,}") for outcome in legend if outcome != Outcome.REMOVED]
    if Outcome.REMOVED in legend:
        alone, below = counts[Outcome.REMOVED] - hidden.sum(), hidden.sum()
        words = f"{Outcome.REMOVED} {alone:,}" + (f", and {below:,} on other boxes" if below else "")
        items.append((STYLES[Outcome.REMOVED], words))
    return np.concatenate([legend_strip(canvas, title, items, line), canvas])


def _hidden(marks: Sequence[Mark], boxes: np.ndarray) -> np.ndarray:
    """Which marks are removed boxes in the place of another box, `(M,) bool`: hundreds would bury the page."""
    removed = np.array([mark.outcome == Outcome.REMOVED for mark in marks], bool)
    return removed & ~suppress(boxes, ~removed, np.zeros(len(marks), np.int64))


def _pieces(mark: Mark) -> list[Piece]:
    first, *others = map(drawable, mark.texts)
    pieces = [(first, _dark(mark.outcome))]
    for other in others:
        pieces += [("→", INK), (other, _dark(Outcome.RIGHT))]
    return pieces


def _dark(outcome: Outcome) -> tuple[int, ...]:
    """The outcome's colour as thin strokes need it to be read on white."""
    return tuple(channel * 4 // 5 for channel in STYLES[outcome].colour)
