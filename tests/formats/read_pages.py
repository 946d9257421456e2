"""Pages that were read, made by hand and by hypothesis."""

import numpy as np
from hypothesis import strategies as st

from mojika.data.code_points import label_of
from mojika.formats.format import PageOnImage
from mojika.reading.page import Block, Candidate, Character, Column, Corners, Kind, Page


def character(char: str, box: Corners, *others: str, prob: float = 0.9, score: float = 0.8) -> Character:
    rest = tuple(Candidate(label_of(other), other, 0.01) for other in others)
    return Character(box, score, (Candidate(label_of(char), char, prob), *rest))


def column(
    text: str,
    x: float,
    y: float,
    side: float = 40,
    kind: Kind = "text",
    base: tuple[int, int] | None = None,
) -> Column:
    """Characters of `side` pixels, ten pixels apart, from the top left corner (x, y) downwards."""
    pitch = side + side / 4
    boxes = [(x, y + i * pitch, x + side, y + i * pitch + side) for i in range(len(text))]
    return Column(tuple(character(char, box) for char, box in zip(text, boxes, strict=True)), kind, base)


def book_page(name: str = "book/0001", canvas: str | None = None, canvas_size: tuple[int, int] | None = None) -> Page:
    """400 x 600 pixels, two blocks: a title; columns with furigana and a note of two half columns."""
    title = Block((column("伊勢物語", 340, 20, kind="title"),))
    text = Block(
        (
            column("木曽路は山", 280, 20),
            column("きそぢ", 324, 20, side=16, kind="furigana", base=(0, 2)),
            column("やま", 324, 220, side=16, kind="furigana", base=(4, 4)),
            column("右の注", 300, 280, side=16, kind="note"),
            column("左の注", 280, 280, side=16, kind="note"),
            column("𛀁〱か", 200, 20),
        ),
        leaf=1,
    )
    made_by = {"mojika": "0.1"}
    return Page(name, f"{name}.jpg", 400, 600, (title, text), 0.75, (330.5,), made_by, canvas, canvas_size)


def on_paper(page: Page) -> PageOnImage:
    """With an image: paper on which each box is a gray rectangle."""

    def image() -> np.ndarray:
        pixels = np.full((page.height, page.width, 3), (236, 226, 200), np.uint8)
        for each in page.characters:
            x1, y1, x2, y2 = map(round, each.box)
            pixels[y1:y2, x1:x2] = 110
        return pixels

    return PageOnImage(page, image)


_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3)
_shares = st.floats(0, 1)
_candidates = st.builds(Candidate, _texts, _texts, _shares)


@st.composite
def _characters(draw: st.DrawFn, width: int, height: int) -> Character:
    x1, y1 = draw(st.floats(0, width - 1)), draw(st.floats(0, height - 1))
    box = x1, y1, x1 + draw(st.floats(0.5, 400)), y1 + draw(st.floats(0.5, 400))
    unlike = st.lists(
        _candidates, min_size=1, max_size=5, unique_by=lambda candidate: (candidate.label, candidate.char)
    )
    return Character(box, draw(_shares), tuple(draw(unlike)))


@st.composite
def _blocks(draw: st.DrawFn, width: int, height: int) -> Block:
    columns: list[Column] = []
    beside = 0
    for _ in range(draw(st.integers(1, 4))):
        own = tuple(draw(st.lists(_characters(width, height), min_size=1, max_size=4)))
        kind = draw(st.sampled_from(["text", "note", "furigana", "title"]))
        base = None
        if kind != "furigana":
            beside = len(own)
        elif beside and draw(st.booleans()):
            first = draw(st.integers(0, beside - 1))
            base = first, draw(st.integers(first, beside - 1))
        columns.append(Column(own, kind, base))
    return Block(tuple(columns), draw(st.integers(0, 1)))


@st.composite
def pages(draw: st.DrawFn) -> Page:
    """Any page that can be read, of up to three blocks."""
    width, height = draw(st.integers(1, 5000)), draw(st.integers(1, 5000))
    return Page(
        name=draw(st.sampled_from(["a", "a/b", "頁 1.2"])),
        source=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=5)),
        width=width,
        height=height,
        blocks=tuple(draw(st.lists(_blocks(width, height), max_size=3))),
        confidence=draw(st.none() | _shares),
        gutters=tuple(draw(st.lists(st.floats(0, 5000), max_size=1))),
        made_by=draw(st.none() | st.dictionaries(_texts, _texts | st.integers() | st.none(), max_size=2)),
        canvas=draw(st.none() | st.just("https://example.org/canvas/1")),
        canvas_size=draw(st.none() | st.tuples(st.integers(1, 9000), st.integers(1, 9000))),
    )
