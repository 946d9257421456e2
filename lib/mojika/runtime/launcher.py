"""The processes of one training end with the torchrun that started them, also where that is killed outright."""

import os
import signal
import threading
import time

PATIENCE = 30.0  # seconds between the two signals, as long as torchrun itself waits


def end_with_launcher() -> None:
    """Where torchrun started this process, watch it: once it is gone, SIGTERM asks for a last save, and SIGALRM ends
    what has not saved by then, such as a process that waits for others. Call it first: only from here on it is watched.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        threading.Thread(target=_end_without, args=(os.getppid(),), daemon=True).start()


def _end_without(launcher: int) -> None:
    while os.getppid() == launcher:
        time.sleep(1)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)  # by the system: no thread runs beside one that holds Python's lock
    os.kill(os.getpid(), signal.SIGTERM)
