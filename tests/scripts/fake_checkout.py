"""A checkout without sources in a folder with a space, and a PATH that holds nothing but chosen tools and fakes."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ["run.sh", "Dockerfile", ".dockerignore", "packages.txt", "pyproject.toml", "lib/mojika/__init__.py"]
COPIED += ["requirements.txt", "requirements-dev.txt", "requirements.hashes.txt"]
COPIED += [str(path.relative_to(ROOT)) for path in (ROOT / "scripts" / "environment").iterdir()]
TOOLS = (
    "awk bash cat cp cut dirname du echo env flock grep head id mkdir printf realpath rm sed sh sha256sum sleep tail "
    "tee touch true xargs"
)

# Also stands in .venv/bin/python. A file $LOG/pip-fails lets pip fail, $LOG/pip-waits lets it take its time.
PYTHON = r"""
case $* in
  -V) echo "Python ${VERSION:-3.11.7}" ;;
  *sys.version_info*) [[ ${VERSION:-3.11} != 3.[89]* && ${VERSION:-3.11} != 3.10* ]] ;;
  *"import ensurepip"*) [[ ! -e $LOG/no-venv-module ]] ;;
  *"import pip"*) [[ -e ${0%/*}/pip ]] ;;
  *"-m venv"*)
    target=${!#}
    [[ ! -L $target ]] || exit 1 # as the real one does
    rm -rf "$target"/* && mkdir -p "$target/bin"
    cp "$0" "$target/bin/python" && touch "$target/bin/pip" ;;
  *"-m pip install"*)
    echo "Collecting torch"
    echo "  Downloading torch-2.13.0.whl (526.6 MB)"
    echo "  Downloading rich-15.0.0.whl (0.3 MB)"
    if [[ -e $LOG/pip-waits ]]; then touch "$LOG/pip-started"; sleep 1; fi
    if [[ -e $LOG/pip-fails ]]; then echo "ERROR: No matching distribution found for torch===2.13.0"; exit 1; fi ;;
esac
"""


@dataclass
class Checkout:
    """`run(…)` starts run.sh; `fake(…)` puts a bash script on its PATH; `calls(name)` tells how that was called."""

    root: Path
    bin: Path
    log: Path
    environment: dict[str, str] = field(default_factory=dict)

    def fake(self, name: str, script: str = "") -> None:
        """`script` runs after the call, one line with its arguments quoted by bash, was written to the log."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/bash\nprintf "%q " "$@" >>"$LOG/${{0##*/}}"; echo >>"$LOG/${{0##*/}}"\n{script}\n')
        path.chmod(0o755)

    def calls(self, name: str) -> list[str]:
        path = self.log / name
        return path.read_text().splitlines() if path.exists() else []

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        command = [str(self.root / "run.sh"), *arguments]
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        options = {"cwd": self.root} | options
        return subprocess.Popen(command, env=self.environment, text=True, **options)

    def run(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        process = self.start(*arguments, **options)
        stdout, stderr = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def make_checkout(tmp_path: Path) -> Checkout:
    root, bin_folder, log = tmp_path / "mo jika", tmp_path / "bin", tmp_path / "log"
    for folder in (root, bin_folder, log):
        folder.mkdir()
    for name in COPIED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    for tool in TOOLS.split():
        (bin_folder / tool).symlink_to(shutil.which(tool))
    environment = {"PATH": str(bin_folder), "HOME": str(tmp_path), "LOG": str(log), "LC_ALL": "C.UTF-8"}
    return Checkout(root, bin_folder, log, environment)
