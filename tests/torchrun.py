"""Training by one process, or by several under torchrun, and what it leaves."""

import csv
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import torch
from programs import Plainly

from mojika.training.checkpoints import LAST, load_checkpoint

SECONDS = 240


def start(
    programs: Plainly, processes: int, program: Sequence[object], launcher: Plainly | None = None
) -> subprocess.Popen:
    """`python PROGRAM…` by so many processes, children of a plain `launcher`; what they print is in `stdout`."""
    if processes > 1:
        torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", processes, "--no-python"]
        program = [*torchrun, programs.tools / "python", *program]
    return (launcher or programs).start(program, env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"})


def finish(process: subprocess.Popen) -> str:
    output = process.communicate(timeout=SECONDS)[0]
    assert process.returncode == 0, output
    return output


def refusal(process: subprocess.Popen) -> str:
    """What a run says that refuses to begin."""
    output = process.communicate(timeout=SECONDS)[0]
    assert process.returncode != 0, output
    return output


def stop_one_of_two(process: subprocess.Popen, said: str) -> str:
    """Signal the second of a run's two processes once the run has said this; returns what it says from then on."""
    seen = ""
    for line in process.stdout:
        seen += line
        if said in line:
            break
    workers = children(process.pid)
    assert len(workers) == 2, seen
    os.kill(workers[1], signal.SIGUSR1)
    return process.communicate(timeout=SECONDS)[0]


def children(pid: int) -> list[int]:
    """Processes that torchrun started, whichever of its threads did."""
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def rows(folder: Path) -> list[dict[str, float]]:
    """The validations of a run, without the time that they took."""
    return [{name: float(value) for name, value in row.items() if name != "seconds"} for row in
            csv.DictReader((folder / "metrics.csv").open())]  # fmt: skip


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(folder / LAST)["model"]
