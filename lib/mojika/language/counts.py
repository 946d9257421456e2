"""How often character n-grams occur, order by order, and in how many contexts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ngrams:
    """All distinct n-grams of one order, sorted by `prefix`, the row of all but the last token among those one shorter,
    and by `token`, the last one. `suffix` is the row of all but the first token; of single tokens both are 0.

    `counts` are occurrences; `contexts` are the distinct tokens that stand before it, and one more if it begins a run.
    """

    prefix: Numbers
    token: Numbers
    suffix: Numbers
    counts: Numbers
    contexts: Numbers

    def __len__(self) -> int:
        return len(self.token)


def count_ngrams(runs: Sequence[Numbers], order: int) -> list[Ngrams]:
    """The n-grams of 1 to `order` tokens, none of which goes beyond its run; the longest have no contexts."""
    tokens = np.concatenate([*runs, np.empty(0, np.int64)])
    lengths = np.array([len(run) for run in runs], np.int64)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(tokens))  # tokens to the end of the run
    begins = np.flatnonzero(np.diff(np.repeat(np.arange(len(lengths)), lengths), prepend=-1))
    radix = int(tokens.max(initial=0)) + 1
    row = np.zeros(len(tokens), np.int64)  # of the n-gram that begins at each place
    shorter = np.zeros(len(tokens) + 1, np.int64)
    found: list[Ngrams] = []
    for length in range(1, order + 1):
        starts = np.flatnonzero(left >= length)
        keys = row[starts] * radix + tokens[starts + length - 1]
        distinct, first, rows, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        suffix = shorter[starts[first] + 1] if length > 1 else np.zeros(len(distinct), np.int64)
        if found:
            contexts = np.bincount(suffix, minlength=len(found[-1]))
            contexts[row[begins[left[begins] >= length - 1]]] += 1
            found[-1] = replace(found[-1], contexts=contexts)
        found.append(Ngrams(distinct // radix, distinct % radix, suffix, counts, np.zeros_like(counts)))
        row = np.zeros(len(tokens), np.int64)
        row[starts] = rows
        shorter = np.append(row, 0)
    return found
