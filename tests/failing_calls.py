"""System calls of a process that write below a folder, counted, and one of them refused, whatever library makes it.

The process puts a filter on itself (seccomp's user notification, Linux 5.5), which asks this one about each such call
of all its threads and children. So nothing that writes goes past, be it libstdc++, SQLite or Arrow.
"""

import array
import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# Numbers on x86-64 and on 64-bit ARM (None: not there), and the argument that holds the file or the path.
_CALLS: dict[str, list[tuple[int | None, int | None, int]]] = {
    "write": [
        (1, 64, 0), (18, 68, 0), (20, 66, 0), (296, 70, 0), (328, 287, 0),  # write, pwrite64, writev, pwritev, pwritev2
        (40, 71, 0), (326, 285, 2),  # sendfile, copy_file_range
    ],
    "size": [(77, 46, 0), (285, 47, 0)],  # ftruncate, fallocate
    "sync": [(74, 82, 0), (75, 83, 0)],  # fsync, fdatasync
    "close": [(3, 57, 0)],
    "open": [(2, None, 0), (257, 56, 1)],  # open, openat
    "folder": [(83, None, 0), (258, 34, 1)],  # mkdir, mkdirat
    "rename": [(82, None, 1), (264, 38, 3), (316, 276, 3)],  # rename, renameat, renameat2: the new name
    "link": [(86, None, 1), (265, 37, 3), (88, None, 1), (266, 36, 2)],  # link, linkat, symlink, symlinkat
}  # fmt: skip
_OF_FILES = ("write", "size", "sync", "close")
# What each kind of call may say: a full disk, a broken one, a server that refuses.
ERRORS = {
    "write": (errno.ENOSPC, errno.EIO),
    "size": (errno.ENOSPC, errno.EIO),
    "sync": (errno.EIO, errno.ENOSPC),
    "close": (errno.EIO, errno.EDQUOT),
    "open": (errno.ENOSPC, errno.EIO),
    "folder": (errno.ENOSPC, errno.EIO),
    "rename": (errno.EACCES, errno.EIO),
    "link": (errno.ENOSPC, errno.EPERM),
}
_LASTS = errno.ENOSPC, errno.EDQUOT
_NEEDS_ROOM = ("write", "size", "open", "folder", "link")
_MACHINES = {"x86_64": (0xC000003E, 317), "aarch64": (0xC00000B7, 277)}  # what the filter sees, number of seccomp
_AT_FDCWD = -100
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_SECONDS = 240


@dataclass(frozen=True)
class Call:
    """`path` is relative to the folder, with its links resolved."""

    kind: str
    path: str


@dataclass(frozen=True)
class Refusal:
    """The call number `at`, from 0, fails with `error`; a disk that is full then stays full."""

    at: int
    error: int


@dataclass(frozen=True)
class Outcome:
    """How the process ended, what it said on standard error, and its calls before and after the refusal."""

    status: int
    said: str
    calls: tuple[Call, ...]


def missing() -> str | None:
    """Why no such process can be watched here; None where it can."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return "needs Linux on x86-64 or 64-bit ARM"
    actions = Path("/proc/sys/kernel/seccomp/actions_avail")
    if not actions.exists() or "user_notif" not in actions.read_text():
        return "needs a kernel with seccomp's user notifications (5.5)"
    try:
        outcome = watched(lambda: 0, Path("/nowhere"), Path(os.devnull))
    except OSError as error:
        return f"this process may not watch another's calls: {error}"
    return None if outcome.status == 0 else "this process may not watch another's calls"


def watched(work: Callable[[], int], folder: Path, log: Path, refusal: Refusal | None = None) -> Outcome:
    """Do `work` in a fork of this process, which says what it says into `log`, outside `folder`."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        _work_and_exit(work, log, theirs)
    theirs.close()
    with ours:
        received = array.array("i")
        _, ancillary, _, _ = ours.recvmsg(1, socket.CMSG_SPACE(received.itemsize))
    if not ancillary:
        os.waitpid(child, 0)
        raise OSError(log.read_text() or "no filter")
    received.frombytes(ancillary[0][2][: received.itemsize])
    watch = _Watch(received[0], str(folder.resolve()), refusal)
    try:
        status = watch.until_end_of(child)
    finally:
        os.close(received[0])
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    return Outcome(status, log.read_text(errors="replace"), tuple(watch.calls))


