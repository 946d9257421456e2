"""What `mojika check` passes, the stages accept, and what it names, they refuse: every fault of every kind of file."""

import shutil
from pathlib import Path

import pytest
from faulty_files import faults_of as made_faults
from sound_files import SOUND

from mojika.errors import UserError
from mojika.inspection.look import faults_of

USED = {
    "pages": (
        "beyond the page", "no row in train.csv", "is there twice", "is not in unicode_translation.csv", "is not read"
    ),
    "reader": ("reader/README.md",),
    "pack": ("other pixels than were packed", "other samples than were packed"),
}  # fmt: skip
AND = " | "
SLOW = ("shard", "detector", "reader")  # 32,333 columns, several networks


def named(path: Path) -> str | None:
    """What check says, None where it says nothing."""
    try:
        _, faults = faults_of(path)
    except UserError as error:
        return str(error)
    return AND.join(map(str, faults)) or None


def refused(kind: str, path: Path, scratch: Path) -> str | None:
    """What the stages say, None where they accept it."""
    try:
        SOUND[kind].use(path, scratch)
    except UserError as error:
        return str(error)
    return None


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=[pytest.mark.rest] * (kind in SLOW)) for kind in SOUND])
def test_what_check_passes_is_accepted_and_what_it_names_is_refused(tmp_path: Path, kind: str):
    original = tmp_path / "original"
    original.mkdir()
    path = SOUND[kind].make(original)
    assert (named(path), refused(kind, path, tmp_path / "scratch")) == (None, None)
    wrong, tried = [], 0
    for number, (fault, change) in enumerate(made_faults(kind, path)):
        copy, scratch = tmp_path / f"copy{number}", tmp_path / f"scratch{number}"
        shutil.copytree(original, copy)
        faulty = copy / path.relative_to(original)
        change(faulty)
        try:
            by_check, by_use = named(faulty), refused(kind, faulty, scratch)
        except Exception as error:  # noqa: BLE001 (each is a finding)
            wrong.append(f"{fault}: {type(error).__name__}: {str(error)[:200]}")
        else:
            tried += 1
            if bool(by_check) != bool(by_use) and not harmless(kind, by_check):
                wrong.append(f"{fault}: check says {by_check}, the stages {by_use}")
            if by_check and "\n" in by_check:
                wrong.append(f"{fault}: check says {by_check!r} in several lines")
        shutil.rmtree(copy)
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{kind}: {tried} faults")
    assert not wrong, "\n".join(wrong)


def harmless(kind: str, by_check: str | None) -> bool:
    """Whether all that check names is what docs/data.md says is named and used all the same."""
    return bool(by_check) and all(any(text in each for text in USED.get(kind, ())) for each in by_check.split(AND))
