"""In which forms a character can be written, over whatever fonts there are."""

from functools import cache

from mojika.samples.forms import Form
from mojika.samples.glyphs.fonts import CURSIVE, MINCHO
from mojika.samples.glyphs.variants import PARENTS, hentaigana
from mojika.samples.kana import OLD_FORMS, PLAIN_OF_VOICED, VARIANT_FORMS

# How usual a font's characters are; fonts of a folder share what is listed as `other`. What is written from strokes
# (`cursive`) is a share of all: the largest where cursive is furthest from print.
_KANJI_STYLES = {
    "grass": 0.28,
    "running": 0.2,
    "slender": 0.14,
    "standard": 0.04,
    MINCHO: 0.07,
    "other": 0.27,
    CURSIVE: 0.4,
}
_PARENT_STYLES = {"grass": 0.5, "running": 0.12, "slender": 0.13, "other": 0.25, CURSIVE: 0.6}
_KANA_STYLES = {"grass": 0.25, "running": 0.15, "slender": 0.2, MINCHO: 0.1, "other": 0.3, CURSIVE: 0.4}
_OLD_FORM_SHARE = 0.6
_EVEN_SHARE = 0.54  # of variants, of a kana that no book is known of; the share known from books counts half
_COUNTED_SHARES = {"し": 0.2}  # measured by the boxes of label sets, where an eighth is wider than .6 of the height
_OF_PARENTS = 0.7  # of a kana's variants, how many are its parents' cursive; the others are hentaigana
_FADING = 0.65  # of a parent kanji against the one before it, from the second on: the first is the kana's own
# A font of hentaigana has them in the places of the kana, the commonest of each only.
_HENTAIGANA_FONT, _HENTAIGANA_FONT_SHARE = "hentaigana", 0.35


@cache
def forms_of(label: str, styles: tuple[str, ...]) -> dict[Form, float]:
    """The forms of a character over fonts of these `styles`, with how usual each is, before any font was asked."""
    plain = PLAIN_OF_VOICED.get(label, label)
    if plain in PARENTS:
        return _kana_forms(label, plain, styles)
    if label in OLD_FORMS:
        old = _spread(OLD_FORMS[label], _KANJI_STYLES, styles, _OLD_FORM_SHARE)
        return old | _spread(label, _KANJI_STYLES, styles, 1 - _OLD_FORM_SHARE)
    return _spread(label, _KANJI_STYLES, styles, 1.0)


def _kana_forms(label: str, plain: str, styles: tuple[str, ...]) -> dict[Form, float]:
    voiced = label != plain
    with_kana = tuple(style for style in styles if _HENTAIGANA_FONT not in style)
    variants = _COUNTED_SHARES.get(plain, 0.5 * (_EVEN_SHARE + VARIANT_FORMS[plain][0]))
    forms = _spread(label, _KANA_STYLES, with_kana, 1 - variants)
    all_hentaigana = variants * (1 - _OF_PARENTS)
    letters = hentaigana().get(plain, "")
    of_hentaigana = [style for style in styles if _HENTAIGANA_FONT in style]
    shared = all_hentaigana * (1 - _HENTAIGANA_FONT_SHARE * bool(of_hentaigana))
    forms |= {Form(MINCHO, letter, voiced): shared / len(letters) for letter in letters if MINCHO in styles}
    forms |= {Form(style, plain, voiced): (all_hentaigana - shared) / len(of_hentaigana) for style in of_hentaigana}
    fading = [_FADING ** max(0, rank - 1) for rank in range(len(PARENTS[plain]))]
    for parent, weight in zip(PARENTS[plain], fading, strict=True):
        forms |= _spread(parent, _PARENT_STYLES, with_kana, variants * _OF_PARENTS * weight / sum(fading), voiced)
    return forms


def _spread(
    character: str, weights: dict[str, float], styles: tuple[str, ...], share: float, voiced: bool = False
) -> dict[Form, float]:
    """`share` dealt out to the fonts by their weights."""
    fonts = [style for style in styles if style != CURSIVE]
    others = [style for style in fonts if style not in _KANJI_STYLES]
    usual = {style: weights.get(style, weights["other"] / len(others) if style in others else 0.0) for style in fonts}
    if CURSIVE in styles:
        written = weights[CURSIVE]
        usual = {style: (1 - written) * weight for style, weight in usual.items()} | {CURSIVE: written}
    return {Form(style, character, voiced): share * weight for style, weight in usual.items() if weight}
