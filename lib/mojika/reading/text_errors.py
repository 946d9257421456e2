"""How far a text that was read is from the true one, and how much of an order is right."""

from bisect import bisect_left
from collections.abc import Iterable

import joyokanji
from rapidfuzz.distance import Levenshtein


def edits(read: str, truth: str) -> int:
    """How many characters are to be inserted, deleted or replaced to make one text of the other (Levenshtein 1966).

    Divided by the length of the truth it is the character error rate.
    """
    return int(Levenshtein.distance(read, truth))


def in_new_forms(text: str) -> str:
    """The text with kanji in the forms of 1946 and after: 國 becomes 国."""
    return str(joyokanji.convert(text))


def out_of_order(places: Iterable[int]) -> int:
    """How many of `places`, each once, are not in the longest rising subsequence: n − LCS with the sorted ones."""
    ends: list[int] = []  # the least last place of a rising subsequence of each length
    count = 0
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
        count += 1
    return count - len(ends)
