"""Which pages of a book: `3-7,12,20-`."""

import re
from dataclasses import dataclass
from typing import Self

from mojika.errors import UserError

_RANGE = re.compile(r"\s*(\d+)\s*(?:(-)\s*(\d*))?\s*", re.ASCII)


@dataclass(frozen=True)
class PageSelection:
    """Ranges of page numbers that count from 1, the last one included; a range that ends in None goes to the end."""

    ranges: tuple[tuple[int, int | None], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """An argument type; raises `UserError` where the text is no such list."""
        return cls(tuple(_range(part, text) for part in text.split(",")))

    def of(self, count: int) -> list[int]:
        """The selected numbers of a book of `count` pages, rising, each once."""
        return [number for number in range(1, count + 1) if any(_within(number, each) for each in self.ranges)]

    def beyond(self, count: int) -> int | None:
        """The first number that was asked for by itself, or as the start or end of a range, and is not there."""
        numbers = (number for each in self.ranges for number in each if number is not None)
        return min((number for number in numbers if number > count), default=None)


def _range(part: str, text: str) -> tuple[int, int | None]:
    found = _RANGE.fullmatch(part)
    if not found:
        raise UserError(f"expected page numbers like 3-7,12,20-, found {text}")
    first = int(found[1])
    last = first if not found[2] else int(found[3]) if found[3] else None
    if first < 1 or (last is not None and last < first):
        raise UserError(f"expected rising page numbers from 1 on, found {part.strip()}")
    return first, last


def _within(number: int, range_: tuple[int, int | None]) -> bool:
    return range_[0] <= number <= (number if range_[1] is None else range_[1])
