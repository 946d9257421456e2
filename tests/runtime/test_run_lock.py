import errno
import fcntl
import json
import os
import socket
import subprocess
import sys

import pytest

from mojika.runtime.run_lock import RunHeldElsewhere, RunLock


def test_second_process_is_told_who_holds_the_run(tmp_path):
    script = (
        "import sys; from pathlib import Path\n"
        "from mojika.runtime.run_lock import RunHeldElsewhere, RunLock\n"
        "try:\n    RunLock(Path(sys.argv[1])).__enter__()\n"
        "except RunHeldElsewhere as held:\n    print(held)\n"
    )
    with RunLock(tmp_path):
        told = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)
    assert f"is being trained by process {os.getpid()} on " in told.stdout


def test_lock_is_free_again_afterwards_also_after_a_holder_that_died(tmp_path):
    (tmp_path / "lock").write_text('{"pid": 1, "host": "gone"}')
    with RunLock(tmp_path), pytest.raises(RunHeldElsewhere):
        RunLock(tmp_path).__enter__()
    with RunLock(tmp_path):
        pass


def test_without_locks_the_process_that_is_written_in_the_file_holds_the_run_while_it_lives(tmp_path, monkeypatch):
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with subprocess.Popen(["sleep", "60"]) as other:
        (tmp_path / "lock").write_text(json.dumps({"pid": other.pid, "host": socket.gethostname()}))
        with pytest.raises(RunHeldElsewhere, match=f"process {other.pid}"):
            RunLock(tmp_path).__enter__()
        for began in ("another boot 1", "nothing of the kind"):  # its number was another process's
            holder = {"pid": other.pid, "host": socket.gethostname(), "began": began}
            (tmp_path / "lock").write_text(json.dumps(holder))
            with RunLock(tmp_path):
                pass
        other.kill()
    for _ in range(2):
        with RunLock(tmp_path):
            pass
