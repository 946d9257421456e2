"""Bengali graphemes as the competition labels them: grapheme root, vowel diacritic, consonant diacritic.

`class_map.csv` is the class map of Kaggle's bengaliai-cv19: 168 roots, 11 vowel and 7 consonant diacritics (Alam et
al., "A Large Multi-Target Dataset of Common Bengali Handwritten Graphemes", 2021).
"""

import csv
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mojika.data.grapheme_labels import HEADS

CLASS_MAP = Path(__file__).with_name("class_map.csv")

VIRAMA, REPH, CANDRABINDU, ZWJ, ZWNJ = "\u09cd", "\u09b0\u09cd", "\u0981", "\u200d", "\u200c"
_NONE = "0"  # the class map's name for "no diacritic"
RA, _YA_PHALA, _RA_PHALA = "\u09b0", VIRAMA + "\u09af", VIRAMA + "\u09b0"

# consonant diacritic -> the text before the root, what follows it, and what follows the vowel sign
_AFFIXES = {
    _NONE: ("", "", ""),
    CANDRABINDU: ("", "", CANDRABINDU),
    REPH: (REPH, "", ""),
    REPH + "\u09af": (REPH, _YA_PHALA, ""),
    _YA_PHALA: ("", _YA_PHALA, ""),
    _RA_PHALA: ("", _RA_PHALA, ""),
    _RA_PHALA + _YA_PHALA: ("", _RA_PHALA + _YA_PHALA, ""),
}


class Labels(NamedTuple):
    """One grapheme's classes, by the class map's numbers."""

    root: int
    vowel: int
    consonant: int


@cache
def components() -> dict[str, tuple[str, ...]]:
    """The components' texts by kind, in the order of their labels; "0" where there is no diacritic."""
    with open(CLASS_MAP, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {kind: tuple(row["component"] for row in rows if row["component_type"] == kind) for kind in HEADS}


def compose(labels: Labels) -> str:
    """The grapheme's text, in the order in which Unicode writes Bengali."""
    return compose_parts(*(components()[kind][label] for kind, label in zip(HEADS, labels, strict=True)))


def compose_parts(root: str, vowel: str, consonant: str) -> str:
    """The text of a grapheme whose parts have these texts, "0" where there is no diacritic.

    র with য-phala carries a zero-width joiner, without which it would be য with a reph. A consonant diacritic that the
    class map does not have comes last.
    """
    before, after, last = _AFFIXES.get(consonant, ("", "", consonant))
    joiner = ZWJ if not before and root == RA and after.startswith(_YA_PHALA) else ""
    return before + root + joiner + after + ("" if vowel == _NONE else vowel) + last


def normalised(grapheme: str) -> str:
    """A grapheme's text without joiners and in Unicode's composed form (NFC), for comparison."""
    return unicodedata.normalize("NFC", grapheme.replace(ZWJ, "").replace(ZWNJ, ""))
