"""Pages as a reader would leave them, from the usual to the hostile, and a strategy for more."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from mojika.formats.format import PageOnImage
from mojika.reading.page import Block, Candidate, Character, Column, Kind, Page

HOSTILE = ("\x00", "\x1b", "\n", "\ud800", "\ufffe", "\u2028", "", "<", "&", '"', "'", "]]>", "\u200f", " ")


def candidates(*chars: str) -> tuple[Candidate, ...]:
    """Readings whose probabilities fall from 0.6."""
    return tuple(Candidate(f"U+{n}", char, 0.6 / (n + 1)) for n, char in enumerate(chars))


def characters(
    text: Sequence[str], x: float, y: float, size: float = 40, across: bool = False
) -> tuple[Character, ...]:
    """A box of `size` for each, downwards from `x, y` with a gap of 5 pixels, or to the right."""
    steps = [(x + (size + 5) * n, y) if across else (x, y + (size + 5) * n) for n in range(len(text))]
    return tuple(
        Character((left, top, left + size, top + size), 0.9, candidates(char, "似", "𛂞"))
        for char, (left, top) in zip(text, steps, strict=True)
    )


def column(text: Sequence[str], x: float, y: float, kind: Kind = "text", size: float = 40, base=None) -> Column:
    return Column(characters(text, x, y, size), kind, base)


def page(*blocks: Block, width: int = 1000, height: int = 1500, **fields) -> Page:
    return Page("book/p 1", "/scans/book/p 1.jpg", width, height, blocks, **fields)


def plain() -> Page:
    return page(Block(tuple(column("いろはにほへと", 900 - 100 * n, 100) for n in range(3))), confidence=0.93)


def opening() -> Page:
    left, right = Block((column("左頁", 300, 100),), leaf=1), Block((column("右頁", 1700, 100),), leaf=0)
    return page(right, left, width=2000, gutters=(1000.0,), canvas="https://example.org/iiif/1/canvas/p1")


def all_kinds() -> Page:
    main = Block(
        (
            column("源氏物語", 900, 50, "title", size=80),
            column("昔男有りけり", 800, 100),
            column("むかし", 845, 100, "furigana", size=14, base=(0, 0)),
            column("右の注", 720, 300, "note", size=20),
            column("左の注", 695, 300, "note", size=20),
            column("初冠して", 600, 100),
        )
    )
    return page(main, Block((column("題", 200, 1200, "title"),)), confidence=0.5, made_by={"models": ["検出", "読み"]})


def beyond_the_page() -> Page:
    boxes = [
        (-50.5, -20.25, 10.2, 0.01),
        (990.7, 1499.9, 1200.0, 1600.0),
        (-90.0, 400.0, -20.0, 480.0),
        (5.2, 7, 5.3, 9),
    ]
    return page(Block(tuple(Column((Character(box, 0.5, candidates("𛀁", "𠮷")),)) for box in boxes)))


def leaning() -> Page:
    """A column that bends to the left, and one whose characters have nothing above each other."""
    bent = tuple(
        Character((600 - 8 * n, 50 * n + 10, 640 - 8 * n, 50 * n + 55), 0.5, candidates("く")) for n in range(20)
    )
    apart = tuple(
        Character((100 + 60 * n, 50 * n + 10, 140 + 60 * n, 50 * n + 60), 0.5, candidates("つ")) for n in range(3)
    )
    return page(Block((Column(bent), Column(apart))))


def bengali() -> Page:
    text = ["ক্ষি", "ন্ত্র্যা", "ক", "বাং"]
    return page(Block((Column(characters(text, 100, 100, 120, across=True)),)), height=400)


def crowded() -> Page:
    text = [chr(0x4E00 + n) for n in range(1000)]
    columns = [column(text[n : n + 25], 1960 - 48 * (n // 25), 20) for n in range(0, 1000, 25)]
    return page(Block(tuple(columns)), width=2000)


PAGES = {
    "empty": page(),
    "one pixel": page(Block((Column((Character((0, 0, 3, 3), 1.0, candidates("一")),)),)), width=1, height=1),
    "plain": plain(),
    "opening": opening(),
    "all kinds": all_kinds(),
    "beyond the page": beyond_the_page(),
    "leaning": leaning(),
    "hostile": page(Block((column(HOSTILE, 500, 10),))),
    "bengali": bengali(),
    "crowded": crowded(),
}

_chars = st.text(max_size=5) | st.sampled_from(HOSTILE)
_candidates = st.lists(st.builds(Candidate, st.text(), _chars, st.floats(0, 1)), min_size=1, max_size=4).map(tuple)
_starts, _sizes = st.floats(-200, 1700), st.floats(0.01, 300)
_boxes = st.builds(lambda x, y, w, h: (x, y, x + w, y + h), _starts, _starts, _sizes, _sizes)
_characters = st.lists(st.builds(Character, _boxes, st.floats(0, 1), _candidates), min_size=1, max_size=4).map(tuple)
_kinds = st.sampled_from(["text", "note", "furigana", "title"])
_columns = st.lists(st.builds(Column, _characters, _kinds), min_size=1, max_size=3).map(tuple)
_blocks = st.lists(st.builds(Block, _columns, st.integers(0, 1)), max_size=3).map(tuple)
pages = st.builds(
    Page,
    st.text(min_size=1),
    st.text(),
    st.integers(1, 1500),
    st.integers(1, 1500),
    _blocks,
    st.none() | st.floats(0, 1),
)


def on_image(page: Page) -> PageOnImage:
    return PageOnImage(page, lambda: np.zeros((page.height, page.width, 3), np.uint8))
