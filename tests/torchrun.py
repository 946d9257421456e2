"""Training by one process, or by several under torchrun, and what it leaves."""

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from mojika.training.checkpoints import LAST, load_checkpoint

SECONDS = 240


def start(processes: int, program: Sequence[object]) -> subprocess.Popen:
    """`python PROGRAM…` by so many processes; what they print is in `stdout`."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", processes] if processes > 1 else []
    return subprocess.Popen(
        list(map(str, [sys.executable, *launcher, *program])),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip


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
