"""How far a long loop is: a bar with rate and time left on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

T = TypeVar("T")
_SECONDS_BETWEEN_LINES = 10.0


def track(iterable: Iterable[T], *, total: int, description: str, unit: str = "page") -> Iterator[T]:
    """Yield the items of `iterable` and show on standard error how many of `total` are done."""
    if sys.stderr.isatty():
        yield from _bar(iterable, total, description, unit)
    else:
        yield from _lines(iterable, total, description, unit)


class _Rate(ProgressColumn):
    def __init__(self, unit: str):
        super().__init__()
        self.unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.1f} {self.unit}s/s" if speed else "")


def _bar(iterable: Iterable[T], total: int, description: str, unit: str) -> Iterator[T]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(unit), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield from progress.track(iterable, total=total, description=description)


def _lines(iterable: Iterable[T], total: int, description: str, unit: str) -> Iterator[T]:
    start = reported = first = time.monotonic()
    done = 0
    for item in iterable:
        yield item
        done += 1
        now = time.monotonic()
        if done == 1:
            first = now  # before it models were loaded
        if now - reported >= _SECONDS_BETWEEN_LINES and done < total:
            print(_line(description, unit, done, total, now - first), file=sys.stderr, flush=True)
            reported = now
    seconds = time.monotonic() - start
    rate = done / seconds if seconds > 0 else 0.0
    line = f"{description}: {done:,}/{total:,} {unit}s, {rate:,.1f} {unit}s/s, {clock(seconds)}"
    print(line, file=sys.stderr, flush=True)


def _line(description: str, unit: str, done: int, total: int, since_first: float) -> str:
    """Rate and time left of the items after the first one, which waits for what is loaded; none of these before."""
    line = f"{description}: {done:,}/{total:,} {unit}s"
    if done < 2 or since_first <= 0:
        return line
    rate = (done - 1) / since_first
    return f"{line}, {rate:,.1f} {unit}s/s, {clock((total - done) / rate)} left"


def clock(seconds: float) -> str:
    """`m:ss`, or `h:mm:ss`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
