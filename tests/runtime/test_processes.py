import errno
import multiprocessing.synchronize
import os
import signal
import time

import pytest

from mojika.errors import UserError
from mojika.runtime.processes import done_by_workers


def squared_unless_killed(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01 if number else 60)
    return number**2


def test_a_worker_that_is_killed_ends_the_work_at_once():
    began = time.monotonic()
    with pytest.raises(UserError, match="one of 2 worker processes was killed.*again, with fewer workers"):
        list(done_by_workers(squared_unless_killed, [0, 1, 2, 3], 2))
    assert time.monotonic() - began < 50


def test_where_shared_memory_has_no_room_for_locks_fewer_workers_are_named(monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(multiprocessing.synchronize.SemLock, "__init__", full)
    with pytest.raises(UserError, match="2 worker processes need some kilobytes of /dev/shm: No space left on device"):
        list(done_by_workers(abs, [1, 2], 2))
