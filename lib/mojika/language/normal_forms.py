"""Characters that stand for the same in a text: a language model knows one form of each."""

import re
import unicodedata
from functools import cache

import joyokanji

_HENTAIGANA = re.compile(r"HENTAIGANA LETTER ([A-Z]+)-")
_REPEATED = re.compile("[〳〴]〵")  # the mark in two halves, as transcriptions have it; labels have it whole


@cache
def normal_form(character: str) -> str:
    """Kanji in the forms of 1946, a hentaigana as its (first) kana, compatibility forms as what they stand for; what is
    none of these as it is."""
    if kana := _HENTAIGANA.match(unicodedata.name(character, "") if len(character) == 1 else ""):
        return unicodedata.lookup(f"HIRAGANA LETTER {kana[1]}")
    if character in "〲〳〴":
        return "〱"
    return str(joyokanji.convert(unicodedata.normalize("NFKC", character)))


def normal_text(text: str) -> str:
    """The text in normal forms, `〳〵` as the one mark that it is."""
    composed = unicodedata.normalize("NFC", _REPEATED.sub("〱", text))
    return "".join(map(normal_form, composed))
