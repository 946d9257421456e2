"""scripts/keep_running.sh: what cron may call as often as it likes."""

import time
from pathlib import Path

import pytest
from fake_stages import Stages, make_stages

SCRIPT = "scripts/keep_running.sh"


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    return make_stages(tmp_path)


def write(stages: Stages, name: str, text: str) -> str:
    (stages.root / name).write_text(f"set -euo pipefail\n{text}\n")
    return name


def log(stages: Stages) -> str:
    return (stages.root / "models" / "keep_running.log").read_text()


def wait_for(path: Path, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.02)


def test_scripts_run_in_order_from_the_root_and_cron_hears_nothing(stages):
    first = write(stages, "first.sh", "echo one; pwd")
    second = write(stages, "second.sh", "echo two >&2")
    done = stages.run(SCRIPT, first, second)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    *lines, last = [line.split("keep_running.sh: ")[-1] for line in log(stages).splitlines()]
    assert lines == ["first.sh", "one", str(stages.root), "second.sh", "two"]
    assert last == "all done; the line in the crontab can go"


def test_a_second_call_ends_at_once_while_the_first_is_at_work(stages):
    script = write(stages, "slow.sh", 'touch "$LOG/started"; while [[ ! -e $LOG/go ]]; do sleep 0.05; done')
    first = stages.start(SCRIPT, script)
    wait_for(stages.log / "started")
    started = time.monotonic()
    second = stages.run(SCRIPT, script)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert time.monotonic() - started < 5 and first.poll() is None
    (stages.log / "go").touch()
    assert first.communicate(timeout=20) == ("", "") and first.returncode == 0
    assert log(stages).count("keep_running.sh: slow.sh") == 1
    assert stages.run(SCRIPT, script).returncode == 0


def test_the_lock_outlives_a_call_that_is_killed_as_long_as_its_work_does(stages):
    script = write(
        stages, "slow.sh", 'touch "$LOG/started"; while [[ ! -e $LOG/go ]]; do sleep 0.05; done; touch "$LOG/end"'
    )
    first = stages.start(SCRIPT, script)
    wait_for(stages.log / "started")
    first.kill()
    first.communicate(timeout=20)
    assert stages.run(SCRIPT, script).returncode == 0
    assert log(stages).count("keep_running.sh: slow.sh") == 1
    (stages.log / "go").touch()
    wait_for(stages.log / "end")


def test_an_interrupted_script_ends_the_call_quietly_and_the_next_one_goes_on(stages):
    first = write(stages, "first.sh", 'if [[ ! -e $LOG/again ]]; then touch "$LOG/again"; exit 75; fi')
    second = write(stages, "second.sh", "echo two")
    done = stages.run(SCRIPT, first, second)
    assert (done.returncode, done.stderr) == (0, "")
    assert "first.sh: interrupted (status 75); the next call resumes" in log(stages) and "two" not in log(stages)
    assert stages.run(SCRIPT, first, second).returncode == 0
    assert "two" in log(stages)


def test_a_failure_is_told_to_cron_with_its_status(stages):
    script = write(stages, "wrong.sh", "echo reason; exit 2")
    done = stages.run(SCRIPT, script, write(stages, "never.sh", "echo never"))
    assert done.returncode == 2
    assert done.stderr == "keep_running.sh: wrong.sh failed with status 2; see models/keep_running.log\n"
    assert "reason" in log(stages) and "never" not in log(stages)


def test_a_stop_signal_reaches_the_program_at_work_which_saves_first(stages):
    program = 'trap \'sleep 0.5; touch "$LOG/saved"; exit 75\' TERM; touch "$LOG/started"; while :; do sleep 0.05; done'
    write(stages, "program.sh", program)
    script = write(stages, "stage.sh", "bash program.sh")
    process = stages.start(SCRIPT, script)
    wait_for(stages.log / "started")
    process.terminate()
    assert process.communicate(timeout=20) == ("", "") and process.returncode == 0
    assert (stages.log / "saved").exists()
    assert "stage.sh: interrupted" in log(stages)


