"""The plan of a sample of wide pages: what each picture is made after. Nothing is drawn yet."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mojika.files.fingerprints import file_digest
from mojika.samples.forms import Style
from mojika.samples.glyphs.fonts import MINCHO
from mojika.samples.glyphs.styles import find_styles, opened_fonts
from mojika.samples.kuzushiji import book_id
from mojika.samples.page import Page
from mojika.samples.text import TextSource, default_vocabulary
from mojika.samples.wide.passages import Token, passage
from mojika.samples.wide.picture import Contents, draw_picture_of
from mojika.samples.wide.repeating import Template
from mojika.samples.wide.sources import read_templates, read_works

SCHEMA = 2
_REPEATED = 0.55  # share of leaves that follow a labelled page
_KEPT = 0.6  # share of these that say what it says
_OPENINGS = 0.45  # share of pictures with two leaves
_LENGTH = 900  # characters of text at hand for one leaf
_GENERATED = 60_000  # characters of text, where none is given


@dataclass(frozen=True)
class WideParameters:
    """What a sample of wide pages is made from; equal parameters, files and fonts make equal bytes."""

    books: int
    pages_per_book: int
    test_books: int
    test_pages: int  # in all test books together
    classes: int  # of generated text
    scale: float  # 1 is a shorter side of about 2400 pixels
    seed: int
    labels_from: tuple[Path, ...] = ()
    text_from: tuple[Path, ...] = ()
    fonts: tuple[Path, ...] = ()
    strokes: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        numbers = {name: value for name, value in dataclasses.asdict(self).items() if isinstance(value, int | float)}
        files = {name: [_digest(file) for file in getattr(self, name)] for name in ("labels_from", "text_from")}
        styles = find_styles(self.fonts, self.strokes, np.random.default_rng())
        digests = {style: each.digest for style, each in styles.items()}
        return {"schema": SCHEMA, "kind": "kuzushiji", "style": "wide", **numbers, **files, "fonts": digests}

    def plan(self) -> "WidePlan":
        return plan_wide(self)


@dataclass(frozen=True, eq=False)
class WidePage:
    """One picture to be drawn."""

    image_id: str
    test: bool
    book_id: str
    contents: tuple[Contents, ...]
    seed: tuple[int, ...]
    folders: tuple[Path, ...]  # of fonts
    strokes: Path | None

    @property
    def file(self) -> str:
        return f"{'test' if self.test else 'train'}_images/{self.image_id}.jpg"

    def draw(self, scale: float) -> Page:
        fonts = opened_fonts(self.folders)
        styles: dict[str, Style] = {**find_styles(self.folders, self.strokes, np.random.default_rng([*self.seed, 2]))}
        type_ = fonts[MINCHO if MINCHO in fonts else "standard"].path
        return draw_picture_of(self.contents, scale, styles, type_, self.seed)


@dataclass(frozen=True)
class WidePlan:
    parameters: WideParameters
    pages: list[WidePage]
    vocabulary: list[str]
    undrawable: str = ""


def plan_wide(parameters: WideParameters) -> WidePlan:
    """Contents and image ids of a sample.

    Raises:
        UserError: a label or text file is not what it should be.
    """
    templates = read_templates(parameters.labels_from)
    works = read_works(parameters.text_from) or [_generated_text(parameters)]
    pages = []
    for index in range(parameters.books + parameters.test_books):
        test = index >= parameters.books
        count = parameters.pages_per_book
        if test:
            count = len(range(index - parameters.books, parameters.test_pages, parameters.test_books))
        for number in range(count):
            seed = (parameters.seed, index, number)
            name = (
                f"test_{index:04d}_{number:05d}" if test else f"{book_id(index)}_{number // 2 + 2:05d}_{number % 2 + 1}"
            )
            contents = _draw_contents(templates, works, np.random.default_rng([*seed, 1]))
            pages.append(WidePage(name, test, book_id(index), contents, seed, parameters.fonts, parameters.strokes))
    return WidePlan(parameters, pages, _vocabulary(templates, works))


def _draw_contents(
    templates: Sequence[Template], works: list[list[Token]], rng: np.random.Generator
) -> tuple[Contents, ...]:
    contents = []
    for _ in range(2 if rng.random() < _OPENINGS else 1):
        repeated = bool(templates) and rng.random() < _REPEATED
        template = templates[int(rng.integers(len(templates)))] if repeated else None
        keeps = repeated and rng.random() < _KEPT
        contents.append(Contents(template, () if keeps else tuple(passage(works, _LENGTH, rng)), keeps))
    return tuple(contents)


def _generated_text(parameters: WideParameters) -> list[Token]:
    rng = np.random.default_rng([parameters.seed, 2**20 + 2])
    source = TextSource(default_vocabulary(parameters.classes, []))
    return list(map(Token, source.passage(_GENERATED, rng)))


def _vocabulary(templates: Sequence[Template], works: list[list[Token]]) -> list[str]:
    found = {character for template in templates for character in template.characters}
    return sorted(found | {token.character for work in works for token in work})


def _digest(file: Path) -> str:
    return file_digest(file) if file.is_file() else ""
