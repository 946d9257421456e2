"""Which roots, vowel and consonant diacritics Bengali puts together, and how often.

Shares of the diacritics are roughly those of the competition's training set; roots follow Zipf–Mandelbrot's law.
"""

from functools import cache

import numpy as np

from mojika.data.grapheme_labels import HEADS
from mojika.samples.graphemes.components import RA, VIRAMA, Labels, components

# letters from frequent to rare in running text; conjuncts come after them, in the class map's order
_LETTERS = "রকতনবলসমপদযগহচটজশইএভআখষধউঅঠথছণ\u09dfড\u09dcওফঘঝংৎঙঢঞঊঃঐঈঋঔ\u09dd"
_OFFSET = 6  # of Zipf–Mandelbrot's law: the commonest root is about thirty times as frequent as the rarest
_ALONE = 0.3  # share of a root that takes no vowel sign, beside one of its rank that does
_VOWEL_SHARES = (21, 18, 13, 8, 9, 2.6, 2.2, 14, 1.8, 8, 1.8)
_CONSONANT_SHARES = (62, 4, 12, 0.7, 11, 11, 0.3)
_CONJUNCT = 0.3  # how readily a conjunct takes a further consonant, beside a single letter
_INDEPENDENT_VOWELS = "অআইঈউঊঋএঐওঔ"
_BARE = ("ং", "ঃ", "ৎ")  # take no sign at all
_SELDOM = 0.05  # how readily these letters take what they hardly ever do
_SELDOM_JOINED = ("ঙ", "ঞ", "\u09dc", "\u09dd", "\u09df")  # \u09dc … \u09df: ড় ঢ় য়, which NFC takes apart
_SELDOM_WITH_RA_PHALA = ("ণ", "ন", "ল", "য")
_PHALAS = ("ব", "ল", "ম", "ন")  # a root that ends in one of them behind a virama seldom takes another


@cache
def combinations() -> tuple[tuple[Labels, ...], np.ndarray]:
    """Every plausible grapheme, and their shares `(N,) float64`, which sum to one."""
    roots = components()[HEADS[0]]
    frequent = sorted(range(len(roots)), key=lambda label: (VIRAMA in roots[label], _LETTERS.find(roots[label]), label))
    found: dict[Labels, float] = {}
    for rank, label in enumerate(frequent):
        signs = _signs(roots[label])
        total = sum(signs.values()) if len(signs) > len(_VOWEL_SHARES) else sum(signs.values()) / _ALONE
        for (vowel, consonant), share in signs.items():
            found[Labels(label, vowel, consonant)] = share / total / (rank + _OFFSET)
    shares = np.array(list(found.values()))
    return tuple(found), shares / shares.sum()


def _signs(root: str) -> dict[tuple[int, int], float]:
    """The (vowel, consonant) diacritics that a root takes, with their shares."""
    if root in _BARE:
        return {(0, 0): 1.0}
    if root in _INDEPENDENT_VOWELS:
        with_ya_phala = {(1, 4): 0.1} if root in "অএ" else {}  # অ্যা, এ্যা
        return {(0, 0): 1.0, (0, 1): 0.1, **with_ya_phala}
    consonants = {label: _CONSONANT_SHARES[label] * share for label, share in _consonants(root).items()}
    return {
        (vowel, consonant): of_vowel * of_consonant
        for vowel, of_vowel in enumerate(_VOWEL_SHARES)
        for consonant, of_consonant in consonants.items()
    }


def _consonants(root: str) -> dict[int, float]:
    """How readily a consonant or conjunct takes each consonant diacritic; those it never takes are left out."""
    letters = root.split(VIRAMA)
    single = len(letters) == 1
    further = _SELDOM if root in _SELDOM_JOINED else 1.0 if single else _CONJUNCT
    found = {0: 1.0, 2: _SELDOM if root == RA else further}
    if single:
        found[1] = 1.0
    if single or letters[-1] not in _PHALAS:
        found |= {3: further, 4: further}
        seldom = _SELDOM if letters[-1] in _SELDOM_WITH_RA_PHALA else 1.0
        found |= {5: further * seldom, 6: further * seldom}
    if root == RA:
        for consonant in (3, 5, 6):
            del found[consonant]
    return found
