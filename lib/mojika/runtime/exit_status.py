"""Exit statuses shared by `mojika` and `train.py`: 0 done, 2 user error, 75 interrupted and resumable, 1 a defect."""

import errno
import io
import os
import re
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from mojika.errors import Interrupted, ParameterError, UserError
from mojika.runtime.lines import in_one_line, say

DONE, DEFECT, USER_ERROR, INTERRUPTED = 0, 1, 2, 75
_OF_DEFECTS = (None, errno.EBADF, errno.EFAULT)  # of files that the program itself mixed up
_ADVICE = {
    errno.EACCES: "change its permissions, or choose another place",
    errno.EPERM: "change its permissions, or choose another place",
    errno.EROFS: "choose another place",
    errno.ENOSPC: "make room, and run the same command again",
    errno.EDQUOT: "make room, and run the same command again",
    errno.EISDIR: "expected a file, found a folder",
    errno.ENOTDIR: "expected a folder, found a file",
    errno.EEXIST: "expected a folder or nothing, found something else",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "its links lead in a circle",
    errno.EMFILE: "raise the limit of `ulimit -n`, or lower the number of workers",
}
_NO_UNICODE = re.compile("[\ud800-\udfff]")  # bytes of a name, as Python stands in for them; halves of characters


def run_entry_point(program: str, entry: Callable[[], int]) -> int:
    """Run `entry`; what the user or the machine is to blame for becomes one line and status 2, an interruption status
    75, a defect its traceback.

    To blame are a `UserError`, errors of the operating system about files, a full memory, and names of files that
    are not UTF-8 where they cannot be written. Text that the terminal's encoding lacks is printed as escapes.
    """
    previous = signal.signal(signal.SIGTERM, _raise_interrupted)
    _open_closed_streams()
    _escape_what_cannot_be_printed()
    try:
        status = entry()
        _flush()
        return status
    except (Interrupted, KeyboardInterrupt):
        print(f"{program}: interrupted; run the same command again to resume", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader (head, less) went away: no reader is left for an error message
        return DONE
    except Exception as error:
        line = one_line(error)
        if line is None:
            raise
        say(f"{program}: error: {line}")
        return USER_ERROR
    finally:
        signal.signal(signal.SIGTERM, previous)


def one_line(error: BaseException) -> str | None:
    """What to tell the user about an error that is theirs; None for a defect."""
    if isinstance(error, ParameterError):
        return in_one_line(error.with_flags())
    if isinstance(error, UserError):
        return in_one_line(str(error))
    if isinstance(error, OSError) and error.errno not in _OF_DEFECTS:
        return in_one_line(_of_system(error))
    if isinstance(error, RuntimeError) and str(error).startswith("Symlink loop from "):  # of pathlib
        return in_one_line(f"{error}; its links lead in a circle")
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.partition(".")[0] != "mojika":
        return (
            f"no {error.name} here: install what Mojika needs by `pip install .` in its folder, or use ./run.sh --local"
        )
    if isinstance(error, MemoryError):
        return in_one_line(f"not enough memory: {error or 'none is left'}; use fewer workers or smaller pages")
    if isinstance(error, UnicodeEncodeError) and _NO_UNICODE.search(error.object):
        name = _NO_UNICODE.sub("\N{REPLACEMENT CHARACTER}", error.object)
        return in_one_line(f"{name[:200]}: expected a name in UTF-8, found other bytes; rename the file")
    return None


def _of_system(error: OSError) -> str:
    place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes | os.PathLike) else ""
    advice = f"; {_ADVICE[error.errno]}" if error.errno in _ADVICE else ""
    return f"{place}{error.strerror or error}{advice}"


def _open_closed_streams() -> None:
    """What a parent closed (`>&-`) leads nowhere; its number would else be that of the next file that is opened."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115 (until the process ends)


def _escape_what_cannot_be_printed() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """A full disk behind standard output is found here, not after the end."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        with suppress(OSError):
            sys.stdout.close()  # or the interpreter tries it again at its end
        error.filename = "standard output"
        raise


def _raise_interrupted(signum: int, frame: object) -> NoReturn:
    raise Interrupted
