"""In which forms a label can be written: a font's own kana, a grass-script variant, an old or a plain kanji."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np

from mojika.samples.fonts import BrushFont, Shape
from mojika.samples.kana import OLD_FORMS, PLAIN_OF_VOICED, VARIANT_FORMS

_KANA_STYLES = {"grass": 0.4, "running": 0.25, "slender": 0.35}  # the standard font's kana are the grass font's
_KANJI_STYLES = {"grass": 0.45, "running": 0.35, "standard": 0.08, "slender": 0.12}
_OLD_FORM_SHARE = 0.6


@dataclass(frozen=True)
class Form:
    """One way to write a label: `character` as `style` draws it, with voicing marks added where `voiced`."""

    style: str
    character: str
    voiced: bool = False


@lru_cache(maxsize=8192)
def forms_of(label: str) -> dict[Form, float]:
    """The forms of a label with how usual each is (weights sum to one), before any font was asked."""
    plain = PLAIN_OF_VOICED.get(label, label)
    if plain in VARIANT_FORMS:
        share, parents = VARIANT_FORMS[plain]
        forms = {Form(style, label): weight * (1 - share) for style, weight in _KANA_STYLES.items()}
        fading = [0.5**rank for rank in range(len(parents))]
        for parent, weight in zip(parents, fading, strict=True):
            forms[Form("grass", parent, voiced=label != plain)] = share * weight / sum(fading)
        return forms
    if label in OLD_FORMS:
        return {
            Form(style, character): weight * share
            for character, share in ((OLD_FORMS[label], _OLD_FORM_SHARE), (label, 1 - _OLD_FORM_SHARE))
            for style, weight in _KANJI_STYLES.items()
        }
    return {Form(style, label): weight for style, weight in _KANJI_STYLES.items()}


def drawable_forms(label: str, fonts: dict[str, BrushFont]) -> dict[Form, float]:
    """Those forms of a label for which the fonts have ink."""
    return {form: weight for form, weight in forms_of(label).items() if fonts[form.style].draws(form.character)}


def is_drawable(label: str, fonts: dict[str, BrushFont]) -> bool:
    """Whether any font has ink for the label, in whichever form."""
    return any(fonts[form.style].draws(form.character) for form in forms_of(label))


class Style(Protocol):
    """What draws characters: a font, or a hand that writes them."""

    def draws(self, character: str) -> bool: ...

    def shape(self, character: str) -> Shape: ...


def shape_of(form: Form, fonts: Mapping[str, Style]) -> Shape:
    shape = fonts[form.style].shape(form.character)
    return _with_voicing_marks(shape) if form.voiced else shape


def _with_voicing_marks(shape: Shape) -> Shape:
    """Two short strokes at the upper right of the ink, where a scribe sets them."""
    room = round(0.1 * shape.em)
    padded = cv2.copyMakeBorder(shape.distance, 0, 0, 0, room, cv2.BORDER_REPLICATE)
    rows, columns = np.mgrid[: padded.shape[0], : padded.shape[1]].astype(np.float32) / shape.em
    top, right = shape.margin / shape.em, (padded.shape[1] - shape.margin) / shape.em
    for left_of_right in (0.03, 0.11):
        start, end = (right - left_of_right - 0.04, top), (right - left_of_right, top + 0.07)
        dx, dy = end[0] - start[0], end[1] - start[1]
        along = np.clip(((columns - start[0]) * dx + (rows - start[1]) * dy) / (dx * dx + dy * dy), 0, 1)
        distance = np.hypot(columns - start[0] - along * dx, rows - start[1] - along * dy)
        padded = np.maximum(padded, shape.stroke_width * (0.35 + 0.35 * along) - distance)
    return replace(shape, distance=padded.astype(np.float32))
