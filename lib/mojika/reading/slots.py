"""The order of the parts of one block.

A slot is the strip of paper that one column of the page takes up, with all that stands in it: running text, the halves
of notes, what is written small beside the text. Slots are read from right to left. In a slot, what stands higher comes
first; of parts side by side, the right one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mojika.reading.notes import Places, notes_between
from mojika.reading.strands import Strand

NEIGHBOUR = 0.6  # of the pitch of the columns, within which a short strand belongs to the column beside it
WITHIN = 0.6  # of a column's width between its axis and a mark that is a part of it
BREAK = 4.0  # widths of a column that are empty where it ends and another one begins below it
STACKED = 0.5  # widths of a column between the axes of two strands that continue each other
FIFTHS = np.arange(0.1, 1, 0.2)  # of the height that two strands share, where their distance is measured
ABREAST = 0.4  # part of the shorter of two parts of a slot from which on they are side by side


@dataclass(frozen=True)
class Part:
    """Boxes of one strand that are read one after the other; `is_note` says that they are half a note, `is_mark` that
    they are a single character within the width of the column that it stands beside."""

    strand: int
    places: Places
    is_note: bool = False
    is_mark: bool = False


@dataclass
class _Layout:
    """What was found out about strands: places before which they are cut, those in notes, which of them share a slot,
    and which places of one strand come before which of another, and which are marks."""

    strands: Sequence[Strand]
    cuts: list[set[int]] = field(default_factory=list)
    notes: list[list[Places]] = field(default_factory=list)
    together: list[tuple[int, int]] = field(default_factory=list)
    first: list[tuple[int, Places, int, Places]] = field(default_factory=list)
    marks: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.cuts = [set() for _ in self.strands]
        self.notes = [[] for _ in self.strands]


def parts_in_order(strands: Sequence[Strand]) -> list[Part]:
    """All boxes of the strands in parts, in the order in which they are read."""
    layout = _Layout(strands)
    beside = list(_side_by_side(strands))
    _find_notes(layout, beside)
    _place_small(layout, beside, pitch_of(strands, beside, layout.notes))
    _stack(layout)
    parts = list(_cut(layout))
    return [part for slot in _slots(layout, parts) for part in _in_slot(layout, slot)]


def _side_by_side(strands: Sequence[Strand]) -> Iterable[tuple[int, int, float]]:
    """Pairs of strands (right, left) that have boxes at the same height, and the distance of their axes there."""
    for i, j in combinations(range(len(strands)), 2):
        top, bottom = max(strands[i].top, strands[j].top), min(strands[i].bottom, strands[j].bottom)
        if top < bottom:
            away = _distance(strands[i], strands[j], top, bottom)
            yield (i, j, away) if away > 0 else (j, i, -away)


def _distance(right: Strand, left: Strand, top: float, bottom: float) -> float:
    heights = top + (bottom - top) * FIFTHS
    return sorted((right.axis_at(heights) - left.axis_at(heights)).tolist())[len(FIFTHS) // 2]


def pitch_of(
    strands: Sequence[Strand], beside: Iterable[tuple[int, int, float]], notes: Sequence[list[Places]]
) -> float:
    """The usual distance from a column to the next one on its left."""
    length = max((len(strand) for strand in strands), default=0) / 4
    nearest: dict[int, float] = {}
    for right, left, away in beside:
        if min(len(strands[right]), len(strands[left])) > length and not (notes[right] and notes[left]):
            nearest[right] = min(away, nearest.get(right, np.inf))
    wide = max((strand.width for strand in strands), default=1.0)
    return float(np.median(list(nearest.values()))) if nearest else 2 * wide


def _find_notes(layout: _Layout, beside: Iterable[tuple[int, int, float]]) -> None:
    widest = float(np.median([strand.width for strand in layout.strands])) * 2 if layout.strands else 0.0
    for right, left, away in beside:
        if away > widest:
            continue
        for note in notes_between(layout.strands[right], layout.strands[left]):
            for strand, places in ((right, note.right), (left, note.left)):
                layout.cuts[strand].update(places)
                layout.notes[strand].append(places)
            layout.together.append((right, left))
            layout.first.append((right, note.right, left, note.left))


def _place_small(layout: _Layout, beside: Sequence[tuple[int, int, float]], pitch: float) -> None:
    """Short strands beside a column are read where they stand: before what is lower. Those above or below a column go
    on with it."""
    best: dict[int, tuple[float, int]] = {}
    for right, left, away in beside:
        for small, column, cost in ((right, left, away), (left, right, 2 * away)):
            if away < max(NEIGHBOUR * pitch, layout.strands[column].width) and _is_small(layout, small, column):
                best[small] = min(best.get(small, (np.inf, 0)), (cost, column))
    for small, (away, column) in best.items():
        if not any(
            _continue(layout.strands[small], other) < away for i, other in enumerate(layout.strands) if i not in best
        ):
            _place(layout, small, column)
            if len(layout.strands[small]) == 1 and away < WITHIN * layout.strands[column].width:
                layout.marks.add(small)


def _place(layout: _Layout, small: int, column: int) -> None:
    one, strand = layout.strands[small], layout.strands[column]
    ends = strand.y if len(one) == 1 else np.maximum.accumulate(strand.bottoms)
    cut = int(np.searchsorted(ends, (one.top + one.bottom) / 2))
    layout.cuts[column].add(cut)
    layout.together.append((small, column))
    layout.first.append((column, (0, cut), small, (0, len(one))))
    layout.first.append((small, (0, len(one)), column, (cut, len(strand))))


def _is_small(layout: _Layout, small: int, column: int) -> bool:
    one, other = layout.strands[small], layout.strands[column]
    short = len(one) <= max(2, len(other) / 2) and len(one) < len(other)
    return short and not layout.notes[small] and other.top < (one.top + one.bottom) / 2 < other.bottom


def _stack(layout: _Layout) -> None:
    """Strands below each other on one axis share a slot."""
    for i, upper in enumerate(layout.strands):
        for j, lower in enumerate(layout.strands):
            if i < j and _continue(upper, lower) < np.inf:
                layout.together.append((i, j))


def _continue(one: Strand, other: Strand) -> float:
    """How far the axes are apart where one of the strands goes on below the other; infinite if it does not."""
    upper, lower = (one, other) if one.top < other.top else (other, one)
    wide = max(upper.width, lower.width)
    away = abs(float(upper.axis[-1] - lower.axis[0]))
    return away if upper.bottom < lower.top + wide / 2 and away < STACKED * wide else np.inf


def _cut(layout: _Layout) -> Iterable[Part]:
    for number, strand in enumerate(layout.strands):
        edges = sorted({0, len(strand)} | {cut for cut in layout.cuts[number] if 0 < cut < len(strand)})
        for places in pairwise(edges):
            is_note = any(_overlap(places, note) for note in layout.notes[number])
            yield Part(number, places, is_note, number in layout.marks)


def _overlap(one: Places, other: Places) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _slots(layout: _Layout, parts: Sequence[Part]) -> list[list[Part]]:
    """The parts of each slot, the right slot first."""
    count = len(layout.strands)
    links = np.array(layout.together, np.int64).reshape(-1, 2)
    number = connected_components(coo_array((np.ones(len(links)), links.T), shape=(count, count)), directed=False)[1]
    slots: dict[int, list[Part]] = {}
    for part in parts:
        slots.setdefault(int(number[part.strand]), []).append(part)
    return sorted(slots.values(), key=lambda slot: -_middle(layout, slot))


def _middle(layout: _Layout, slot: Sequence[Part]) -> float:
    strands = [layout.strands[number] for number in {part.strand for part in slot}]
    x, widths = (np.concatenate([getattr(strand, name) for strand in strands]) for name in ("x", "widths"))
    return float(np.average(x, weights=widths))


def _in_slot(layout: _Layout, slot: Sequence[Part]) -> Iterable[Part]:
    """The parts of a slot in order: next is the one before which the fewest others would have to come."""
    before = np.array([[one is not other and _is_before(layout, one, other) for other in slot] for one in slot])
    tops = [layout.strands[part.strand].tops[part.places[0]] for part in slot]
    left = list(range(len(slot)))
    while left:
        following = min(left, key=lambda i: (before[left, i].sum(), tops[i], i))
        left.remove(following)
        yield slot[following]


def _is_before(layout: _Layout, one: Part, other: Part) -> bool:
    if one.strand == other.strand:
        return one.places < other.places
    for a, b, answer in ((one, other, True), (other, one, False)):
        if any(
            (a.strand, b.strand) == (strand, later) and _overlap(a.places, places) and _overlap(b.places, others)
            for strand, places, later, others in layout.first
        ):
            return answer
    return _stands_before(*_extent(layout, one), *_extent(layout, other))


def _extent(layout: _Layout, part: Part) -> tuple[Strand, slice]:
    return layout.strands[part.strand], slice(*part.places)


def _stands_before(one: Strand, own: slice, other: Strand, its: slice) -> bool:
    tops, bottoms = (one.tops[own].min(), other.tops[its].min()), (one.bottoms[own].max(), other.bottoms[its].max())
    shared = min(bottoms) - max(tops)
    if shared > ABREAST * min(bottoms[0] - tops[0], bottoms[1] - tops[1]):
        return _distance(one, other, max(tops), min(bottoms)) > 0
    return sum((tops[0], bottoms[0])) < sum((tops[1], bottoms[1]))


def read_strands(strands: Sequence[Strand]) -> list[tuple[list[int], bool]]:
    """The rows of each column in reading order, and whether it is half a note.

    What follows on the same axis is the same column, and a mark beside it is a part of it.
    """
    found: list[tuple[list[int], bool]] = []
    last: Part | None = None
    for part in parts_in_order(strands):
        rows = strands[part.strand].rows[slice(*part.places)].tolist()
        if last and _goes_on(strands, last, part):
            found[-1][0].extend(rows)
        else:
            found.append((rows, part.is_note))
        last = last if last and part.is_mark else part
    return found


def _goes_on(strands: Sequence[Strand], last: Part, part: Part) -> bool:
    if last.is_note or part.is_note:
        return False
    if part.is_mark or last.strand == part.strand:
        return True
    upper, lower = strands[last.strand], strands[part.strand]
    return _continue(upper, lower) < np.inf and lower.top - upper.bottom < BREAK * max(upper.width, lower.width)
