"""Exit statuses shared by `mojika` and `train.py`: 0 done, 2 user error, 75 interrupted and resumable, 1 a defect."""

import signal
import sys
from collections.abc import Callable

from mojika.errors import Interrupted, ParameterError, UserError

DONE, DEFECT, USER_ERROR, INTERRUPTED = 0, 1, 2, 75


def run_entry_point(program: str, entry: Callable[[], int]) -> int:
    """Run `entry`; a `UserError` becomes one line and status 2, an interruption status 75, a defect its traceback."""
    previous = signal.signal(signal.SIGTERM, _raise_interrupted)
    try:
        return entry()
    except UserError as error:
        text = error.with_flags() if isinstance(error, ParameterError) else str(error)
        print(f"{program}: error: {' '.join(text.split())}", file=sys.stderr)
        return USER_ERROR
    except (Interrupted, KeyboardInterrupt):
        print(f"{program}: interrupted; run the same command again to resume", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader (head, less) went away: no reader is left for an error message
        return DONE
    finally:
        signal.signal(signal.SIGTERM, previous)


def _raise_interrupted(signum: int, frame: object) -> None:
    raise Interrupted
