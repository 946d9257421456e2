"""Locks on open files, which the kernel frees with their process, however that ends; and file systems without locks."""

import errno
import fcntl
import os
from collections.abc import Callable
from typing import IO

_WITHOUT = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF, errno.EISDIR)


def lock(file: int | IO, *, wait: bool = True) -> bool:
    """Lock an open file for this process. False, and no lock, where the file system has none: NFS mounted with
    `nolock`, and for folders all NFS; some FUSE drives.

    Raises `BlockingIOError` where another process holds it, unless it is to `wait`.
    """
    return _locked(lambda: fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB))


def lock_byte(file: int | IO, place: int) -> bool:
    """As `lock`, one byte of the file; waits for it. Network file systems have such locks more often."""
    return _locked(lambda: fcntl.lockf(file, fcntl.LOCK_EX, 1, place, os.SEEK_SET))


def _locked(take: Callable[[], None]) -> bool:
    try:
        take()
    except OSError as error:
        if error.errno in _WITHOUT:
            return False
        raise
    return True
