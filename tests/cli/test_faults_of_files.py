"""Every command with every fault that a file can have: one line, status 2, and nothing half-written.

Of the lines in `command_lines` every input is broken in every way, and so is every output.
"""

import io
import os
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from command_lines import COMMANDS, REFUSED, WITHOUT_FILES, make_files, names_in, words_of
from file_faults import (
    BROKEN_INPUTS,
    BROKEN_OUTPUTS,
    LONG,
    OTHER_CONTENTS,
    full_disk,
    without_locks,
    without_rights_of_root,
)

from mojika.cli import train
from mojika.cli.main import SUBCOMMANDS, main

USUAL = (
    "sample",
    "import",
    "check",
    "preprocess",
    "pack",
    "split",
    "vote",
    "nms",
    "submit",
    "score",
    "overlay",
)  # no torch
WITH_OUTPUT = [command for command in COMMANDS if " out/" in COMMANDS[command] or " out " in COMMANDS[command]]


def cells(commands: Iterable[str], faults: Iterable[str]) -> list:
    """Of the commands without torch one cell in three is in the usual tier, in turns; all are in `--all`."""
    faults = list(faults)
    return [
        pytest.param(command, fault, marks=() if command in USUAL and (row + column) % 3 == 0 else pytest.mark.rest)
        for row, command in enumerate(commands)
        for column, fault in enumerate(faults)
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MOJIKA_CACHE", str(folder / "cache"))
        make_files(folder)
    return folder


@pytest.fixture
def here(files, tmp_path, monkeypatch) -> Path:
    """A working directory with all files, as links."""
    place = tmp_path / "here"
    place.mkdir()
    for each in files.iterdir():
        (place / each.name).symlink_to(each)
    monkeypatch.chdir(place)
    monkeypatch.setenv("MOJIKA_CACHE", str(files / "cache"))
    return place


def run(command: str, words: list[str]) -> int:
    try:
        return train.main(words) if command == "train.py" else main([command, *words])
    except SystemExit as end:
        return int(end.code or 0)


def written(folder: Path) -> dict[str, bytes]:
    """The files below, but for those that are only locked, and what a search has found so far."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {
        str(path): path.read_bytes() for path in paths if not path.name.endswith(("lock", "claims", ".partial.jsonl"))
    }


def expect_refusal(
    command: str, words: list[str], within: AbstractContextManager, capsys, folder: Path, named: str = ""
) -> None:
    """Nothing is written into `folder`, and nothing half-written beside it."""
    before, shown = written(folder), f"{command} {' '.join(words)}"
    with within:
        status = run(command, words)
    said = capsys.readouterr().err
    told = [line for line in said.splitlines() if "error: " in line or line.startswith("failed: ")]  # of pages
    assert (status, len(told)) == (2, 1) and named in told[0], f"{shown}: {status}, {said}"
    assert written(folder) == before and not [*Path().rglob("*.tmp")], shown


def inputs_of(command: str, files: Path) -> dict[str, list[int]]:
    """What the line reads, and the places of the words that name it."""
    words = words_of(command)
    found = {name for word in words for name in names_in(word) if (files / name).exists()}
    return {name: [at for at, word in enumerate(words) if name in names_in(word)] for name in sorted(found)}


def outputs_of(command: str) -> list[int]:
    return [at for at, word in enumerate(words_of(command)) if word == "out" or word.startswith("out/")]


def replaced(command: str, places: list[int], old: str, new: object) -> list[str]:
    return [word.replace(old, str(new)) if at in places else word for at, word in enumerate(words_of(command))]


def test_every_command_has_its_line():
    assert {*COMMANDS, *REFUSED, *WITHOUT_FILES} - {"train.py"} == {*SUBCOMMANDS}


@pytest.mark.parametrize(("command", "fault"), cells([*COMMANDS, *REFUSED], BROKEN_INPUTS))
def test_an_input_that_cannot_be_read_is_one_line(files, here, command, fault, capsys):
    for number, (name, places) in enumerate(inputs_of(command, files).items()):
        broken = BROKEN_INPUTS[fault][(files / name).is_dir()](here / f"broken_{number}{Path(name).suffix}")
        before = {path.name for path in here.iterdir()}
        expect_refusal(command, replaced(command, places, name, broken), without_rights_of_root(), capsys, here / "out")
        assert {path.name for path in here.iterdir()} <= before | {"out"}


@pytest.mark.parametrize(("command", "fault"), cells([*COMMANDS, *REFUSED], OTHER_CONTENTS))
def test_a_file_of_other_content_is_one_line_or_read(files, here, command, fault, capsys):
    """An empty table, say, is one to some commands; `check` says in its table what is wrong."""
    named = [name for name in inputs_of(command, files) if (files / name).is_file()]
    for number, name in enumerate(named):
        other = here / f"other_{number}{Path(name).suffix}"
        other.write_bytes(OTHER_CONTENTS[fault])
        words = replaced(command, inputs_of(command, files)[name], name, other)
        status, said = run(command, words), capsys.readouterr().err
        told = [line for line in said.splitlines() if "error: " in line or line.startswith("failed: ")]
        assert (status, len(told)) == (2, 1) or status == 0, f"{command} {' '.join(words)}: {status}, {said}"
        assert status == 0 or not [*written(here / "out")], f"{command} {' '.join(words)}"


@pytest.mark.parametrize(("command", "fault"), cells(WITH_OUTPUT, BROKEN_OUTPUTS))
def test_an_output_that_cannot_be_written_is_one_line(here, command, fault, capsys):
    for at in outputs_of(command):
        place, word = here / f"place_{at}", words_of(command)[at]
        place.mkdir()
        broken = BROKEN_OUTPUTS[fault](place / f"broken{Path(word).suffix}", not Path(word).suffix)
        within = full_disk() if fault == "full disk" else without_rights_of_root()
        words = replaced(command, [at], word, broken)
        expect_refusal(command, words, within, capsys, place, place.name if fault != "full disk" else "")


@pytest.mark.parametrize(
    ("command", "name"), cells(WITH_OUTPUT, ["a link", "250 bytes", "no UTF-8", "no locks", "ascii"])
)
def test_unusual_places_and_machines_are_worked_on(here, command, name, monkeypatch, capsys):
    """Names that are not UTF-8, or leave no room for names of what is kept beside, may also be refused, in one line."""
    disk = here / "disk"
    disk.mkdir()
    words = words_of(command)
    for at in outputs_of(command):
        suffix = Path(words[at]).suffix
        stem = {"250 bytes": LONG, "no UTF-8": os.fsdecode(b"\x88\xea")}.get(name, "result")[: 250 - len(suffix)]
        words[at] = str(here / f"{at}" / f"{stem}{suffix}")
        (here / f"{at}").mkdir()
        if name == "a link":
            Path(words[at]).symlink_to(disk / f"{at}{suffix}")
            if not suffix:
                (disk / f"{at}").mkdir()
    if name == "ascii":
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    with without_locks(monkeypatch) if name == "no locks" else nullcontext():
        status, said = run(command, words), capsys.readouterr().err
    told = name in ("no UTF-8", "250 bytes") and status == 2 and said.count("error: ") == 1
    assert status == 0 or told, said
    if name == "a link":
        assert all(Path(words[at]).is_symlink() and Path(words[at]).exists() for at in outputs_of(command))