def test_a_large_log_gives_way_and_three_old_ones_are_kept(stages):
    stages.environment["MOJIKA_LOG_MIB"] = "1"
    script = write(stages, "first.sh", "echo one")
    logs = stages.root / "models" / "keep_running.log"
    for number in range(5):
        logs.parent.mkdir(exist_ok=True)
        logs.write_text(f"{number}" * (2**20))
        assert stages.run(SCRIPT, script).returncode == 0
        assert logs.stat().st_size < 1000
    kept = sorted(logs.parent.glob("keep_running.log.*"))
    assert [(path.suffix, path.read_text()[0]) for path in kept] == [(".1", "4"), (".2", "3"), (".3", "2")]
    assert stages.run(SCRIPT, script).returncode == 0
    assert log(stages).count("\none\n") == 2  # a small one is gone on with


def test_the_log_of_work_that_lasts_is_kept_small_also_when_the_call_was_killed(stages):
    stages.environment["MOJIKA_LOG_MIB"] = "1"
    (stages.root / "scripts" / "keep_running.sh").write_text(
        (stages.root / "scripts" / "keep_running.sh").read_text().replace("log_seconds=60", "log_seconds=0.1")
    )
    line = "head -c 600000 /dev/zero | tr '\\0' x; sleep 0.1"
    script = write(stages, "chatty.sh", f'touch "$LOG/started"; while [[ ! -e $LOG/go ]]; do {line}; done; echo end')
    call = stages.start(SCRIPT, script)
    wait_for(stages.log / "started")
    call.kill()
    call.communicate(timeout=20)
    logs = stages.root / "models" / "keep_running.log"
    wait_for(logs.with_suffix(".log.3"), 240)
    (stages.log / "go").touch()
    deadline = time.monotonic() + 60
    while not log(stages).endswith("end\n"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert {path.name[16:] for path in logs.parent.glob("keep_running.log*")} <= {"", ".1", ".2", ".3", ".new"}


def test_without_locks_on_the_disk_the_machine_has_one(stages, tmp_path):
    flock = stages.root.parent / "bin" / "flock"
    flock.parent.mkdir(exist_ok=True)
    flock.write_text(
        '#!/bin/bash\nif [[ $(readlink /proc/self/fd/9) == */models/* ]]; then exit 71; fi\nexec /usr/bin/flock "$@"\n'
    )
    flock.chmod(0o755)
    stages.environment["PATH"] = f"{flock.parent}:{stages.environment['PATH']}"
    stages.environment["TMPDIR"] = str(tmp_path)
    script = write(stages, "slow.sh", 'touch "$LOG/started"; while [[ ! -e $LOG/go ]]; do sleep 0.05; done')
    first = stages.start(SCRIPT, script)
    wait_for(stages.log / "started")
    second = stages.run(SCRIPT, script)
    (stages.log / "go").touch()
    assert (first.communicate(timeout=20), first.returncode) == (("", ""), 0)
    assert (second.returncode, second.stderr, log(stages).count("keep_running.sh: slow.sh")) == (0, "", 1)


def test_a_full_disk_is_told_to_cron_and_the_next_call_goes_on(stages):
    script = write(stages, "works.sh", 'echo work; touch "$LOG/done"')
    stages.environment["MOJIKA_LOG"] = "/dev/full"
    full = stages.run(SCRIPT, script)
    assert full.returncode == 1 and full.stderr.endswith("works.sh failed with status 1; see /dev/full\n")
    del stages.environment["MOJIKA_LOG"]
    assert stages.run(SCRIPT, script).returncode == 0 and (stages.log / "done").exists()


def test_wrong_calls_are_refused(stages):
    done = stages.run(SCRIPT)
    assert done.returncode == 2 and "usage: scripts/keep_running.sh SCRIPT..." in done.stderr
    done = stages.run(SCRIPT, "scripts/reproduce.sh", "nothing.sh")
    assert done.returncode == 2 and done.stderr == "keep_running.sh: nothing.sh: no such script\n"
    assert not (stages.root / "models").exists()
