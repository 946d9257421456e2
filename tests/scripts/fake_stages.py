"""A copy of the scripts in a folder with a space, with a `mojika` and a `python` that only write down their calls.

Every call is parsed with the real parser of `mojika SUBCOMMAND` or `train.py`, and one that it refuses is an
`AssertionError`. Only `mojika summary` and `mojika table` are run: they read and write nothing but what they
are given.
"""

import argparse
import contextlib
import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mojika.cli.main import SUBCOMMANDS, subcommand_parser
from mojika.experiment.arguments import build_parser

ROOT = Path(__file__).parents[2]

# A file $LOG/fails holds a word of a call and the status that such a call ends with; $LOG/printed/NAME is what
# `mojika NAME` prints.
FAKE = r"""#!/bin/bash
printf "%q " "${0##*/}" "$@" >>"$LOG/calls"; echo >>"$LOG/calls"
if [[ -e $LOG/fails ]]; then
  read -r word status <"$LOG/fails"
  for argument in "$@"; do if [[ $argument == *"$word"* ]]; then exit "$status"; fi; done
fi
if [[ $1 == summary || $1 == table ]]; then
  exec "$PYTHON" -c 'import sys; from mojika.cli.main import main; sys.exit(main())' "$@"
fi
if [[ -e $LOG/printed/$1 ]]; then cat "$LOG/printed/$1"; elif [[ $1 == evaluate ]]; then echo "{}"; fi
while (($#)); do
  if [[ $1 == --out ]]; then mkdir -p "$(dirname "$2")" && touch "$2"; fi
  shift
done
"""


@dataclass(frozen=True)
class Stages:
    root: Path
    log: Path
    environment: dict[str, str]

    def start(self, script: str, *arguments: str) -> subprocess.Popen:
        command = ["bash", str(self.root / script), *arguments]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=self.environment, cwd="/", text=True, **pipes)

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess:
        process = self.start(script, *arguments)
        try:
            stdout, stderr = process.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            raise
        self._check_calls()
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def calls(self) -> list[list[str]]:
        """The calls since this was asked last."""
        found = self._written_down()
        (self.log / "calls").unlink(missing_ok=True)
        return found

    def _written_down(self) -> list[list[str]]:
        path = self.log / "calls"
        return [shlex.split(line) for line in path.read_text().splitlines()] if path.exists() else []

    def _check_calls(self) -> None:
        for call in self._written_down():
            reason = refusal(call)
            assert reason is None, f"{shlex.join(call)}\n{reason}"

    def let_print(self, name: str, text: str) -> None:
        """What `mojika NAME` prints from now on."""
        (self.log / "printed").mkdir(exist_ok=True)
        (self.log / "printed" / name).write_text(text)

    def fail(self, word: str, status: int) -> None:
        (self.log / "fails").write_text(f"{word} {status}\n")

    def heal(self) -> None:
        (self.log / "fails").unlink()


@cache
def parser_of(program: str, name: str) -> argparse.ArgumentParser | None:
    """The real parser of `mojika NAME` or `python train.py`."""
    if program == "mojika":
        return subcommand_parser(name) if name in SUBCOMMANDS else None
    return build_parser() if name == "train.py" else None


def refusal(call: list[str]) -> str | None:
    """Why the real program would refuse its arguments, or None where it would take them."""
    if call[0] == "python" and call[1].startswith("scripts/"):
        return None if (ROOT / call[1]).is_file() else "no such script"
    parser = parser_of(*call[:2])
    if parser is None:
        return "no such program"
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser.parse_args(call[2:])
    except SystemExit:
        return said.getvalue().splitlines()[0]
    return None


def make_stages(tmp_path: Path) -> Stages:
    root, fakes, log = tmp_path / "mo jika", tmp_path / "bin", tmp_path / "log"
    for folder in (fakes, log):
        folder.mkdir()
    for name in ("scripts", "train_scripts"):
        shutil.copytree(ROOT / name, root / name)
    for name in ("mojika", "python"):
        (fakes / name).write_text(FAKE)
        (fakes / name).chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOJIKA")}
    environment |= {"PATH": f"{fakes}{os.pathsep}{os.environ['PATH']}", "LOG": str(log), "LC_ALL": "C.UTF-8"}
    environment["PYTHON"] = sys.executable
    return Stages(root, log, environment)


def value(call: list[str], flag: str) -> str:
    """That of the last one, as argparse has it."""
    return call[len(call) - call[::-1].index(flag)]


def positional(call: list[str]) -> list[str]:
    """What stands between the subcommand and the first flag."""
    flags = [number for number, word in enumerate(call) if word.startswith("--")]
    return call[2 : flags[0]]
