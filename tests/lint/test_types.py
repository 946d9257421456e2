"""mypy finds errors in no module but those of pyproject.toml's list, and in each of these still does."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "pyproject.toml").read_text()
OVERRIDES = tomllib.loads(SETTINGS)["tool"]["mypy"]["overrides"]
[LISTED] = [override["module"] for override in OVERRIDES if "ignore_errors" in override]


def test_the_list_is_in_order():
    assert sorted(set(LISTED)) == LISTED


def test_modules_with_errors_are_those_of_the_list(tmp_path: Path):
    without_list = tmp_path / "pyproject.toml"
    without_list.write_text(SETTINGS.replace("ignore_errors = true", "ignore_errors = false"))
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", without_list, "--cache-dir", ".mypy_cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    files = re.findall(r"^lib/(\S+)\.py:\d+: error:", checked.stdout, re.MULTILINE)
    assert sorted({file.replace("/", ".") for file in files}) == LISTED, checked.stdout + checked.stderr
