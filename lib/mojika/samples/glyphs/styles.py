"""What characters are drawn with: fonts, and a hand that writes them from their strokes; both are opened once."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from mojika.errors import UserError
from mojika.samples.fonts import BrushFont
from mojika.samples.glyphs.cursive import CursiveHand
from mojika.samples.glyphs.fonts import CURSIVE, find_glyph_fonts
from mojika.samples.glyphs.stroke_file import StrokeFile

Styles = dict[str, BrushFont | CursiveHand]


def find_styles(folders: Sequence[Path], strokes: Path | None, rng: np.random.Generator) -> Styles:
    """The fonts, and `cursive` where there are strokes, which writes as `rng` draws.

    Raises:
        UserError: as `find_glyph_fonts`; or there is no such file of strokes, or it cannot be read.
    """
    styles: Styles = dict(opened_fonts(tuple(folders)))
    if strokes is not None:
        styles[CURSIVE] = CursiveHand(_opened_strokes(strokes), rng)
    return styles


@cache
def opened_fonts(folders: tuple[Path, ...]) -> dict[str, BrushFont]:
    """As `find_glyph_fonts`."""
    return find_glyph_fonts(folders)


@cache
def _opened_strokes(file: Path) -> StrokeFile:
    if not file.is_file():
        raise UserError(f"{file}: no such file; expected strokes as scripts/get_strokes.sh makes them")
    return StrokeFile(file)
