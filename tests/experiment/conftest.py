import argparse
import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mojika.experiment.arguments import build_parser


@pytest.fixture
def arguments_of(tmp_path: Path) -> Callable[..., list[str]]:
    """`arguments_of(script, *more)`: what a script hands to train.py or train-detector; data are in `da ta`."""
    log = tmp_path / "log"
    for name in ("python", "mojika"):
        (tmp_path / name).write_text(f'#!/bin/bash\nprintf "%q " "$@" >"{log}"\n')
        (tmp_path / name).chmod(0o755)
    environment = {name: text for name, text in os.environ.items() if not name.startswith("MOJIKA")}
    environment |= {"MOJIKA_KUZUSHIJI": "da ta", "MOJIKA_BENGALI": "da ta"}
    environment["PATH"] = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    def handed_on(script: Path, *more: str) -> list[str]:
        subprocess.run(["bash", script, *more], env=environment, cwd=tmp_path, check=True)
        program, *arguments = shlex.split(log.read_text())
        assert program in ("train.py", "train-detector")
        return arguments

    return handed_on


@pytest.fixture
def flags_of(arguments_of: Callable[..., list[str]]) -> Callable[..., argparse.Namespace]:
    """The same, parsed."""
    return lambda script, *more: build_parser().parse_args(arguments_of(script, *more))
