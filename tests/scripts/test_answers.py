"""What every script answers before it works: --help, unknown arguments, a start outside Mojika's environment."""

import subprocess
from pathlib import Path

import pytest
from fake_stages import ROOT, Stages, make_stages

SOURCED = {"scripts/lib.sh", "scripts/answer.sh", "scripts/supply/tool.sh"}
SCRIPTS = [
    name
    for folder in ("", "bengali/", "extra/", "supply/")
    for path in sorted((ROOT / "scripts" / folder).glob("*.sh"))
    if (name := f"scripts/{folder}{path.name}") not in SOURCED
]
WITHOUT_OPTIONS = [
    "demo.sh",
    "bengali/demo.sh",
    "reproduce.sh",
    "bengali/reproduce.sh",
    "get_models.sh",
    "get_fonts.sh",
    "get_strokes.sh",
]
WITHOUT_OPTIONS += [
    "supply/hashes.sh",
    "supply/audit.sh",
    "supply/sbom.sh",
    "draw_recipes.sh",
    "demo_real_page.sh",
    "keep_running.sh",
]


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    return make_stages(tmp_path)


def test_every_script_shows_its_head_comment_and_does_nothing(stages: Stages):
    for script in SCRIPTS:
        done = stages.run(script, "--help")
        first = (ROOT / script).read_text().splitlines()[1].removeprefix("# ")
        assert (done.returncode, done.stdout.splitlines()[0], done.stderr) == (0, first, ""), script
        assert "shellcheck" not in done.stdout and "set -euo" not in done.stdout
    assert stages.calls() == [] and not (stages.root / "models").exists()


def test_an_unknown_argument_is_refused_in_one_line(stages: Stages):
    for script in WITHOUT_OPTIONS:
        done = stages.run(f"scripts/{script}", "--anything")
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), script
    assert stages.calls() == []


def test_outside_the_environment_one_line_says_how_to_start_a_script(stages: Stages):
    environment = stages.environment | {"PATH": "/usr/bin:/bin"}
    command = ["bash", stages.root / "scripts" / "bengali" / "demo.sh"]
    done = subprocess.run(command, env=environment, cwd=stages.root.parent, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        "demo.sh: needs Mojika's environment; start it with: ./run.sh --local bash scripts/bengali/demo.sh\n"
    )


@pytest.mark.parametrize("script, models", [("demo.sh", "demo"), ("bengali/demo.sh", "bengali_demo")])
def test_a_fresh_demo_keeps_what_was_there_under_another_name(stages: Stages, script: str, models: str):
    (stages.root / "models" / models).mkdir(parents=True)
    (stages.root / "models" / models / "trained").touch()
    stages.fail("sample", 1)  # where the work begins
    done = stages.run(f"scripts/{script}", "--fresh")
    [kept] = (stages.root / "models").glob("*/trained")
    assert kept.parent.name.startswith(f"{models}.") and f"models/{kept.parent.name}" in done.stderr
