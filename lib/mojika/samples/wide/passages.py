"""What generated leaves say: transcribed pages in Koji notation, with the readings that stand beside the kanji."""

import re
from dataclasses import dataclass

import numpy as np

_NOTE = re.compile(r"【[^】]*】|［[^］]*］|《割書：|《|》|[|｜/／：:？?□\s]")
_READ = re.compile(r"([\u3400-\u9fff々]+)（([\u3041-\u30ff]+)）|（[^）]*）|(.)", re.DOTALL)
_REPEATED = re.compile("〳〵|〴〵")


@dataclass(frozen=True)
class Token:
    """A character of the text, and what of the reading is beside it."""

    character: str
    reading: str = ""


def tokens_of(text: str) -> list[Token]:
    """Characters of a transcription, without its editors' notes.

    Koji notation: readings in （）, notes in 【】, two-line notes in 《割書：…｜…》, whose characters stay.
    """
    tokens: list[Token] = []
    for base, reading, single in _READ.findall(_NOTE.sub("", _REPEATED.sub("", text))):
        if base:
            cuts = [round(place * len(reading) / len(base)) for place in range(len(base) + 1)]
            readings = (reading[start:end] for start, end in zip(cuts, cuts[1:], strict=False))
            tokens += map(Token, base, readings)
        elif single and _is_written(single):
            tokens.append(Token(single))
    return tokens


def _is_written(character: str) -> bool:
    return (
        "\u3041" <= character <= "\u3096"
        or "\u30a1" <= character <= "\u30fa"
        or ("\u3400" <= character <= "\u9fff" or character in "ゝゞヽヾ々〻ゟ")
    )


def passage(works: list[list[Token]], length: int, rng: np.random.Generator) -> list[Token]:
    """At least `length` tokens: successive ones of works drawn by their length, each from a place drawn at random."""
    ends = np.cumsum([len(work) for work in works])
    found: list[Token] = []
    while len(found) < length:
        at = int(rng.integers(ends[-1]))
        number = int(np.searchsorted(ends, at, side="right"))
        work = works[number]
        start = at - (int(ends[number]) - len(work))
        found += work[start : start + int(rng.integers(20, 400))]
    return found[:length]
