"""What a person is told of a run on standard error: a line for each page, with the rate and the time left."""

import time
from collections.abc import Iterable, Iterator

from mojika.reader.page_work import PageResult
from mojika.runtime.lines import say
from mojika.runtime.progress import clock


def told(results: Iterable[PageResult], total: int) -> Iterator[PageResult]:
    """The results as they come, each told of unless its page was up to date. The rate is that of pages that were read,
    from when the first of them was begun, so loading the models does not count."""
    read, began = 0, 0.0
    for done, result in enumerate(results, start=1):
        if result.became == "read":
            read += 1
            now = time.monotonic()
            began = began or now - result.seconds
            say(_line(result, done, total, read / max(now - began, 1e-9)))
        elif result.became == "failed":
            say(f"failed: {result.fault}")
        yield result


def _line(result: PageResult, done: int, total: int, a_second: float) -> str:
    what = f"{result.characters:,} characters in {result.columns:,} columns" if result.characters else "no text"
    left = f", {clock((total - done) / a_second)} left" if done < total else ""
    return f"[{done:,}/{total:,}] {result.source}: {what}, {result.seconds:.1f} s; {60 * a_second:.1f} pages/min{left}"
