"""How the threads of OpenMP wait, chosen before the first library that has some is loaded."""

import os


def wait_passively() -> None:
    """Let OpenMP's idle threads sleep instead of spin, unless the user set `OMP_WAIT_POLICY`.

    Spinning threads save some microseconds a parallel region on a machine that does nothing else; beside other programs
    they take the cores away from whatever would end the wait. Call it before torch is imported: OpenMP reads the
    variable once. `benchmarks/busy_machine.py` measures both.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
