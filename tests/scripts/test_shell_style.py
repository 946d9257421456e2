"""Every bash script is clean under shellcheck, the Dockerfile under hadolint."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
SCRIPTS = sorted(
    path
    for pattern in ("*.sh", ".ci/run", "scripts/**/*.sh", "train_scripts/**/*.sh", "tests/**/*.sh")
    for path in ROOT.glob(pattern)
)
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))


def complaints(*command: Path | str) -> str:
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=ROOT)
    return result.stdout + result.stderr if result.returncode else ""


@each_script
def test_script_is_clean_under_shellcheck(script: Path):
    assert complaints(TOOLS / "shellcheck", "--external-sources", script) == ""


@each_script
def test_script_stops_at_the_first_error_and_can_be_executed(script: Path):
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert os.access(script, os.X_OK)


def test_dockerfile_is_clean_under_hadolint():
    assert complaints(TOOLS / "hadolint", "Dockerfile") == ""


def test_a_fault_would_be_seen(tmp_path: Path):
    (tmp_path / "wrong.sh").write_text("#!/usr/bin/env bash\nrm $1/*\n")
    assert "SC2086" in complaints(TOOLS / "shellcheck", tmp_path / "wrong.sh")
    (tmp_path / "Dockerfile").write_text("FROM debian\n")
    assert "DL3006" in complaints(TOOLS / "hadolint", tmp_path / "Dockerfile")
