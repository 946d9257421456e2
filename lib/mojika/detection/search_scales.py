"""At which scales pages are searched where nobody has said it: at those of the training."""

import math
from collections.abc import Sequence

_APART = 1.3  # ratio of neighbouring scales: a character is seen within 15 % of a size at which it was searched


def spread_sides(ranges: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Short sides in tens of pixels, evenly spread on a logarithmic scale over what all the `ranges` have in common.

    Over all of them together where they have nothing in common.
    """
    low, high = max(low for low, _ in ranges), min(high for _, high in ranges)
    if low > high:
        low, high = high, low
    count = max(1, math.ceil(math.log(high / low, _APART)))
    sides = (low * (high / low) ** ((place + 0.5) / count) for place in range(count))
    return tuple(max(10, round(side / 10) * 10) for side in sides)
