"""What the scripts that we read need to be said in a file: language, direction, and characters that XML can hold."""

import re
from dataclasses import dataclass

from mojika.reading.page import Candidate, Page

REPLACEMENT = "\ufffd"
_UNWRITABLE = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BENGALI = re.compile("[\u0980-\u09ff]")


@dataclass(frozen=True)
class Writing:
    """A language (BCP 47), the code of its script (ISO 15924), and whether lines run downwards, from right to left, or
    else to the right, from top to bottom."""

    language: str
    script: str
    downwards: bool


JAPANESE = Writing("ja", "Jpan", downwards=True)
BENGALI = Writing("bn", "Beng", downwards=False)


def writing_of(page: Page) -> Writing:
    """Bengali where most characters of the page are; Japanese otherwise, also where there are none."""
    bengali = sum(bool(_BENGALI.search(character.char)) for character in page.characters)
    return BENGALI if bengali > len(page.characters) / 2 else JAPANESE


def writable(text: str) -> str:
    """`text` with U+FFFD for what cannot stand in a line of XML 1.0: control characters, ends of lines, surrogates."""
    return _UNWRITABLE.sub(REPLACEMENT, text)


def shown(candidate: Candidate) -> str:
    """What to write for a reading, never nothing."""
    return writable(candidate.char) or REPLACEMENT
