"""Programs that a server forks are what `python` would have started, as far as scripts and signals can tell."""

import os
import signal
import subprocess
import sys

import pytest

WAITING = "import sys, time; print('on', flush=True); time.sleep(600)"
SCRIPT = """
echo hi | python -c "import os, sys; print(sys.argv, os.getcwd(), os.environ['COLOUR'], sys.stdin.read().strip())" a b
mojika --version
mojika none
echo $?
python -c "import os; os.kill(os.getpid(), 15)"
echo $?
python -c "print('written')" >file
"""


@pytest.fixture
def environment(programs) -> dict[str, str]:
    return os.environ | {"PATH": programs.path, "COLOUR": "red"}


def test_a_script_sees_arguments_folder_environment_pipes_and_status(environment, tmp_path):
    done = subprocess.run(
        ["bash", "-c", SCRIPT], env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    said, version, *rest = done.stdout.splitlines()
    assert said == f"['-c', 'a', 'b'] {tmp_path} red hi"
    assert version.startswith("mojika ") and rest == ["2", "143"] and (tmp_path / "file").read_text() == "written\n"
    assert "there is no none" in done.stderr


def test_a_signal_reaches_the_program_and_its_answer_comes_back(programs):
    answer = f"import signal, sys; signal.signal(signal.SIGUSR1, lambda *_: sys.exit(75)); {WAITING}"
    process = programs.start(["-c", answer])
    assert process.stdout.readline() == "on\n"
    process.send_signal(signal.SIGUSR1)
    assert process.communicate(timeout=60)[0] == "" and process.returncode == 75


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_of_a_script_whose_group_is_killed_nothing_is_left(environment, number):
    alive, held = os.pipe()  # open as long as anything lives that inherited it
    workers = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {WAITING!r}]); {WAITING}"
    process = subprocess.Popen(
        ["bash", "-c", 'python -c "$1"', "-", workers if number == signal.SIGKILL else WAITING], env=environment,
        start_new_session=True, pass_fds=[held], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(held)
    assert process.stdout.readline() == "on\n"
    os.killpg(process.pid, number)
    assert os.read(alive, 1) == b"" and process.wait(60) == -number
    os.close(alive)


def test_what_python_itself_is_asked_for_it_answers(environment):
    version = subprocess.run(["python", "-V"], env=environment, capture_output=True, text=True, check=True).stdout
    assert version.split()[1] == sys.version.split()[0]
