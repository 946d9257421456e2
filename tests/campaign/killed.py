"""Real processes that are killed at drawn moments until they have been killed often enough, and then run to the end."""

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOJIKA = ("-c", "import sys; from mojika.cli.main import main; sys.exit(main(sys.argv[1:]))")
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
STOPPED = 75  # the exit status of a run that was interrupted and can be resumed
SECONDS = 300
TINY = (
    "--model test_resnet --from-scratch --grayscale --scale-size 28 --input-size 24 --batch-size 8 --val-batch-size 16 "
    "--warmup-epochs 1 --base-lr 0.05 --device cpu --random-horizontal-flip 0 --amp off --workers 1 --epochs 6 "
    "--eval-every 3 --save-minutes 0.005 --ema-decay 0.9 --model-dir {out} --prefix run"
)
OF_THE_MOMENT = ("tensorboard", "events.", ".log", "metrics.csv", "environment", "args", ".lock", ".mojika")


@dataclass(frozen=True)
class Work:
    """A command, `{out}` in its arguments being the folder that it works in; by so many processes of torchrun."""

    name: str
    arguments: tuple[str, ...]
    kills: int
    program: tuple[str, ...] = MOJIKA
    processes: int = 1

    def start(self, out: Path, log: Path) -> subprocess.Popen:
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={self.processes}"]
        arguments = [argument.format(out=out) for argument in self.arguments]
        command = [sys.executable, *(launcher if self.processes > 1 else []), *self.program, *arguments]
        with log.open("a") as file:
            return subprocess.Popen(command, stdout=file, stderr=file, cwd=ROOT, start_new_session=True, env=_alone())

    def finish(self, out: Path, log: Path) -> None:
        process = self.start(out, log)
        assert process.wait(SECONDS) == 0, f"{self.name}: {log.read_text()[-2000:]}"


def _alone() -> dict[str, str]:
    threads = {"OMP_NUM_THREADS": "1", "MOJIKA_WORKERS": "1"}
    return os.environ | threads | {"PYTHONPATH": str(ROOT / "lib"), "PYTHONUNBUFFERED": "1"}


@dataclass
class Tally:
    """Kills that hit a running process, by signal, and what they left."""

    hits: dict[str, int] = field(default_factory=dict)
    finished: int = 0  # runs that were through before their moment came, and began anew

    def write(self, path: Path, work: Work) -> None:
        path.write_text(json.dumps({"work": work.name, "kills": self.hits, "finished": self.finished}) + "\n")


def killed_until_done(work: Work, out: Path, seconds: float, rng: random.Random, log: Path) -> Tally:
    """Run `work` in `out`, killed `work.kills` times at moments of the first `seconds`, then to the end."""
    tally = Tally()
    while sum(tally.hits.values()) < work.kills:
        process = work.start(out, log)
        number = rng.choice(SIGNALS)
        try:
            status = process.wait(seconds * rng.random())
        except subprocess.TimeoutExpired:
            _send(process, number, everyone=number == signal.SIGKILL)
            status = process.wait(SECONDS)
            _send(process, signal.SIGKILL, everyone=True)
            # before its handlers are there a process ends by the signal, and torchrun with 1 when its workers stop
            allowed = {-number, STOPPED, 0} | ({1, 128 + number} if work.processes > 1 else set())
            assert status in allowed, f"{work.name}: {number!r} gave {status}: {log.read_text()[-2000:]}"
            tally.hits[number.name] = tally.hits.get(number.name, 0) + 1
        else:
            assert status == 0, f"{work.name}: {log.read_text()[-2000:]}"
            tally.finished += 1
            _begin_anew(out)
    work.finish(out, log)
    return tally


def _send(process: subprocess.Popen, number: int, *, everyone: bool) -> None:
    with suppress(ProcessLookupError):
        if everyone:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


def _begin_anew(out: Path) -> None:
    """The finished output under another name, as a user would who wants it made again."""
    if out.exists():
        out.rename(out.with_name(f"{out.name}.{len(list(out.parent.iterdir()))}"))
    out.mkdir()
