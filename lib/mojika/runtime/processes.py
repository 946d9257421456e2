"""A function over many tasks in processes of their own, which leave nothing behind when the command is killed.

For work in Python that would hold the interpreter lock, such as drawing samples; `runtime.parallel` has threads.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import TypeVar

import cv2

from mojika.errors import ParameterError

Task = TypeVar("Task")
Result = TypeVar("Result")


def done_by_workers(
    function: Callable[[Task], Result], tasks: list[Task], workers: int
) -> Generator[Result, None, None]:
    """Yield what `function` makes of each task, as they are done; in processes when there are several workers.

    Who may stop earlier, as where a result cannot be written, closes the generator. Raises `UserError` as soon as one
    of the processes is killed, and where the machine has no room in /dev/shm for their locks.
    """
    workers = min(workers, len(tasks))
    if workers <= 1:
        yield from map(function, tasks)
        return
    context = multiprocessing.get_context("spawn")
    try:
        executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker)
    except OSError as error:
        raise ParameterError(
            f"{workers} worker processes need some kilobytes of /dev/shm: {error.strerror}; make room there, or work "
            "with one of {workers}"
        ) from None
    with executor as pool:
        futures = [pool.submit(function, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            raise ParameterError(
                f"one of {workers} worker processes was killed, as a system does that is out of memory; run the same "
                "command again, with fewer {workers}"
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin_worker() -> None:
    """A worker leaves Ctrl-C to its parent, keeps to one core, and does not outlive a parent that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: wait([parent.sentinel]) and os._exit(1), daemon=True).start()
