"""How many threads of OpenMP there are, and how they wait, chosen before the first library that has some is loaded."""

import os

from mojika.runtime.cpu_quota import available_cores


def wait_passively() -> None:
    """Let OpenMP's idle threads sleep instead of spin, unless the user set `OMP_WAIT_POLICY`.

    Spinning threads save some microseconds a parallel region on a machine that does nothing else; beside other programs
    they take the cores away from whatever would end the wait. Call it before torch is imported: OpenMP reads the
    variable once. `benchmarks/busy_machine.py` measures both.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def keep_to_quota() -> None:
    """As many threads in OpenMP as a container's quota pays for, unless the user set `OMP_NUM_THREADS`.

    More would be stopped together for the rest of each period. Call it before torch is imported.
    """
    if available_cores() < len(os.sched_getaffinity(0)):
        os.environ.setdefault("OMP_NUM_THREADS", str(available_cores()))
