"""Probabilities of n-grams from their counts.

Interpolated, modified Kneser-Ney smoothing: S. F. Chen and J. Goodman, "An Empirical Study of Smoothing Techniques for
Language Modeling", TR-10-98, Harvard 1998. Rare n-grams can be left out: their share goes to what is one token shorter,
so the probabilities still sum to one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mojika.language.counts import Ngrams, Numbers

Discounts = tuple[float, float, float]  # of what occurs once, twice, and more often


@dataclass(frozen=True, eq=False)
class Level:
    """The n-grams of one order that a model keeps, sorted by `prefix` and `token` as in `Ngrams`.

    `probability` is that of the token after the prefix, `backoff` the share of a shorter context after the n-gram
    itself: 1 where nothing longer is kept.
    """

    prefix: Numbers
    token: Numbers
    probability: NDArray[np.float64]
    backoff: NDArray[np.float64]


def smoothed(
    ngrams: Sequence[Ngrams],
    alphabet: int,
    least: Sequence[int] = (),
    discounts: Sequence[Discounts] | None = None,
) -> tuple[list[Level], float]:
    """A level for each order, and the probability of any one token that never occurred.

    `alphabet` is the number of all tokens that could occur. n-grams of length n that occur less than `least[n - 1]`
    times, or the last of `least`, are left out; `least` does not fall, so what is within a longer n-gram stays.
    `discounts` are estimated from the counts by default, for each order.
    """
    kept = [own.counts >= (least[min(n, len(least) - 1)] if least else 1) for n, own in enumerate(ngrams)]
    levels: list[Level] = []
    shorter, unseen = np.full(1, 1 / alphabet), 0.0  # the probabilities of the level before, by row
    for n, (own, stays) in enumerate(zip(ngrams, kept, strict=True)):
        counts = own.counts if n == len(ngrams) - 1 else own.contexts
        by = discounts[n] if discounts else estimated_discounts(counts)
        contexts = len(ngrams[n - 1]) if n else 1
        total = np.bincount(own.prefix, counts, contexts)
        known = np.divide(np.maximum(counts - np.array([0.0, *by])[np.minimum(counts, 3)], 0), total[own.prefix],
                          out=np.zeros(len(own)), where=total[own.prefix] > 0)  # fmt: skip
        left = 1 - np.bincount(own.prefix[stays], known[stays], contexts)
        left[total == 0] = 1
        if n == 0:
            unseen = float(left[0]) / alphabet
        probability = known + left[own.prefix] * shorter[own.suffix]
        if n:
            levels[-1].backoff[:] = left[kept[n - 1]]
        number = np.cumsum(kept[n - 1]) - 1 if n else np.zeros(1, np.int64)
        backoff = np.ones(int(stays.sum()))
        levels.append(Level(number[own.prefix[stays]], own.token[stays], probability[stays], backoff))
        shorter = probability
    return levels, unseen


def estimated_discounts(counts: Numbers) -> Discounts:
    """From how many n-grams occur once, twice, three and four times; Chen and Goodman 1998, equation 26.

    Where there are too few for that, 0.5, 1 and 1.5.
    """
    of = [float((counts == count).sum()) for count in range(5)]
    if not all(of[1:]):
        return 0.5, 1.0, 1.5
    share = of[1] / (of[1] + 2 * of[2])
    one, two, three = (count - (count + 1) * share * of[count + 1] / of[count] for count in (1, 2, 3))
    return min(max(one, 0.0), 1.0), min(max(two, 0.0), 2.0), min(max(three, 0.0), 3.0)
