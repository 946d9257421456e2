"""Training by several processes whose torchrun is killed outright: `bash tests/run.sh --faults`."""

import signal
import time
from pathlib import Path

import pytest
from test_kills import works
from torchrun import children

from mojika.runtime.launcher import PATIENCE
from mojika.training.checkpoints import LAST

SECONDS = 300


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.timeout(4 * SECONDS)
def test_training_ends_with_its_torchrun_and_goes_on_with_another(given, tmp_path):
    work, log = works(given)["torchrun"], tmp_path / "log"
    process = work.start(tmp_path, log)
    begin = time.monotonic()
    while not list(tmp_path.rglob(LAST)):
        assert process.poll() is None and time.monotonic() - begin < SECONDS, log.read_text()
        time.sleep(0.1)
    workers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    begin = time.monotonic()
    while any(map(lives, workers)):
        assert time.monotonic() - begin < SECONDS, log.read_text()
        time.sleep(0.1)
    print(
        f"{len(workers)} processes ended {time.monotonic() - begin:.0f} s after torchrun (at most {PATIENCE:.0f} idle)"
    )
    work.finish(tmp_path, log)
