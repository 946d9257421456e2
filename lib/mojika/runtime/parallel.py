"""A function over many items in threads, for work that releases the interpreter lock: decoding, resizing, filtering.

Threads share memory and start at once. Work that holds the lock, like typesetting, goes to `runtime.processes`.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from mojika.runtime.cpu_quota import available_cores as available_cores

Item = TypeVar("Item")
Result = TypeVar("Result")


def ordered_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[Result, None, None]:
    """Yield `function(item)` in the order of the items, computed by `workers` threads a few items ahead.

    An exception is raised at its item's turn. When the consumer stops early, items in work are finished and no
    others begun.
    """
    with ThreadPoolExecutor(workers, "ordered_map") as pool:
        pending: deque[Future] = deque()
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) >= 2 * workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
