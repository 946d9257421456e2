"""Programs as processes of their own that start at once: a server that has loaded torch and the like forks them.

To load those takes longer than most of what tests have programs do. Nothing of Mojika is loaded before the fork, and
`--tier all` starts every program plainly. This file is the server, the command that stands for `mojika` and `python` on
the PATH of scripts, and what tests call; as the command it runs without site-packages.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

TOOLS = Path(sys.executable).parent
LOADED = [
    "torch", "torchvision", "timm", "torch._dynamo", "torch.distributed.launcher.api", "torch.utils.tensorboard",
    "numpy", "pandas", "cv2", "yaml", "pyarrow.parquet", "PIL.Image", "scipy.optimize", "scipy.stats",
    "sklearn.metrics", "lightgbm", "optuna", "matplotlib.pyplot", "pytorch_optimizer",
]  # fmt: skip
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


# ---- what tests call ----


class Plainly:
    """Starts programs as anybody does; `tools` is a folder with `python` and `mojika`."""

    tools = TOOLS

    @property
    def path(self) -> str:
        """A PATH on which they are first."""
        return f"{self.tools}{os.pathsep}{os.environ['PATH']}"

    def start(self, arguments: Sequence[object], **others: Any) -> subprocess.Popen[str]:
        """`python ARGUMENTS…`; what it prints is in `stdout`, also its errors unless `stderr` says otherwise."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True} | others
        return subprocess.Popen([str(self.tools / "python"), *map(str, arguments)], **pipes)


class Forked(Plainly):
    """The same from a server, which lives until `end`. A program that is killed is gone when its output ends."""

    def __init__(self, folder: Path):
        self.tools, place = folder, folder / "door"
        for name, before in (("python", ""), ("mojika", f" {TOOLS / 'mojika'}")):
            command = f'exec {sys.executable} -I -S {Path(__file__)} {place}{before} "$@"'
            (folder / name).write_text(f"#!/bin/sh\n{command}\n")
            (folder / name).chmod(0o755)
        self.server = subprocess.Popen([sys.executable, __file__, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.server.stdout.readline() == b"ready\n"

    def end(self) -> None:
        self.server.communicate()


# ---- the command: asks the server, passes signals on, and ends as the program does ----


def ask(place: str, arguments: list[str]) -> NoReturn:
    if arguments[:1] and arguments[0].startswith("-") and arguments[0] not in ("-c", "-m"):
        os.execv(sys.executable, [sys.executable, *arguments])
    files = [number for number in map(int, os.listdir("/proc/self/fd")) if number < 3 or _is_inherited(number)]
    request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ), "files": files}
    line = socket.socket(socket.AF_UNIX)
    line.connect(place)
    for number in FORWARDED:
        signal.signal(number, lambda number, _: line.send(bytes([number])))
    text = json.dumps(request).encode()
    socket.send_fds(line, [len(text).to_bytes(4)], files)
    line.sendall(text)
    status = int.from_bytes(line.recv(4))
    if os.WIFSIGNALED(status):
        with suppress(OSError):
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status))


def _is_inherited(number: int) -> bool:
    with suppress(OSError):
        return os.get_inheritable(number)
    return False


# ---- the server ----


def serve(place: str) -> None:
    """Until its input ends. A program begins with the modules of `LOADED`, and is else as if it were started."""
    import gc
    import importlib
    import select

    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    door = socket.socket(socket.AF_UNIX)
    door.bind(place)
    door.listen(64)
    print("ready", flush=True)
    while door in select.select([door, sys.stdin], [], [])[0]:
        line, _ = door.accept()
        if os.fork() == 0:
            door.close()
            attend(line)
            return
        line.close()


def attend(line: socket.socket) -> None:
    """In a fork of the server, for each program: starts it, passes signals on to it, and says how it ended.

    Returns in the program, when that has ended; it is killed with what it started where the command was.
    """
    import select

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, files, _, _ = socket.recv_fds(line, 4, 64)
    request = json.loads(line.recv(int.from_bytes(head), socket.MSG_WAITALL))
    pid = os.fork()
    if pid == 0:
        line.close()
        become(request, files)
        return
    for number in [*files, 0, 1, 2]:
        os.close(number)
    ended = os.pidfd_open(pid)
    while ended not in select.select([line, ended], [], [])[0]:
        with suppress(ProcessLookupError):
            if number := line.recv(1):
                os.kill(pid, number[0])
            else:
                os.kill(pid, signal.SIGKILL)
                os.killpg(pid, signal.SIGKILL)
    with suppress(BrokenPipeError):
        line.sendall(os.waitpid(pid, 0)[1].to_bytes(4))
    os._exit(0)


def become(request: dict[str, Any], files: list[int]) -> None:
    """Be the program asked for, as `python ARGUMENTS…` would."""
    import fcntl
    import io
    import runpy

    os.setsid()
    high = [fcntl.fcntl(number, fcntl.F_DUPFD, 256) for number in files]
    os.closerange(3, 256)
    for number, meant in zip(high, request["files"], strict=True):
        os.dup2(number, meant)
        os.close(number)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for name, number, errors in (("stdout", 1, "strict"), ("stderr", 2, "backslashreplace")):
        raw = io.FileIO(number, "w", closefd=False)
        buffer = raw if unbuffered else io.BufferedWriter(raw)
        lines = {"line_buffering": number == 2, "write_through": unbuffered}
        setattr(sys, name, io.TextIOWrapper(buffer, "utf-8", errors, **lines))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    first, *rest = request["arguments"]
    if first in ("-c", "-m"):
        sys.argv, sys.path[0] = [first, *rest[1:]], ""
    else:
        sys.argv, sys.path[0] = [first, *rest], str(Path(first).resolve().parent)
    if first == "-c":
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    elif first == "-m":
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        ask(sys.argv[1], sys.argv[2:])
    serve(sys.argv[1])