def _work_and_exit(work: Callable[[], int], log: Path, report: socket.socket) -> None:
    status = 1
    try:
        os.setsid()
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(file, 2)
        sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8") for number in (1, 2))  # noqa: SIM115
        listener = _listen()
        socket.send_fds(report, [b"1"], [listener])
        os.close(listener)
        status = work()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 (as the interpreter would)
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _listen() -> int:
    """Put the filter on this process; the file that its calls are asked about through."""
    architecture, seccomp = _MACHINES[platform.machine()]
    column = list(_MACHINES).index(platform.machine())
    numbers = [call[column] for calls in _CALLS.values() for call in calls if call[column] is not None]
    load, equal, end, ask, allow = 0x20, 0x15, 0x06, 0x7FC00000, 0x7FFF0000
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (end, 0, 0, allow), (load, 0, 0, 0)]
    program += [(equal, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    program += [(end, 0, 0, allow), (end, 0, 0, ask)]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    whole = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges, which lets every user have a filter
    listener = libc.syscall(seccomp, 1, 8, whole)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


class _Watch:
    def __init__(self, listener: int, folder: str, refusal: Refusal | None):
        column = list(_MACHINES).index(platform.machine())
        self.listener, self.folder, self.refusal = listener, folder, refusal
        self.calls: list[Call] = []
        self._known = {
            call[column]: (kind, call[2])
            for kind, calls in _CALLS.items()
            for call in calls
            if call[column] is not None
        }

    def until_end_of(self, child: int) -> int:
        """Answer until the process has ended; its exit status."""
        poll, deadline = select.poll(), time.monotonic() + _SECONDS
        poll.register(self.listener, select.POLLIN)
        while True:
            ready = poll.poll(50)
            if ready and ready[0][1] & select.POLLIN:
                self._answer()
                continue
            ended, status = os.waitpid(child, 0 if ready else os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > deadline:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return 124

    def _answer(self) -> None:
        asked = bytearray(80)
        try:
            fcntl.ioctl(self.listener, _RECEIVE, asked)
        except OSError:
            return  # the thread was interrupted, and asks again
        number, thread, _, call, _, _, *arguments = struct.unpack("QIIiIQ6Q", asked)
        error = 0
        if found := self._call(thread, call, arguments):
            error = self._error_of(found)
            self.calls.append(found)
        with suppress(OSError):  # it is no longer there
            fcntl.ioctl(self.listener, _SEND, struct.pack("QqiI", number, 0, -error, 0 if error else 1))

    def _error_of(self, call: Call) -> int:
        if self.refusal is None or len(self.calls) < self.refusal.at:
            return 0
        if len(self.calls) == self.refusal.at:
            return self.refusal.error
        stays_full = self.refusal.error in _LASTS and call.kind in _NEEDS_ROOM
        return self.refusal.error if stays_full else 0

    def _call(self, thread: int, number: int, arguments: list[int]) -> Call | None:
        """What is called, where that may change something below the folder."""
        kind, place = self._known[number]
        try:
            if kind in _OF_FILES:
                path = os.readlink(f"/proc/{thread}/fd/{_signed(arguments[place])}")
                if kind == "close" and path.startswith(self.folder) and not _is_written(thread, arguments[place]):
                    return None
            else:
                if kind == "open" and not arguments[place + 1] & (os.O_ACCMODE | os.O_CREAT):
                    return None
                folder = _signed(arguments[place - 1]) if place and number not in (82, 86, 88) else _AT_FDCWD
                path = _path(thread, folder, arguments[place])
        except OSError:
            return None
        path = path.removesuffix(" (deleted)")
        if path != self.folder and not path.startswith(self.folder + "/"):
            return None
        return Call(kind, os.path.relpath(path, self.folder))


def _signed(value: int) -> int:
    return ctypes.c_int(value & 0xFFFFFFFF).value


def _is_written(thread: int, file: int) -> bool:
    lines = Path(f"/proc/{thread}/fdinfo/{_signed(file)}").read_text().splitlines()
    return bool(int(next(line for line in lines if line.startswith("flags:")).split()[1], 8) & os.O_ACCMODE)


def _path(thread: int, folder: int, address: int) -> str:
    with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        text = memory.read(4096 - address % 4096)
        if b"\0" not in text:
            text += memory.read(4096)
    base = os.readlink(f"/proc/{thread}/{'cwd' if folder == _AT_FDCWD else f'fd/{folder}'}")
    path = os.path.join(base, os.fsdecode(text.split(b"\0")[0]))
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
