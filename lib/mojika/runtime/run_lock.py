"""One process per run folder: a file lock that says who holds it."""

import json
import os
import socket
from pathlib import Path
from typing import Any

from mojika.locks import lock


class RunHeldElsewhere(Exception):
    """Another live process trains in this folder."""


class RunLock:
    """Context manager around `<folder>/lock`, or another file that stands for `what` is worked on; the kernel releases
    it with the process, however that ends.

    On file systems without locks the file says who holds it, which keeps out processes of the same machine only.
    Raises `RunHeldElsewhere` with pid and host of the holder.
    """

    def __init__(self, what: Path, path: Path | None = None, worked_on: str = "is being trained"):
        self.what, self.path, self.worked_on = what, path or what / "lock", worked_on

    def __enter__(self) -> "RunLock":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self.path, "a+")
        try:
            held = not lock(self._file, wait=False) and self._holder_lives()
        except BlockingIOError:
            held = True
        if held:
            holder = self._holder()
            self._file.close()
            who = f"process {holder['pid']} on {holder['host']}" if holder else "another process"
            raise RunHeldElsewhere(f"{self.what} {self.worked_on} by {who}")
        self._record({"pid": os.getpid(), "host": socket.gethostname(), "began": _beginning(os.getpid())})
        return self

    def __exit__(self, *_: object) -> None:
        self._record({})
        self._file.close()

    def _record(self, holder: dict[str, Any]) -> None:
        self._file.seek(0)
        self._file.truncate()
        json.dump(holder, self._file)
        self._file.flush()

    def _holder(self) -> dict[str, Any]:
        self._file.seek(0)
        try:
            holder: dict[str, Any] = json.load(self._file)
        except ValueError:
            return {}
        return holder

    def _holder_lives(self) -> bool:
        """Whether it is the process that wrote the file, and not one that has its number since, or since a reboot."""
        holder = self._holder()
        if not holder or holder["host"] != socket.gethostname() or holder["pid"] == os.getpid():
            return False
        try:
            os.kill(holder["pid"], 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # of another user
        began = _beginning(holder["pid"])
        return not began or holder.get("began", began) == began


def _beginning(pid: int) -> str:
    """When the machine started and when the process did, by a clock that nobody sets; empty where that is hidden."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[19]}"
    except OSError:
        return ""
