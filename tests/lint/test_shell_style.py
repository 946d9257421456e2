"""Every bash script is clean under shellcheck, the Dockerfile under hadolint."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
SCRIPTS = sorted(
    path
    for pattern in ("*.sh", ".ci/run", "scripts/**/*.sh", "train_scripts/**/*.sh", "benchmarks/*.sh", "tests/**/*.sh")
    for path in ROOT.glob(pattern)
)


def complaints(*command: Path | str) -> str:
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=ROOT)
    return result.stdout + result.stderr if result.returncode else ""


def style_faults(script: Path) -> list[str]:
    lines = script.read_text().splitlines()
    rules = {
        "begins with #!/usr/bin/env bash": lines[:1] == ["#!/usr/bin/env bash"],
        "says set -euo pipefail": "set -euo pipefail" in lines,
        "can be executed": os.access(script, os.X_OK),
    }
    return [f"{script}: expected a script that {rule}" for rule, kept in rules.items() if not kept]


def test_scripts_are_clean_under_shellcheck():
    with ThreadPoolExecutor() as threads:  # each reads the library of scripts, half a second
        found = threads.map(lambda script: complaints(TOOLS / "shellcheck", "--external-sources", script), SCRIPTS)
        assert "".join(found) == ""


def test_scripts_stop_at_the_first_error_and_can_be_executed():
    assert [fault for script in SCRIPTS for fault in style_faults(script)] == []


def test_dockerfile_is_clean_under_hadolint():
    assert complaints(TOOLS / "hadolint", "Dockerfile") == ""


def test_a_fault_would_be_seen(tmp_path: Path):
    (tmp_path / "wrong.sh").write_text("#!/usr/bin/env bash\nrm $1/*\n")
    assert "SC2086" in complaints(TOOLS / "shellcheck", SCRIPTS[0], tmp_path / "wrong.sh")
    assert len(style_faults(tmp_path / "wrong.sh")) == 2
    (tmp_path / "Dockerfile").write_text("FROM debian\n")
    assert "DL3006" in complaints(TOOLS / "hadolint", tmp_path / "Dockerfile")
