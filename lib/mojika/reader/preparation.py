"""At which scales a page is searched."""

from collections.abc import Callable, Sequence

import numpy as np

from mojika.detection.page_search import Found
from mojika.reader.settings import ReaderSettings

_LARGEST_VIEW = 20_000_000  # pixels: of a page so long and narrow that it would have more, a smaller view is searched
_ENLARGED = 1.5  # times, from which on a picture is taken for a detail
_PARTS = (1, 2, 4, 8)
_SMALLEST = 64  # pixels
_WEAK = 0.2  # scores that speak for a scale, too


def searched_sides(page: np.ndarray, short_sides: Sequence[float]) -> list[float]:
    """The short sides at which a page `(H, W, 3)` is searched: as asked for, but for pages of extreme proportions."""
    short, long = sorted(page.shape[:2])
    largest = (_LARGEST_VIEW * short / long) ** 0.5
    return list(dict.fromkeys(min(float(side), largest) for side in short_sides))


def search(
    find: Callable[[Sequence[float], float], Found], page: np.ndarray, settings: ReaderSettings
) -> tuple[np.ndarray, np.ndarray]:
    """What `find`, given short sides and the lowest score, finds on a page `(H, W, 3)` or on a detail of one.

    A picture that the reader's scales enlarge more than 1.5 times may be a line or a word that was cut out, which its
    characters fill. So it is searched at halves, quarters and eighths of the scales, too, and those count whose boxes
    are surest: by the mean of their scores, each weighted by its square, since wrong scales find many weak ones.
    """
    sides = searched_sides(page, settings.short_sides)
    if min(sides) <= _ENLARGED * min(page.shape[:2]):
        return find(sides, settings.score_threshold)
    lowest = min(settings.score_threshold, _WEAK)
    parts = [part for part in _PARTS if part == 1 or min(sides) / part >= _SMALLEST]
    found = [find([side / part for side in sides], lowest) for part in parts]
    boxes, scores = max(found, key=lambda each: _certainty(each[1]))
    stay = scores >= settings.score_threshold
    return boxes[stay], scores[stay]


def _certainty(scores: np.ndarray) -> float:
    """0 without boxes."""
    return float(np.average(scores, weights=scores**2)) if scores.any() else 0.0
