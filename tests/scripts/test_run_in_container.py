"""run.sh against a fake Docker engine that records how it was called."""

import os
import pty
import subprocess
from pathlib import Path

import pytest
from fake_checkout import Checkout
from fake_engine import DOCKER, last_call, mounts


@pytest.fixture
def engine(checkout: Checkout) -> Checkout:
    checkout.fake("docker", DOCKER)
    return checkout


def verbs(checkout: Checkout) -> list[str]:
    """`build` and `run` in the order in which they were asked for."""
    return [verb for verb in (call.split()[0] for call in checkout.calls("docker")) if verb in ("build", "run")]


def test_missing_image_is_built_and_then_used(engine: Checkout):
    result = engine.run("mojika", "--help")
    assert (result.returncode, verbs(engine)) == (0, ["build", "run"])
    assert last_call(engine, "run")[-3:] == ["mojika", "mojika", "--help"]
    assert "building the image" in result.stderr and "minutes" in result.stderr


def test_standard_output_belongs_to_the_command(engine: Checkout):
    assert engine.run("true").stdout == ""


def test_present_image_is_not_built_again(engine: Checkout):
    engine.run("true")
    result = engine.run("true")
    assert (verbs(engine), result.stderr) == (["build", "run", "run"], "")


@pytest.mark.parametrize("name", ["requirements.txt", "Dockerfile", "packages.txt", "pyproject.toml"])
def test_image_of_other_requirements_is_built_again(engine: Checkout, name: str):
    engine.run("true")
    with (engine.root / name).open("a") as file:
        file.write("# changed\n")
    result = engine.run("true")
    assert verbs(engine) == ["build", "run", "build", "run"]
    assert "requirements changed" in result.stderr


def test_image_that_somebody_built_without_labels_is_built_again(engine: Checkout):
    (engine.log / "image").write_text("||\n")
    engine.run("true")
    assert verbs(engine) == ["build", "run"]


def test_failed_build_runs_nothing(engine: Checkout):
    engine.fake("docker", DOCKER.replace('echo "Successfully built"', "exit 1"))
    result = engine.run("true")
    assert (result.returncode, verbs(engine)) == (2, ["build"])
    assert "could not be built" in result.stderr


def test_wheel_index_is_remembered_until_another_is_named(engine: Checkout):
    index = "https://example.org/whl/cu126"
    engine.environment["TORCH_INDEX"] = index
    engine.run("true")
    assert f"TORCH_INDEX={index}" in last_call(engine, "build")
    del engine.environment["TORCH_INDEX"]
    engine.run("true")
    assert verbs(engine) == ["build", "run", "run"]
    (engine.root / "packages.txt").write_text("fonts-noto-core\n")
    engine.run("true")
    assert f"TORCH_INDEX={index}" in last_call(engine, "build")
    engine.environment["TORCH_INDEX"] = ""
    engine.run("true")
    assert "TORCH_INDEX=" in last_call(engine, "build")


def test_gpus_are_asked_for_only_where_one_is_visible(engine: Checkout):
    engine.run("true")
    assert "--gpus" not in last_call(engine, "run")
    engine.fake("nvidia-smi", "echo 'No devices were found'; exit 6")
    engine.run("true")
    assert "--gpus" not in last_call(engine, "run")
    engine.fake("nvidia-smi", "echo 'GPU 0: Tesla V100-SXM2-16GB (UUID: GPU-0)'; echo 'GPU 1: Tesla V100-SXM2-16GB'")
    engine.run("true")
    said = engine.run("true").stderr
    assert "--gpus" not in last_call(engine, "run")
    assert len(said.splitlines()) == 1 and "NVIDIA Container Toolkit" in said
    engine.fake("nvidia-ctk")
    engine.run("true")
    options = last_call(engine, "run")
    assert options[options.index("--gpus") + 1] == "all"
    assert engine.run("--cpu", "true").stderr == ""
    assert "--gpus" not in last_call(engine, "run") and "CUDA_VISIBLE_DEVICES=" in last_call(engine, "run")
    engine.run("--gpus", "device=1", "true")
    options = last_call(engine, "run")
    assert options[options.index("--gpus") + 1] == "device=1"


def test_files_belong_to_the_caller_and_signals_reach_the_command(engine: Checkout):
    engine.run("true")
    options = last_call(engine, "run")
    assert options[options.index("--user") + 1] == f"{os.getuid()}:{os.getgid()}"
    assert {"--rm", "--init", "--ipc=host"} <= set(options)


def test_caller_is_root_inside_a_rootless_engine(engine: Checkout):
    engine.environment["SECURITY"] = "[name=seccomp,profile=builtin name=rootless name=cgroupns]"
    engine.run("true")
    options = last_call(engine, "run")
    assert options[options.index("--user") + 1] == "0:0"


