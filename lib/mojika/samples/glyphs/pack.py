"""A pack of single characters, drawn in lots on several cores; what is drawn depends on the seed and the lot only."""

import dataclasses
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from mojika.data.class_list import ClassList
from mojika.data.code_points import label_of
from mojika.data.pack_writer import write_pack
from mojika.runtime.processes import done_by_workers
from mojika.runtime.progress import track
from mojika.samples.drawn_out import draw_factor, drawn_out
from mojika.samples.forms import Form, shape_of
from mojika.samples.glyphs.crop import cut_crop
from mojika.samples.glyphs.cursive import CursivePen
from mojika.samples.glyphs.fonts import CURSIVE
from mojika.samples.glyphs.forms import forms_of
from mojika.samples.glyphs.pen import Pen
from mojika.samples.glyphs.styles import Styles, find_styles

SCHEMA = 3
HEAD = "label"
LOT = 1000  # characters; each lot is a group of its own
_BALANCE = 0.8  # a character is drawn as often as this power of its frequency
_ROOM_FOR_RARE = 3  # added to each frequency
_POOL = 64  # characters that neighbours are taken from
_SIZES = (0.9, 1.5)  # pixels per em while drawing, of the crop's side


@dataclass(frozen=True)
class GlyphParameters:
    """What a pack is drawn from. `frequencies` has the characters and how often they occur in texts."""

    count: int
    size: int
    seed: int
    frequencies: dict[str, int]
    folders: tuple[Path, ...] = ()
    strokes: Path | None = None

    def made_from(self, fonts: Styles) -> dict[str, Any]:
        plain = {"count": self.count, "size": self.size, "seed": self.seed, "frequencies": self.frequencies}
        digests = {style: font.digest for style, font in fonts.items()}
        return {
            "stage": "sample glyphs",
            "drawing": SCHEMA,
            **plain,
            "fonts": digests,
            "pen": dataclasses.asdict(Pen()),
            **({"cursive": dataclasses.asdict(CursivePen())} if CURSIVE in fonts else {}),
        }


def write_glyphs(parameters: GlyphParameters, out: Path, workers: int) -> dict[str, int]:
    """Draw the pack; returns the numbers `crops`, `classes` and `fonts`."""
    fonts = find_styles(parameters.folders, parameters.strokes, np.random.default_rng())
    lots = list(range(-(-parameters.count // LOT)))
    labels: list[str] = []
    with (
        closing(done_by_workers(partial(_draw_lot, parameters), lots, workers)) as drawn,
        write_pack(out, size=(parameters.size,) * 2, channels=1, expected_count=parameters.count) as writer,
    ):
        for characters, crops in track(_in_order(drawn), total=len(lots), description="drawing"):
            writer.append(crops[..., None])
            labels += characters
        report = {"crops": len(labels), "classes": len(set(labels)), "fonts": len(fonts)}
        writer.finish(_samples(labels), _classes(parameters, labels), parameters.made_from(fonts), report)
    return report


def _samples(characters: list[str]) -> pd.DataFrame:
    groups = [f"hand{number // LOT:05d}" for number in range(len(characters))]
    labels = pd.array([label_of(character) for character in characters], dtype="str")
    corners = {name: np.float32(0) for name in ("x1", "y1", "x2", "y2")}
    more = {"group": groups, "source": "train", "weight": np.float32(1)}
    return pd.DataFrame({HEAD: labels, "image_id": groups, **corners, **more})


def _classes(parameters: GlyphParameters, drawn: list[str]) -> dict[str, ClassList]:
    """All characters that could have been drawn, so that packs of other seeds have the same classes."""
    counts = Counter(map(label_of, drawn))
    labels = ClassList.from_labels(map(label_of, parameters.frequencies)).labels
    return {HEAD: ClassList(labels, tuple(counts[label] for label in labels))}


def _draw_lot(parameters: GlyphParameters, lot: int) -> tuple[int, tuple[list[str], np.ndarray]]:
    """Characters and crops `(n, size, size) uint8` of one lot."""
    rng = np.random.default_rng([parameters.seed, lot])
    fonts = find_styles(parameters.folders, parameters.strokes, rng)
    characters = list(parameters.frequencies)
    weights = (np.array([*parameters.frequencies.values()]) + _ROOM_FOR_RARE) ** _BALANCE
    count = min(LOT, parameters.count - lot * LOT)
    drawn = rng.choice(len(characters), count, p=weights / weights.sum())
    crops = np.empty((count, parameters.size, parameters.size), np.uint8)
    pool: list[np.ndarray] = []
    for crop, index in zip(crops, drawn, strict=True):
        size = parameters.size * rng.uniform(*_SIZES)
        form = _draw_form(characters[index], fonts, rng)
        shape = shape_of(form, fonts)
        shape = drawn_out(shape, draw_factor(form.character, shape, rng))
        glyph = Pen().draw(shape, size, rng)
        crop[:] = cut_crop(glyph, pool, parameters.size, rng)
        pool = [*pool[-_POOL + 1 :], glyph]
    return lot, ([characters[index] for index in drawn], crops)


def _draw_form(character: str, fonts: Styles, rng: np.random.Generator) -> Form:
    """One of the character's forms for which its font has ink, drawn by how usual they are."""
    forms, cumulative = _weighted_forms(character, tuple(fonts))
    while True:
        form = forms[bisect_right(cumulative, rng.random() * cumulative[-1])]
        if fonts[form.style].draws(form.character):
            return form


@cache
def _weighted_forms(character: str, styles: tuple[str, ...]) -> tuple[list[Form], list[float]]:
    forms = forms_of(character, styles)
    return list(forms), np.cumsum([*forms.values()]).tolist()


def is_drawable(character: str, fonts: Styles) -> bool:
    """Whether any font has ink for the character, in whichever form."""
    return any(fonts[form.style].draws(form.character) for form in forms_of(character, tuple(fonts)))


Lot = TypeVar("Lot")


def _in_order(numbered: Iterable[tuple[int, Lot]]) -> Iterator[Lot]:
    """What comes with the numbers 0, 1, 2, … in whichever order, in the order of the numbers."""
    waiting: dict[int, Lot] = {}
    following = 0
    for number, lot in numbered:
        waiting[number] = lot
        while following in waiting:
            yield waiting.pop(following)
            following += 1
