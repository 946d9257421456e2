"""Few combinations that together hold every pair of levels of any two factors."""

from collections.abc import Sequence


def covering_array(*factors: Sequence[str]) -> list[tuple[str, ...]]:
    """p² combinations of one level of each factor, p being the least prime with as many levels and factors.

    An orthogonal array of strength two (Bush 1952): the level of factor k in combination (i, j) is i + k·j modulo p, so
    two factors determine i and j. A level that a factor does not have is replaced by one that it has.
    """
    prime = max(len(factors), *map(len, factors))
    while any(prime % number == 0 for number in range(2, prime)):
        prime += 1
    return [
        tuple(levels[(i + k * j) % prime % len(levels)] for k, levels in enumerate(factors))
        for i in range(prime)
        for j in range(prime)
    ]
