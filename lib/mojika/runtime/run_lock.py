"""One process per run folder: a file lock that says who holds it."""

import fcntl
import json
import os
import socket
from pathlib import Path


class RunHeldElsewhere(Exception):
    """Another live process trains in this folder."""


class RunLock:
    """Context manager around `<folder>/lock`; the kernel releases it with the process, however that ends.

    Raises `RunHeldElsewhere` with pid and host of the holder.
    """

    def __init__(self, folder: Path):
        self.path = folder / "lock"

    def __enter__(self) -> "RunLock":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self.path, "a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = self._read_holder()
            self._file.close()
            raise RunHeldElsewhere(f"{self.path.parent} is being trained by {holder}") from None
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "host": socket.gethostname()}, self._file)
        self._file.flush()
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _read_holder(self) -> str:
        self._file.seek(0)
        try:
            holder = json.load(self._file)
        except ValueError:
            return "another process"
        return f"process {holder['pid']} on {holder['host']}"
