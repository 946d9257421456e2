"""The plan of a generated kuzushiji sample: its books, and the text of each page. Nothing is drawn yet."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from mojika.errors import ParameterError
from mojika.samples.book import BOOK_IDS, Book, draw_book
from mojika.samples.classics import CLASSICS
from mojika.samples.fonts import BrushFont, find_brush_fonts
from mojika.samples.forms import is_drawable
from mojika.samples.page import Page, capacity, render_page
from mojika.samples.text import TextSource, default_vocabulary, insert

SCHEMA = 1
_EMPTY_PAGES = 0.06  # share of pages without text
_COPIES = 8  # of each required character, as far as there is room
_ROOM = 0.4  # share of a page that required characters may take
_FREQUENT = 0.002  # of the classics' characters: what is as frequent as this occurs of its own accord


@dataclass(frozen=True)
class SampleParameters:
    """What a sample is made from; equal parameters and fonts make equal bytes."""

    books: int
    pages_per_book: int
    test_books: int
    test_pages: int  # in all test books together
    classes: int
    scale: float  # 1 is a scan of 2400 × 3870 pixels
    seed: int
    required: str = ""  # characters that have to occur

    def as_dict(self, fonts: dict[str, BrushFont]) -> dict[str, Any]:
        digests = {style: font.digest for style, font in fonts.items()}
        return {"schema": SCHEMA, "kind": "kuzushiji", **dataclasses.asdict(self), "fonts": digests}

    def plan(self) -> "SamplePlan":
        return plan_sample(self, find_brush_fonts())


@dataclass(frozen=True)
class PagePlan:
    """One page to be drawn: `number` within its book, its text, and the text of its reverse."""

    image_id: str
    test: bool
    book: Book
    number: int
    text: str
    reverse: str

    @property
    def file(self) -> str:
        return f"{'test' if self.test else 'train'}_images/{self.image_id}.jpg"

    @property
    def book_id(self) -> str:
        return self.book.book_id

    def draw(self, scale: float) -> Page:
        return render_page(self.book, self.number, self.text, self.reverse, scale, find_brush_fonts())


@dataclass(frozen=True)
class SamplePlan:
    parameters: SampleParameters
    pages: list[PagePlan]
    vocabulary: list[str]
    undrawable: str  # required characters that no font can draw


def plan_sample(parameters: SampleParameters, fonts: dict[str, BrushFont]) -> SamplePlan:
    """Books, texts and image ids of a sample.

    Raises:
        UserError: the pages have no room for all required characters.
    """
    required = list(dict.fromkeys(parameters.required))
    undrawable = [character for character in required if not is_drawable(character, fonts)]
    required = [character for character in required if character not in undrawable]
    candidates = default_vocabulary(parameters.classes, required)
    vocabulary = [character for character in candidates if is_drawable(character, fonts)]
    source = TextSource(vocabulary)
    train = _plan_books(parameters, source, range(parameters.books), parameters.pages_per_book, test=False)
    train = _with_required(train, [character for character in required if not _is_frequent(character)], parameters.seed)
    test: list[PagePlan] = []
    for index in range(parameters.test_books):
        pages = len(range(index, parameters.test_pages, parameters.test_books))
        test += _plan_books(parameters, source, [parameters.books + index], pages, test=True)
    return SamplePlan(parameters, train + _anonymous(test, parameters.seed), vocabulary, "".join(undrawable))


def _plan_books(
    parameters: SampleParameters, source: TextSource, indices: range | list[int], pages: int, test: bool
) -> list[PagePlan]:
    plans = []
    for index in indices:
        book = draw_book(book_id(index), parameters.seed, index)
        rng = np.random.default_rng([parameters.seed, index, 1])
        empty = rng.random(pages) < _EMPTY_PAGES
        if index == 0 and pages > 2:
            empty[:3] = False, False, True  # however small a sample, it has one
        for number in range(pages):
            length = capacity(book)
            text = "" if empty[number] else source.passage(2 * length, rng)
            reverse = source.passage(length, rng)
            plans.append(PagePlan(book.page_image_id(number), test, book, number, text, reverse))
    return plans


def book_id(index: int) -> str:
    """The book at `index` of a sample: those of the competition first."""
    return BOOK_IDS[index] if index < len(BOOK_IDS) else str(200030000 + 7 * index)


def _is_frequent(character: str) -> bool:
    text = "".join(CLASSICS.values())
    return text.count(character) >= _FREQUENT * len(text)


def _with_required(pages: list[PagePlan], required: list[str], seed: int) -> list[PagePlan]:
    """Deal copies of the required characters out to pages, those of one character far apart."""
    if not required:
        return pages
    written = [index for index, page in enumerate(pages) if page.text]
    room = {index: int(_ROOM * capacity(pages[index].book)) for index in written}
    copies = min(_COPIES, sum(room.values()) // len(required))
    if not copies:
        raise ParameterError(
            f"expected room for {len(required):,} required characters, found room for {sum(room.values()):,}; "
            "raise {books} or {pages_per_book}"
        )
    rng = np.random.default_rng([seed, 2**20])
    dealt: dict[int, str] = dict.fromkeys(written, "")
    slots = [index for index in written for _ in range(room[index])]
    order = rng.permutation(len(required))
    for turn in range(copies * len(required)):
        character = required[order[turn % len(required)]]
        dealt[slots[turn * len(slots) // (copies * len(required))]] += character
    return [
        dataclasses.replace(page, text=insert(page.text, dealt[index], within=int(0.5 * capacity(page.book)), rng=rng))
        if dealt.get(index)
        else page
        for index, page in enumerate(pages)
    ]


def _anonymous(pages: list[PagePlan], seed: int) -> list[PagePlan]:
    """Test pages in an order and under names that do not reveal their book, as in the competition."""
    rng = np.random.default_rng([seed, 2**20 + 1])
    names: dict[int, None] = {}
    while len(names) < len(pages):
        names.setdefault(int(rng.integers(2**32)))
    shuffled = [pages[index] for index in rng.permutation(len(pages))]
    return [
        dataclasses.replace(page, image_id=f"test_{name:08x}")
        for page, name in zip(shuffled, sorted(names), strict=True)
    ]
