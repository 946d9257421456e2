"""run.sh from another folder: where the command starts, which paths it finds, and what run.sh itself answers."""

from pathlib import Path

import pytest
from fake_checkout import PYTHON, Checkout
from fake_engine import DOCKER, last_call, mounts


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "own data"
    (folder / "scans").mkdir(parents=True)
    (folder / "scans" / "a.png").touch()
    return folder


@pytest.fixture
def engine(checkout: Checkout) -> Checkout:
    checkout.fake("docker", DOCKER)
    return checkout


def workdir(checkout: Checkout) -> str:
    options = last_call(checkout, "run")
    return options[options.index("--workdir") + 1]


def test_a_command_starts_where_one_stands_and_scripts_of_the_checkout_are_found(machine: Checkout, elsewhere: Path):
    script = machine.root / "scripts" / "show.sh"
    script.write_text('echo "$PWD" "$MOJIKA_CACHE" "$MOJIKA_KUZUSHIJI"; cat "$1"')
    (elsewhere / "scans" / "a.png").write_text("a page")
    machine.environment["MOJIKA_KUZUSHIJI"] = "scans"
    done = machine.run("--local", "bash", "scripts/show.sh", "scans/a.png", cwd=elsewhere)
    assert done.stdout == f"{elsewhere} {machine.root}/input/cache {elsewhere}/scans\na page"


def test_the_container_sees_where_one_stands_and_the_folders_that_are_named(engine: Checkout, elsewhere, tmp_path):
    for name in ("models", "out", "disk/pages", "more"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "models" / "best.model").touch()
    (elsewhere / "linked").symlink_to(tmp_path / "disk" / "pages")
    call = ["mojika", "recognize", "scans/a.png", "linked", "--models", "../models/best.model,../more/b.model"]
    engine.run(*call, f"--out={tmp_path}/out/new/text", "--title", "/usr/share", "s3://bucket/a", cwd=elsewhere)
    assert workdir(engine) == str(elsewhere)
    root = engine.root
    assert mounts(engine) == {
        "/mojika": f"{root}",
        "/mojika/input": f"{root}/input",
        "/mojika/models": f"{root}/models",
        **{str(place): str(place) for place in (elsewhere, tmp_path / "models", tmp_path / "more", tmp_path / "out")},
        f"{elsewhere}/linked": f"{tmp_path}/disk/pages",
        f"{tmp_path}/disk/pages": f"{tmp_path}/disk/pages",
    }
    assert last_call(engine, "run")[-len(call) - 4 : -4] == call
    assert "MOJIKA_CACHE=/mojika/input/cache" in last_call(engine, "run")


def test_below_the_checkout_paths_that_lead_out_of_it_are_found_too(engine: Checkout, elsewhere: Path):
    engine.run("bash", "../scripts/x.sh", "../../own data/scans", cwd=engine.root / "lib")
    assert workdir(engine) == "/mojika/lib"
    assert mounts(engine)["/own data/scans"] == f"{elsewhere}/scans"


def test_a_folder_may_have_any_name(engine: Checkout, tmp_path: Path):
    odd = tmp_path / "a, b]$(touch evil)"
    odd.mkdir()
    (odd / "1.png").touch()
    engine.run("mojika", "recognize", f"{odd}/1.png", f"{odd}/2.png")
    assert f'type=bind,"source={odd}","target={odd}"' in last_call(engine, "run")
    assert not list(tmp_path.rglob("evil"))