def test_checkout_data_and_runs_are_mounted_from_a_path_with_a_space(engine: Checkout):
    engine.run("true")
    root = engine.root
    assert " " in str(root)
    assert mounts(engine) == {
        "/mojika": f"{root}",
        "/mojika/input": f"{root}/input",
        "/mojika/models": f"{root}/models",
    }
    assert (root / "input" / "cache" / "home").is_dir() and (root / "models").is_dir()


def test_linked_data_folder_is_mounted_from_the_disk_it_points_to(engine: Checkout, tmp_path: Path):
    disk = tmp_path / "large disk"
    disk.mkdir()
    (engine.root / "input").symlink_to("../large disk")
    engine.run("true")
    assert mounts(engine)["/mojika/input"] == str(disk)


def test_real_data_are_mounted_where_they_are(engine: Checkout, tmp_path: Path):
    (tmp_path / "real").mkdir()
    engine.environment["MOJIKA_REAL_DATA"] = str(tmp_path / "real")
    engine.run("true")
    assert mounts(engine)["/real_data"] == f"{tmp_path}/real readonly"
    assert "MOJIKA_REAL_DATA=/real_data" in last_call(engine, "run")


def test_without_a_terminal_none_is_asked_for_but_input_can_be_piped(engine: Checkout):
    engine.run("true")
    options = last_call(engine, "run")
    assert "--interactive" in options and "--tty" not in options


def test_terminal_is_passed_on(engine: Checkout):
    controller, terminal = pty.openpty()
    try:
        engine.run(stdin=terminal, stdout=terminal)
        assert {"--interactive", "--tty"} <= set(last_call(engine, "run"))
        engine.run("mojika", "--help", stdin=terminal, stdout=subprocess.PIPE)
        assert "--tty" not in last_call(engine, "run")
    finally:
        os.close(controller)
        os.close(terminal)


@pytest.mark.parametrize("status", [0, 1, 2, 75, 143])
def test_exit_status_is_passed_on(engine: Checkout, status: int):
    engine.environment["STATUS"] = str(status)
    assert engine.run("mojika", "status").returncode == status


@pytest.mark.parametrize("name", ["CI", "CUDA_VISIBLE_DEVICES", "MOJIKA_SETTINGS", "OMP_NUM_THREADS"])
def test_variables_are_passed_on(engine: Checkout, name: str):
    engine.run("true")
    call = last_call(engine, "run")
    assert call[call.index(name) - 1] == "--env"


def test_credentials_for_object_stores_are_passed_on_without_being_shown(engine: Checkout, tmp_path: Path):
    (tmp_path / "key.json").write_text("{}")
    engine.environment |= {
        "AWS_SECRET_ACCESS_KEY": "swordfish",
        "AWS_ENDPOINT_URL": "http://host:9000",
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "key.json"),
    }
    engine.run("true")
    call, place = last_call(engine, "run"), "/credentials/GOOGLE_APPLICATION_CREDENTIALS"
    assert {"AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", f"GOOGLE_APPLICATION_CREDENTIALS={place}"} <= set(call)
    assert mounts(engine)[place] == f"{tmp_path}/key.json readonly" and "swordfish" not in str(call)


def test_arguments_arrive_as_they_were_given(engine: Checkout):
    arguments = ["bash", "-c", "echo $1 * 'x'", "a b", "", "--local"]
    engine.run(*arguments)
    assert last_call(engine, "run")[-len(arguments) :] == arguments


def test_started_from_another_directory_and_through_a_link(engine: Checkout, tmp_path: Path):
    link = tmp_path / "mojika"
    link.symlink_to(engine.root / "run.sh")
    result = subprocess.run([link, "true"], env=engine.environment, cwd="/", stdin=subprocess.DEVNULL)
    assert result.returncode == 0
    assert mounts(engine)["/mojika"] == str(engine.root)


def test_silent_engine_is_named_in_one_line_with_the_way_out(engine: Checkout):
    engine.fake("docker", "printf '\\nCannot connect to the Docker daemon. Is it running?\\n' >&2; exit 1")
    result = engine.run("mojika", "--help")
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert "Cannot connect" in result.stderr and "./run.sh --local" in result.stderr


def test_missing_docker_is_named_in_one_line_with_the_way_out(checkout: Checkout):
    result = checkout.run()
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert "not installed" in result.stderr and "./run.sh --local" in result.stderr


def test_unknown_option_and_help(checkout: Checkout):
    result = checkout.run("--gpu", "mojika")
    assert result.returncode == 2 and "--gpu" in result.stderr
    result = checkout.run("--help")
    assert result.returncode == 0 and "--local" in result.stdout
