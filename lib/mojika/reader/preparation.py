"""At which scales a page is searched."""

from collections.abc import Sequence

import numpy as np

_LARGEST_VIEW = 20_000_000  # pixels: of a page so long and narrow that it would have more, a smaller view is searched


def searched_sides(page: np.ndarray, short_sides: Sequence[int]) -> list[float]:
    """The short sides at which a page `(H, W, 3)` is searched: as asked for, but for pages of extreme proportions."""
    short, long = sorted(page.shape[:2])
    largest = (_LARGEST_VIEW * short / long) ** 0.5
    return list(dict.fromkeys(min(float(side), largest) for side in short_sides))
