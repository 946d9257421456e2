"""What the examples say is what the programs take; neither Kaggle, Colab nor Apptainer is there to run them whole."""

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from mojika.cli.main import SUBCOMMANDS, subcommand_parser

ROOT = Path(__file__).parents[2]
NOTEBOOK = json.loads((ROOT / "examples" / "kaggle_colab.ipynb").read_text(encoding="utf-8"))
DEFINITION = (ROOT / "examples" / "mojika.def").read_text()
CODE = ["".join(cell["source"]).replace("\\\n", "") for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
CALLS = [shlex.split(line[1:]) for cell in CODE for line in cell.splitlines() if line.startswith("!mojika ")]


def test_the_notebook_has_the_format_4_5_without_outputs():
    """https://nbformat.readthedocs.io/en/latest/format_description.html"""
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    identities = [cell["id"] for cell in NOTEBOOK["cells"]]
    assert len(set(identities)) == len(identities)
    for cell in NOTEBOOK["cells"]:
        expected = {"cell_type", "id", "metadata", "source"}
        if cell["cell_type"] == "code":
            expected |= {"execution_count", "outputs"}
            assert (cell["execution_count"], cell["outputs"]) == (None, [])
        assert set(cell) == expected


def test_the_cells_of_the_notebook_are_commands_that_exist():
    for cell in CODE:
        ast.parse("\n".join(line for line in cell.splitlines() if line[:1] not in ("!", "%")))
    assert len(CALLS) == 6
    for _, name, *arguments in CALLS:
        assert name in SUBCOMMANDS
        subcommand_parser(name).parse_args(arguments)


def test_the_fonts_of_the_notebook_are_among_the_packages():
    packages = (ROOT / "packages.txt").read_text().split()
    [fonts] = [line.split()[4:] for cell in CODE for line in cell.splitlines() if "apt-get" in line]
    assert set(fonts) <= set(packages)


def section(name: str) -> str:
    return re.split(r"^%\w+\n", DEFINITION.split(f"%{name}\n", 1)[1], flags=re.MULTILINE)[0]


def test_the_apptainer_definition_copies_files_that_are_there_and_all_that_it_installs():
    copied = [line.split() for line in section("files").splitlines() if line.strip()]
    assert all((ROOT / source).exists() and target == f"/opt/source/{source}" for source, target in copied)
    assert {"packages.txt", "requirements.txt", "pyproject.toml", "lib"} <= {source for source, _ in copied}
    assert f"From: {base_of_the_dockerfile()}\n" in DEFINITION


def base_of_the_dockerfile() -> str:
    [base] = re.findall(r"^ARG BASE=(?:docker\.io/library/)?(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return base


@pytest.mark.parametrize("name", ["post", "environment", "runscript", "test"])
def test_the_sections_of_the_apptainer_definition_are_clean_under_shellcheck(name: str):
    shellcheck = Path(sys.executable).parent / "shellcheck"
    done = subprocess.run([shellcheck, "--shell=sh", "-"], input=section(name), capture_output=True, text=True)
    assert done.stdout == ""


def test_an_installed_package_has_the_program_and_all_of_the_library(tmp_path: Path):
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        "out",
    ]
    subprocess.run([*command, "."], cwd=tmp_path, check=True, capture_output=True)
    [wheel] = (tmp_path / "out").glob("mojika-*.whl")
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        [points] = [name for name in names if name.endswith("entry_points.txt")]
        assert "mojika = mojika.cli.main:main" in archive.read(points).decode()
    files = {
        path.relative_to(ROOT / "lib").as_posix() for path in (ROOT / "lib" / "mojika").rglob("*") if path.is_file()
    }
    assert {name for name in files if "__pycache__" not in name} <= set(names)