def test_settings_and_tokens_and_proxies_are_passed_on_by_name(engine: Checkout, elsewhere: Path):
    engine.environment |= {"MOJIKA_DEMO": str(elsewhere / "scans"), "HF_TOKEN": "swordfish", "WANDB_MODE": "offline"}
    engine.environment |= {"KAGGLE_KEY": "swordfish", "https_proxy": "http://proxy:3128", "MOJIKA_REAL_DATA": "scans"}
    engine.run("true", cwd=elsewhere)
    call = last_call(engine, "run")
    given = [call[at + 1] for at, word in enumerate(call) if word == "--env"]
    assert {"MOJIKA_DEMO", "HF_TOKEN", "WANDB_MODE", "KAGGLE_KEY", "https_proxy"} <= set(given)
    assert "swordfish" not in str(call)
    assert mounts(engine)["/real_data"] == f"{elsewhere}/scans readonly" and "MOJIKA_REAL_DATA=/real_data" in given
    build = last_call(engine, "build")
    assert build[build.index("https_proxy") - 1] == "--build-arg"


def test_ports_and_further_arguments_go_to_the_engine(engine: Checkout):
    engine.run("--port", "6006", "--docker-args", "--cpus 8 --label 'a b'", "tensorboard", "--port", "6006")
    call = last_call(engine, "run")
    assert " ".join(call).endswith("--publish 127.0.0.1:6006:6006 --cpus 8 --label a b mojika tensorboard --port 6006")
    assert "a b" in call
    refused = engine.run("--port", "http")
    assert refused.returncode == 2 and len(refused.stderr.splitlines()) == 1


def test_podman_serves_where_there_is_no_docker_and_keeps_the_callers_number(checkout: Checkout):
    checkout.fake("podman", "[[ $1 != --version ]] || echo podman version 5.4; [[ $1 != image ]]")
    checkout.fake("id", "[[ $1 == -u ]] && echo 1000 || echo 100")
    checkout.fake("getenforce", "echo Enforcing")
    assert checkout.run("true").returncode == 0
    call = checkout.calls("podman")[-1]
    assert "--userns=keep-id --user 1000:100 " in call and "--security-opt label=disable" in call


def test_run_sh_answers_help_and_version_itself(checkout: Checkout):
    for place in ([], ["--local"]):
        assert "usage: ./run.sh" in checkout.run(*place, "--help").stdout
        assert checkout.run(*place, "--version").stdout.startswith("mojika 0.")
    refused = checkout.run("--local", "--port", "6006", "true")
    assert refused.returncode == 2 and len(refused.stderr.splitlines()) == 1


PAGE = "<a href=torch-2.13.0%2Bcpu-cp311-cp311-linux_x86_64.whl>"


def test_without_a_gpu_the_cpu_builds_are_installed_where_they_can_be_had(machine: Checkout):
    machine.fake("python3.11", PYTHON.replace("case $* in", f'case $* in\n  *urllib*) echo "{PAGE}" ;;', 1))
    said = machine.run("--local", "true").stderr
    machine.run("--local", "true")
    [install] = [call for call in machine.calls("python") if "--requirement" in call]
    assert "--extra-index-url https://download.pytorch.org/whl/cpu" in install and "CPUs only" in said
    pins = (machine.root / ".venv" / "requirements.txt").read_text().splitlines()
    assert {"torch===2.13.0+cpu", "torchvision===0.28.0+cpu"} <= set(pins)
    machine.fake("nvidia-smi", "echo 'GPU 0: Tesla T4'")
    assert "TORCH_INDEX=" in machine.run("--local", "true").stderr


def test_what_tests_need_is_installed_when_they_are_asked_for_and_stays(machine: Checkout):
    for command in ("true", "bash tests/run.sh", "true", "--dev true"):
        machine.run("--local", *command.split())
    calls = [call for call in machine.calls("python") if "--requirement" in call]
    assert ["requirements-dev.txt" in call for call in calls] == [False, True]


def test_a_newer_python_beside_an_old_python3_is_found(machine: Checkout):
    (machine.bin / "python3.11").rename(machine.bin / "python3.13")
    machine.fake("python3", PYTHON.replace("${VERSION:-3.11.7}", "3.10.1").replace("${VERSION:-3.11}", "3.10"))
    assert machine.run("--local", "true").returncode == 0
