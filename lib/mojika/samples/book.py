"""A generated book: one hand, one paper, one ink, one way of laying out its pages."""

from dataclasses import dataclass

import numpy as np

from mojika.samples.hand import Hand

FULL_PAGE = (2400, 3870)  # width and height in pixels of a scan at scale 1

# Books of the competition in the order in which a sample takes them up; both reference hold-outs come first.
_BOOK_IDS = """
200015779 200003076 brsk 200014740 200003967 200006663 hnsd umgy 100249371 100249376 100249416 100249476 100249537
200004148 200005598 200008003 200010454 200014685 200015843 200017458 200018243 200019865 200020019 200021063
200021071 200021086 200021637 200021644 200021660 200021712 200021763 200021802 200021851 200021853 200021869
200021925 200022050 200025191
"""
BOOK_IDS = tuple(_BOOK_IDS.split())


@dataclass(frozen=True)
class Layout:
    """Lengths are fractions of the page's height unless they say otherwise."""

    columns: int
    glyph_size: float  # of the distance between columns
    leading: float  # gap between characters, of the glyph size
    top: float
    bottom: float
    outer: float  # margin towards the fore edge, of the page's width
    inner: float  # margin towards the gutter, of the page's width
    frame: float  # thickness of the frame; 0 without one
    double_frame: bool
    rules: bool  # lines between the columns
    furigana: float  # share of the kanji that have their reading beside them
    notes: float  # probability that a clause is set in two half-width columns
    wander: float  # how far a column strays, of the distance between columns


@dataclass(frozen=True)
class Paper:
    colour: tuple[float, float, float]  # RGB in 0…1
    mottling: float  # amplitude of slow changes of tone
    grain: float  # deviation of pixel noise
    fibres: float  # visibility
    stains: float  # expected number
    wormholes: float  # expected number
    show_through: float  # how much of the reverse is seen
    bed: tuple[float, float, float]  # the scanner bed around the page


@dataclass(frozen=True)
class Ink:
    colour: tuple[float, float, float]
    reload: int  # characters between two dips of the brush; 0 for a woodblock print, which has none
    fading: float  # how much of its density a brush loses until the next dip
    mottling: float  # how unevenly ink sits on the paper's tooth


@dataclass(frozen=True)
class Book:
    book_id: str
    seed: int
    hand: Hand
    layout: Layout
    paper: Paper
    ink: Ink

    def page_image_id(self, number: int) -> str:
        """Image id of page `number`, counted from 0: spreads from 2 on, right (1) and left (2) half of each."""
        if self.book_id.isdigit():
            return f"{self.book_id}_{number // 2 + 2:05d}_{number % 2 + 1}"
        return f"{self.book_id}{number // 50 + 1:03d}_{number % 50 + 2:03d}"


def draw_book(book_id: str, seed: int, index: int) -> Book:
    """The book at `index` of a sample: a woodblock print or a manuscript, dense or large, plain or framed."""
    rng = np.random.default_rng([seed, index])
    printed = index % 5 not in (1, 3)
    return Book(
        book_id=book_id,
        seed=int(rng.integers(2**31)),
        hand=Hand.draw(rng),
        layout=_draw_layout(rng, printed),
        paper=_draw_paper(rng),
        ink=_draw_ink(rng, printed),
    )


def _draw_layout(rng: np.random.Generator, printed: bool) -> Layout:
    framed = printed and rng.random() < 0.8
    furigana = rng.choice([0.0, 0.3, 0.9], p=[0.3, 0.2, 0.5] if printed else [0.8, 0.2, 0.0])
    columns = int(rng.integers(7, 10 if furigana else 11))
    return Layout(
        columns=columns,
        glyph_size=(0.84 if furigana else 1.04) * rng.uniform(0.94, 1.06),
        leading=rng.uniform(0.02, 0.14),
        top=rng.uniform(0.1, 0.24) if framed else rng.uniform(0.08, 0.16),
        bottom=rng.uniform(0.05, 0.09),
        outer=rng.uniform(0.05, 0.08) if framed else rng.uniform(0.08, 0.12),
        inner=rng.uniform(0.07, 0.11),
        frame=rng.uniform(0.0025, 0.0055) if framed else 0.0,
        double_frame=bool(rng.random() < 0.4),
        rules=bool(framed and rng.random() < 0.3),
        furigana=float(furigana),
        notes=float(rng.choice([0.0, 0.02, 0.06])) if printed else 0.0,
        wander=rng.uniform(0.01, 0.03) if printed else rng.uniform(0.03, 0.06),
    )


def _draw_paper(rng: np.random.Generator) -> Paper:
    tones = [(0.94, 0.87, 0.69), (0.90, 0.85, 0.73), (0.85, 0.77, 0.60), (0.92, 0.90, 0.82), (0.80, 0.74, 0.62)]
    tone = np.array(tones[int(rng.choice(len(tones), p=[0.35, 0.25, 0.15, 0.15, 0.1]))])
    tone = np.clip(tone + 0.02 * rng.standard_normal() + 0.008 * rng.standard_normal(3), 0, 1)
    bed = rng.choice([0.13, 0.2, 0.1]) * np.array([1.0, rng.uniform(0.95, 1.15), rng.uniform(0.75, 1.0)])
    return Paper(
        colour=tuple(tone.tolist()),
        mottling=rng.uniform(0.010, 0.028),
        grain=rng.uniform(0.016, 0.036),
        fibres=rng.uniform(0.02, 0.06),
        stains=rng.uniform(0.5, 4.0),
        wormholes=float(rng.choice([0.0, 0.0, 2.0])),
        show_through=rng.uniform(0.04, 0.15),
        bed=tuple(bed.tolist()),
    )


def _draw_ink(rng: np.random.Generator, printed: bool) -> Ink:
    darkness = rng.uniform(0.14, 0.36) if printed else rng.uniform(0.08, 0.24)
    warmth = rng.uniform(-0.01, 0.04)
    return Ink(
        colour=(darkness + warmth, darkness, darkness - warmth),
        reload=0 if printed else int(rng.integers(6, 14)),
        fading=0.0 if printed else rng.uniform(0.2, 0.5),
        mottling=rng.uniform(0.25, 0.5) if printed else rng.uniform(0.15, 0.35),
    )
