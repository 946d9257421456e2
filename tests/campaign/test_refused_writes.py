"""What is refused a write, and run again, ends as if nothing had happened: `bash tests/run.sh --faults`.

Each command's system calls that write are refused, one at a time, with the errors of full and of broken disks; then the
disk really is full, a tmpfs. What was there before stays, one line says what is wrong, and the same command afterwards
ends with the bytes of an undisturbed one.
"""

import importlib
import os
import pkgutil
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_lines import COMMANDS, make_files, words_of
from failing_calls import missing, watched
from refused_writes import Line, Trial, chosen

import mojika

SEED = int(os.environ.get("MOJIKA_FAULTS_SEED", "0"))
AT_MOST = 48  # calls and errors of a line, beside one of each kind
DISK = 192 * 2**20  # bytes; a pack wants 64 MB to be free
WRITING = [  # `finetune` trains for minutes, and writes what `train-detector`, `pack`, `train` and `bundle` do
    command
    for command in COMMANDS
    if command != "finetune" and "out" in {word.split("/")[0] for word in words_of(command)}
]
LINES = {command: (command, COMMANDS[command]) for command in WRITING} | {
    "train-detector": ("train-detector", f"{COMMANDS['train-detector']} --iterations 2 --snapshot-every 1"),
    "train.py": ("train.py", f"{COMMANDS['train.py']} --epochs 2"),
    "recognize in all formats": (
        "recognize",
        "images/brsk000_01.png --models detector.model classifier.model --out out --tta 1 --device cpu --formats "
        "text,json,page,alto,tei,iiif-annotations,overlay,coco,csv,pdf",
    ),
    "sample kuzushiji": (
        "sample",
        "kuzushiji out/pages --books 1 --pages-per-book 2 --test-books 1 --test-pages 1 --classes 20 --scale 0.1 "
        "--workers 1",
    ),
}

ALWAYS_NEW = (
    "train",
    "train.py",
    "train-detector",
    "sample kuzushiji",
)  # put an older result aside, or remove it first


@pytest.fixture(scope="module", autouse=True)
def libraries() -> None:
    """Imported once, for all that forks from here."""
    if reason := missing():
        pytest.skip(reason)
    for module in pkgutil.walk_packages(mojika.__path__, "mojika."):
        importlib.import_module(module.name)


@pytest.fixture(scope="module")
def files(libraries, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("files")

    def make() -> int:
        os.chdir(folder)
        os.environ["MOJIKA_CACHE"] = str(folder / "cache")
        make_files(folder)
        return 0

    outcome = watched(make, folder, folder.with_name("said.txt"))
    assert outcome.status == 0, outcome.said
    return folder


def trial_of(name: str, files: Path, folder: Path, *, again: bool) -> Trial:
    command, words = LINES[name]
    return Trial(Line(command, tuple(words.split())), files, folder / "here", again)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("name", "again"),
    [(name, again) for name in LINES for again in (False, True) if not again or name not in ALWAYS_NEW],
)
def test_every_refused_write_is_survived(files, tmp_path, name, again, record_property):
    trial = trial_of(name, files, tmp_path, again=again)
    refusals = chosen(trial.calls, AT_MOST, random.Random(f"{SEED} {name}"))
    found = {refusal: trial.refused(refusal) for refusal in refusals}
    faults = [
        f"{trial.calls[refusal.at]}, {os.strerror(refusal.error)}: {fault}" for refusal, fault in found.items() if fault
    ]
    record_property("write faults survived / tried", (len(found) - len(faults), len(found)))
    assert not faults, f"{name}, of {len(trial.calls)} calls:\n" + "\n".join(faults)


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A folder `here` that is a file system of its own."""
    place = tmp_path / "here"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", place], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"may not mount: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", LINES)
def test_a_full_disk_is_survived(files, small_disk, name, record_property):
    trial = trial_of(name, files, small_disk.parent, again=name not in ALWAYS_NEW)
    size = sum(path.stat().st_size for path in (small_disk / "out").rglob("*") if path.is_file())
    found = {room: trial.on_a_full_disk(room) for room in (0, size // 2)}
    faults = [f"with {room} bytes: {fault}" for room, (_, fault) in found.items() if fault]
    record_property("full disks survived / tried", (len(found) - len(faults), len(found)))
    assert not faults, "\n".join(faults)
    assert found[0][0] == 2 or not trial.calls, "a disk without room took all"
