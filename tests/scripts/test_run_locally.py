"""run.sh --local against a fake Python that makes fake environments: what is made, when, and what a failure says."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from fake_checkout import PYTHON, Checkout


def installations(checkout: Checkout) -> int:
    return sum("--requirement" in call for call in checkout.calls("python"))


def environments_made(checkout: Checkout) -> int:
    return sum("-m venv" in call for name in ("python3.11", "python3") for call in checkout.calls(name))


def test_first_start_sets_up_and_says_that_it_takes_minutes(machine: Checkout):
    result = machine.run("--local", "sh", "-c", "echo $VIRTUAL_ENV; pwd")
    assert result.returncode == 0
    assert result.stdout.splitlines() == [f"{machine.root}/.venv", str(machine.root)]
    assert (environments_made(machine), installations(machine)) == (1, 1)
    assert "minutes" in result.stderr and "torch-2.13.0.whl (526.6 MB)" in result.stderr
    assert "rich" not in result.stderr


def test_second_start_does_nothing_but_run(machine: Checkout):
    machine.run("--local", "true")
    result = machine.run("--local", "sh", "-c", "exit 75")
    assert (result.returncode, result.stderr) == (75, "")
    assert (environments_made(machine), installations(machine)) == (1, 1)


def test_python_of_the_environment_comes_first(machine: Checkout):
    result = machine.run("--local", "python", "-V")
    assert result.stdout == "Python 3.11.7\n"


def test_arguments_arrive_as_they_were_given(machine: Checkout):
    result = machine.run("--local", "bash", "-c", 'printf "[%s]" "$@"', "name", "a b", "", "*", "--local")
    assert result.stdout == "[a b][][*][--local]"


def test_without_a_command_a_shell_reads_commands(machine: Checkout):
    machine.run("--local", "true")
    process = machine.start("--local", stdin=subprocess.PIPE)
    stdout, _ = process.communicate("command -v python; exit 3\n", timeout=60)
    assert (stdout, process.returncode) == (f"{machine.root}/.venv/bin/python\n", 3)


def test_the_command_takes_the_place_of_run_sh_so_that_signals_reach_it(machine: Checkout):
    machine.run("--local", "true")
    process = machine.start("--local", "bash", "-c", 'trap "exit 75" TERM; echo $$; while :; do sleep 0.05; done')
    assert int(process.stdout.readline()) == process.pid
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 75


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_other_requirements_are_installed_into_the_same_environment(machine: Checkout, name: str):
    machine.run("--local", "true")
    with (machine.root / name).open("a") as file:
        file.write("# changed\n")
    machine.run("--local", "true")
    machine.run("--local", "true")
    assert (environments_made(machine), installations(machine)) == (1, 2)


def test_other_python_version_is_noticed(machine: Checkout):
    machine.run("--local", "true")
    machine.environment["VERSION"] = "3.11.9"
    machine.run("--local", "true")
    assert installations(machine) == 2


def test_environment_without_its_python_is_made_anew(machine: Checkout):
    machine.run("--local", "true")
    (machine.root / ".venv" / "bin" / "python").unlink()
    assert machine.run("--local", "python", "-V").returncode == 0
    assert environments_made(machine) == 2


def test_environment_of_a_moved_checkout_is_made_anew(machine: Checkout):
    machine.run("--local", "true")
    machine.root = machine.root.rename(machine.root.with_name("elsewhere"))
    result = machine.run("--local", "sh", "-c", "echo $VIRTUAL_ENV")
    assert result.stdout == f"{machine.root}/.venv\n"
    assert environments_made(machine) == 2


def test_link_to_the_environment_of_another_checkout_is_refused_and_that_one_kept(machine: Checkout):
    machine.run("--local", "true")
    other = machine.root.rename(machine.root.with_name("other"))
    (other / ".venv" / ".mojika").write_text(f"{other}/.venv\n")
    shutil.copytree(other, machine.root, ignore=shutil.ignore_patterns(".venv"))
    (machine.root / ".venv").symlink_to(other / ".venv")
    result = machine.run("--local", "true")
    assert result.returncode == 2 and "another checkout" in result.stderr
    assert environments_made(machine) == 1 and (other / ".venv" / "bin" / "python").exists()


def test_link_to_an_empty_folder_becomes_the_environment(machine: Checkout):
    elsewhere = machine.root.with_name("larger disk")
    elsewhere.mkdir()
    (machine.root / ".venv").symlink_to(elsewhere)
    assert machine.run("--local", "true").returncode == machine.run("--local", "true").returncode == 0
    assert environments_made(machine) == 1 and (elsewhere / "bin" / "python").exists()


def test_failed_installation_shows_the_reason_and_is_repaired_by_the_next_start(machine: Checkout):
    (machine.log / "pip-fails").touch()
    result = machine.run("--local", "echo", "never")
    assert (result.returncode, result.stdout) == (2, "")
    assert "No matching distribution found for torch===2.13.0" in result.stderr
    (machine.log / "pip-fails").unlink()
    assert machine.run("--local", "echo", "now").stdout == "now\n"
    assert environments_made(machine) == 1


def test_interrupted_installation_is_repaired_even_when_the_old_requirements_come_back(machine: Checkout):
    requirements = machine.root / "requirements.txt"
    before = requirements.read_text()
    machine.run("--local", "true")
    requirements.write_text("rich==15.0.0\n")
    (machine.log / "pip-waits").touch()
    process = machine.start("--local", "true", start_new_session=True)
    wait_for(machine.log / "pip-started")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    (machine.log / "pip-waits").unlink()
    requirements.write_text(before)
    assert machine.run("--local", "true").returncode == 0
    assert installations(machine) == 3


def test_package_whose_installation_was_cut_off_does_not_pass_for_installed(machine: Checkout):
    (machine.log / "pip-fails").touch()
    machine.run("--local", "true")
    (machine.log / "pip-fails").unlink()
    packages = machine.root / ".venv" / "lib" / "python3.11" / "site-packages"
    for name in ("torch-2.13.0.dist-info", "rich-15.0.0.dist-info"):
        (packages / name).mkdir(parents=True)
        (packages / name / "METADATA").touch()
    (packages / "rich-15.0.0.dist-info" / "INSTALLER").touch()
    machine.run("--local", "true")
    assert [path.name for path in packages.iterdir()] == ["rich-15.0.0.dist-info"]


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)


def test_two_at_once_set_up_once(machine: Checkout):
    (machine.log / "pip-waits").touch()
    first = machine.start("--local", "echo", "first")
    wait_for(machine.log / "pip-started")
    second = machine.run("--local", "echo", "second")
    assert (first.communicate(timeout=60)[0], second.stdout) == ("first\n", "second\n")
    assert (environments_made(machine), installations(machine)) == (1, 1)
    assert "waiting" in second.stderr


def test_a_running_command_does_not_keep_others_waiting(machine: Checkout):
    first = machine.start("--local", "bash", "-c", "echo started; exec sleep 30")
    assert first.stdout.readline() == "started\n"
    (machine.root / "requirements.txt").write_text("rich==15.0.0\n")
    assert "waiting" not in machine.run("--local", "true").stderr
    first.kill()
    first.communicate(timeout=60)


def test_wheel_index_loosens_the_pins_of_torch_only_and_is_remembered(machine: Checkout):
    index = "https://example.org/whl/cu126"
    machine.environment["TORCH_INDEX"] = index
    machine.run("--local", "true")
    del machine.environment["TORCH_INDEX"]
    machine.run("--local", "true")
    assert installations(machine) == 1
    [call] = [call for call in machine.calls("python") if "--requirement" in call]
    assert f"--extra-index-url {index}" in call
    pinned = (machine.root / "requirements.txt").read_text()
    loosened = (machine.root / ".venv" / "requirements.txt").read_text()
    assert loosened == pinned.replace("torch===", "torch==").replace("torchvision===", "torchvision==") != pinned


def test_old_python_is_named_in_one_line(machine: Checkout):
    (machine.bin / "python3.11").unlink()
    machine.fake("python3", PYTHON)
    machine.environment["VERSION"] = "3.9.2"
    result = machine.run("--local", "true")
    assert result.returncode == 2
    assert "Python 3.11" in result.stderr.splitlines()[-1] and "found Python 3.9.2" in result.stderr.splitlines()[-1]
    assert not (machine.root / ".venv").exists()


def test_newer_python3_serves_where_there_is_no_3_11(machine: Checkout):
    (machine.bin / "python3.11").unlink()
    machine.fake("python3", PYTHON)
    machine.environment["VERSION"] = "3.12.3"
    assert machine.run("--local", "true").returncode == 0


def test_missing_venv_module_names_the_package(machine: Checkout):
    (machine.log / "no-venv-module").touch()
    result = machine.run("--local", "true")
    assert result.returncode == 2
    assert "apt-get install python3" in result.stderr.splitlines()[-1]


def test_too_little_disk_space_is_said_before_anything_is_downloaded(machine: Checkout):
    machine.fake("df", 'echo "Filesystem 1024-blocks Used Available"; echo "/dev/vda 9000000 6000000 3145728"')
    result = machine.run("--local", "true")
    assert result.returncode == 2
    assert "needs 9 GB" in result.stderr and "free are 3 GB" in result.stderr
    assert installations(machine) == 0


def test_with_hashes_what_is_not_listed_is_refused_by_pip(machine: Checkout):
    machine.run("--local", "true")
    machine.environment["MOJIKA_HASHES"] = "1"
    for _ in range(2):
        machine.run("--local", "true")
    calls = [call for call in machine.calls("python") if "--require-hashes" in call]
    assert len(calls) == 1 and "--force-reinstall --require-hashes --requirement=requirements.hashes.txt" in calls[0]
    machine.environment["TORCH_INDEX"] = "https://example.org/whl/cu126"
    refused = machine.run("--local", "true")
    assert refused.returncode == 2 and "leave TORCH_INDEX out" in refused.stderr
