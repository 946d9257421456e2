"""Twelve hours of cron in some minutes: what is killed, rebooted and out of room is done in the end, as if undisturbed.

`scripts/keep_running.sh` is called again and again, as cron would, on a disk of its own where this may be mounted.
Between the calls, at drawn moments, a process of the work is killed, the call is stopped, the machine "reboots" (all is
killed at once, and the clock is another day's: the files that are there have dates of the future or of the past), or
the disk is full for a while.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from contents import contents, leftovers
from killed import OF_THE_MOMENT, ROOT, TINY
from test_kills import SEED

MINUTE = 3  # seconds
MINUTES, LIMIT = 48, 1200  # with disturbances, and until the end
DAY = 24 * 3600
EVENTS = ("nothing", "kill", "stop", "reboot", "full disk")
DISK = "size=96m"
STAGES = """set -euo pipefail
mojika sample glyphs models/glyphs --count 1500 --size 24 --classes 20 --workers 2
mojika preprocess {given}/pages models/preprocessed --workers 2
mojika pack --labels {given}/train.csv --images {given}/pages --scale-size 28 --channels 1 --out models/pack
python {root}/train.py {given}/train {given}/valid {train}
"""


class Machine:
    """A checkout whose `models` are a disk of their own, and the processes that were started in it."""

    def __init__(self, folder: Path, given: Path):
        self.folder, self.models = folder, folder / "models"
        (folder / "scripts").mkdir(parents=True)
        (folder / "bin").mkdir()
        self.models.mkdir()
        for name in ("keep_running.sh", "answer.sh"):
            shutil.copy(ROOT / "scripts" / name, folder / "scripts" / name)
        train = TINY.format(out="models/runs")
        (folder / "stages.sh").write_text(STAGES.format(given=given, root=ROOT, train=train))
        for name, start in (
            ("mojika", " -c 'import sys; from mojika.cli.main import main; sys.exit(main())'"),
            ("python", ""),
        ):
            (folder / "bin" / name).write_text(f'#!/bin/bash\nexec {sys.executable}{start} "$@"\n')
            (folder / "bin" / name).chmod(0o755)
        self.has_disk = subprocess.run(["mount", "-t", "tmpfs", "-o", DISK, "none", self.models]).returncode == 0

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill_all()
        if self.has_disk:
            subprocess.run(["umount", "-l", self.models])

    def call(self) -> subprocess.Popen:
        """What cron does."""
        threads = {
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(ROOT / "lib"),
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
        }
        environment = os.environ | threads | {"MOJIKA_MACHINE": str(self.folder)}
        command = ["bash", str(self.folder / "scripts" / "keep_running.sh"), "stages.sh"]
        with (self.folder / "mail").open("a") as mail:
            return subprocess.Popen(command, stdout=mail, stderr=mail, env=environment, start_new_session=True)

    def processes(self) -> Iterator[int]:
        mark = f"MOJIKA_MACHINE={self.folder}\0".encode()
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (path / "environ").read_bytes():
                    yield int(path.name)

    def kill_all(self) -> None:
        while alive := list(self.processes()):
            for pid in alive:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)

    def set_clock(self, seconds: float) -> None:
        for path in (self.models, *self.models.rglob("*")):
            with suppress(OSError):
                status = path.stat()
                os.utime(path, (status.st_atime - seconds, status.st_mtime - seconds))

    def fill_disk(self) -> None:
        with suppress(OSError), (self.models / "rest").open("wb", buffering=0) as rest:
            while True:
                rest.write(bytes(2**16))

    def log(self) -> str:
        with suppress(FileNotFoundError):
            return (self.models / "keep_running.log").read_text(errors="replace")
        return ""

    @property
    def is_done(self) -> bool:
        return "all done; the line in the crontab can go" in self.log()


def disturb(machine: Machine, event: str, last: subprocess.Popen, rng: random.Random) -> None:
    if event == "kill" and (alive := list(machine.processes())):
        with suppress(ProcessLookupError):
            os.kill(rng.choice(alive), signal.SIGKILL)
    elif event == "stop":
        for pid in [pid for pid in machine.processes() if pid == last.pid] or list(machine.processes())[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    elif event == "reboot":
        machine.kill_all()
        machine.set_clock(rng.choice((-2, 1)) * DAY * rng.random())
    elif event == "full disk" and machine.has_disk:
        machine.fill_disk()


def seconds_until_done(machine: Machine, rng: random.Random | None, tally: Counter) -> float:
    began, calls = time.monotonic(), []
    while not machine.is_done:
        assert time.monotonic() - began < LIMIT, machine.log()[-3000:]
        calls.append(machine.call())
        time.sleep(MINUTE)
        if rng and len(calls) <= MINUTES:
            (machine.models / "rest").unlink(missing_ok=True)  # room again
            event = rng.choice(EVENTS)
            tally[event] += bool(list(machine.processes()))
            disturb(machine, event, calls[-1], rng)
    for call in calls:
        call.wait(LIMIT)
    return time.monotonic() - began


@pytest.mark.timeout(3 * LIMIT)
def test_a_day_of_cron_ends_as_an_hour_without_disturbance(given, tmp_path, record_property):
    tally: Counter = Counter()
    with Machine(tmp_path / "whole", given) as whole, Machine(tmp_path / "broken", given) as broken:
        usual = seconds_until_done(whole, None, tally)
        seconds = seconds_until_done(broken, random.Random(f"{SEED} schedule"), tally)
        events = sum(tally.values())
        record_property("events of a day of cron survived / tried", (events, events))
        print(f"schedule: {events} events survived, {dict(tally)}, in {seconds:.0f} s instead of {usual:.0f}")
        expected, found = kept(whole.models), kept(broken.models)
        assert found.keys() == expected.keys()
        differing = [name for name, value in expected.items() if found[name] != value]
        assert differing == []
        assert leftovers(broken.models) == []
        assert tracebacks(broken.log()) == tracebacks((broken.folder / "mail").read_text()) == []


def tracebacks(text: str) -> list[str]:
    """Without those of Python's own process that looks after semaphores, whose clients are killed."""
    found = text.split("Traceback (most recent call last):\n")[1:]
    return [trace for trace in found if "resource_tracker.py" not in trace.partition("\n")[0]]


def kept(folder: Path) -> dict[str, object]:
    """Without what depends on the clock, as the last but one of the states that training saved does."""
    found = contents(folder).items()
    return {name: value for name, value in found if not any(part in name for part in (*OF_THE_MOMENT, "previous"))}
