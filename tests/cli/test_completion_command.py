"""What a shell offers with the script of `mojika completion`, asked in bash itself."""

import subprocess
from pathlib import Path

import pytest

from mojika.cli.completion import SHELLS
from mojika.cli.main import main

ASK = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _shtab_mojika; printf "%s\\n" "${COMPREPLY[@]}"'


@pytest.fixture(scope="module")
def script(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "mojika"
    with pytest.MonkeyPatch.context() as patch, path.open("w") as file:
        patch.setattr("sys.stdout", file)
        assert main(["completion", "bash"]) == 0
    return path


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("mojika train-d", ["train-detector"]),
        ("mojika nms --ou", ["--out"]),
        ("mojika nms --by p", ["prob"]),
        ("mojika sample kuzushiji out --pages", ["--pages-per-book"]),
        ("mojika train a b --optimizer ada", ["adam", "adamw", "adabound"]),
        ("mojika detect mod", ["model.model"]),
        ("mojika nms a --out mod", ["model.model"]),
    ],
)
def test_bash_completes(line: str, offered: list[str], script: Path, tmp_path: Path):
    (tmp_path / "model.model").touch()
    asked = ["bash", "-c", ASK, "bash", str(script), *line.split(" ")]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout.split(), done.stderr) == (offered, "")


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shell != "bash"])
def test_other_shells_have_a_script_of_all_subcommands(shell: str, capsys):
    assert main(["completion", shell]) == 0
    assert "train-detector" in capsys.readouterr().out
