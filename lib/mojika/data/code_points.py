"""Labels that name a character by its code point: `U+XXXX`, in upper-case hexadecimal."""

import re
import sys
import unicodedata

_GRAMMAR = re.compile(r"U\+([0-9A-F]{4,6})")
_NAMED = re.compile(r"(?:U\+|\\u|0x)([0-9A-F]{4,6})", re.IGNORECASE)
_DIGITS = frozenset("0123456789")
_SURROGATES = range(0xD800, 0xE000)


def label_of(character: str) -> str:
    """The label of one character, with four digits or as many as its code point has."""
    return f"U+{ord(character):04X}"


def label_named(text: str) -> str:
    """The label that a person means by `text`: `か`, `U+304B`, `u+304b`, `0x304B` are all `U+304B`.

    Several code points that have a composed form are that one (NFC). A digit stays as it is, like longer numbers, for
    they number classes; so does any other text.
    """
    stripped = unicodedata.normalize("NFC", text.strip())
    named = _NAMED.fullmatch(stripped)
    if named and int(named[1], 16) <= sys.maxunicode:
        return f"U+{int(named[1], 16):04X}"
    return label_of(stripped) if len(stripped) == 1 and stripped not in _DIGITS else stripped


def code_point_of(label: str) -> int | None:
    """The number in `U+` and four to six digits, whether or not there is such a character; None for other labels."""
    found = _GRAMMAR.fullmatch(label)
    return int(found[1], 16) if found else None


def character_of(label: str) -> str | None:
    """The inverse of `label_of`; None for all other text, surrogates and superfluous zeros included."""
    code_point = code_point_of(label)
    if code_point is None or code_point > sys.maxunicode or code_point in _SURROGATES:
        return None
    character = chr(code_point)
    return character if label_of(character) == label else None
