"""What generated pages say: clauses of the classics, some of their kanji exchanged for those of a long tail."""

from dataclasses import dataclass, field

import numpy as np

from mojika.samples.classics import CLASSICS
from mojika.samples.kana import ITERATION_MARKS, KANA, VOICED_OF_PLAIN
from mojika.samples.kanji import COMMON_KANJI, further_kanji

_EXCHANGED = 0.35  # share of the classics' kanji that gives way to a kanji of the vocabulary
_ZIPF_EXPONENT, _ZIPF_OFFSET = 1.05, 3.0


def is_kanji(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character == "々"


def default_vocabulary(classes: int, required: list[str]) -> list[str]:
    """Up to `classes` characters: kana, what is required, kanji of the classics, common kanji, the rest of JIS X 0208.

    All that is required is in it, also when that takes more than `classes`.
    """
    in_classics = [character for work in CLASSICS.values() for character in work if is_kanji(character)]
    frequent = sorted(dict.fromkeys(in_classics), key=lambda character: -in_classics.count(character))
    kana = [character for work in CLASSICS.values() for character in work if character in KANA]
    ordered = list(dict.fromkeys([*kana, *KANA[:-5], *ITERATION_MARKS, *required]))
    if len(ordered) < classes:
        head, tail = frequent[:150], frequent[150:]
        ordered = list(dict.fromkeys([*ordered, *head, *COMMON_KANJI, *tail, *further_kanji()]))[:classes]
    return ordered


@dataclass(frozen=True)
class TextSource:
    """Text over a vocabulary; kanji outside it are exchanged, and each exchange draws by Zipf–Mandelbrot's law."""

    vocabulary: list[str]
    _kanji: list[str] = field(init=False)
    _cumulative: np.ndarray = field(init=False)
    _known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        kanji = [character for character in self.vocabulary if is_kanji(character) and character not in ITERATION_MARKS]
        ranks = np.arange(1, len(kanji) + 1)
        object.__setattr__(self, "_kanji", kanji)
        object.__setattr__(self, "_cumulative", np.cumsum((ranks + _ZIPF_OFFSET) ** -_ZIPF_EXPONENT))
        object.__setattr__(self, "_known", frozenset(self.vocabulary))

    def passage(self, length: int, rng: np.random.Generator) -> str:
        """`length` characters: runs of successive clauses, each run from a work drawn at random."""
        works = [work.split() for work in CLASSICS.values()]
        sizes = np.cumsum([len(work) for work in works])
        text = ""
        while len(text) < length:
            work = works[int(np.searchsorted(sizes, rng.integers(sizes[-1]), side="right"))]
            start = int(rng.integers(len(work)))
            clauses = work[start : start + int(rng.integers(1, 6))]
            text += "".join(self._exchange(clause, rng) for clause in clauses)
        return text[:length]

    def _exchange(self, clause: str, rng: np.random.Generator) -> str:
        written = ""
        for character in clause:
            if is_kanji(character) and character not in ITERATION_MARKS and self._kanji:
                if character not in self._known or rng.random() < _EXCHANGED:
                    character = self._draw_kanji(rng)
                if written.endswith(character) and "々" in self._known:
                    character = "々"
            elif written and written[-1] == character and "ゝ" in self._known:
                character = "ゝ"
            elif written and VOICED_OF_PLAIN.get(written[-1]) == character and "ゞ" in self._known:
                character = "ゞ"
            if character in self._known:
                written += character
        return written

    def _draw_kanji(self, rng: np.random.Generator) -> str:
        return self._kanji[int(np.searchsorted(self._cumulative, rng.random() * self._cumulative[-1], side="right"))]


def insert(text: str, characters: str, within: int, rng: np.random.Generator) -> str:
    """Put each of `characters` at a random place among the first `within` of the text."""
    pieces = list(text)
    for character in characters:
        pieces.insert(int(rng.integers(min(within, len(pieces)) + 1)), character)
    return "".join(pieces)
