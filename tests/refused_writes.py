"""A command whose system calls that write are refused one after the other, and what that leaves and does."""

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from contents import contents, leftovers
from failing_calls import ERRORS, Call, Outcome, Refusal, watched

from mojika.errors import UserError

JOURNALS = (
    "lock",
    "env.yaml",
    ".partial.jsonl",
    ".log",
    "claims",
)  # what is only locked, tells of the moment, or only grows
NAMED_BY_THE_CLOCK = "events.out."
LAST_OF_SEVERAL = "split.json"  # goes before the lists that it tells of are replaced, and completes them
STAGES_OF_WORK = (
    ".mojika/",
    ".model",
    "metrics.csv",
    "unfinished/",
    ".db-journal",
)  # say how far a page has come, or a training; by the last one SQLite undoes what it had begun


@dataclass(frozen=True)
class Line:
    """A command line of `mojika`, or of `train.py`, which writes below `out`."""

    command: str
    words: tuple[str, ...]

    def run(self) -> int:
        from mojika.cli import train
        from mojika.cli.main import main

        return train.main(list(self.words)) if self.command == "train.py" else main([self.command, *self.words])


@dataclass
class Trial:
    """`line` in the folder `place`, where the `inputs` are links: for the first time, or over an older result.

    What it leaves undisturbed is found by running it twice: files that then differ hold dates or durations.
    """

    line: Line
    inputs: Path
    place: Path
    again: bool = False

    def __post_init__(self) -> None:
        self.older = self.place.with_name("older")
        first, self.expected = self._undisturbed()
        shutil.copytree(self.place, self.older, symlinks=True)
        second, found = self._undisturbed()
        assert found.keys() == self.expected.keys()
        self.of_the_moment = {name for name in found if found[name] != self.expected[name]}
        self.calls = second if self.again else first

    def refused(self, refusal: Refusal) -> str | None:
        """What is wrong when a call is refused and the line run again; None where all is well."""
        self._begin()
        return self._faults_of(self._run(refusal), lambda: None)

    def on_a_full_disk(self, room: int) -> tuple[int, str | None]:
        """The same where the disk of `place` has only `room` bytes left, and then all; and the exit status."""
        self._begin()
        ballast = self.place / "ballast"
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(shutil.disk_usage(self.place).free - room, 1))
        outcome = self._run()
        return outcome.status, self._faults_of(outcome, ballast.unlink)

    def _undisturbed(self) -> tuple[tuple[Call, ...], dict[str, object]]:
        self._begin()
        outcome = self._run()
        assert outcome.status == 0, outcome.said
        return outcome.calls, self._contents()

    def _begin(self) -> None:
        self.place.mkdir(exist_ok=True)
        for each in self.place.iterdir():
            shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
        if self.again and self.older.exists():
            shutil.copytree(self.older, self.place, symlinks=True, dirs_exist_ok=True)
        else:
            for each in self.inputs.iterdir():
                (self.place / each.name).symlink_to(each)

    def _faults_of(self, outcome: Outcome, mend: Callable[[], object]) -> str | None:
        told = [line for line in outcome.said.splitlines() if "error: " in line]
        done = outcome.status == 0
        faults = list(self._wrong_files(complete=self.again or done, done=done))
        if outcome.status not in (0, 2) or (outcome.status == 2) != (len(told) == 1):
            faults.append(f"status {outcome.status}, {outcome.said[-1500:]}")
        mend()
        outcome = self._run()
        if outcome.status:
            faults.append(f"run again: status {outcome.status}, {outcome.said[-1500:]}")
        faults += [f"run again: {each}" for each in self._wrong_files(complete=True, done=True)]
        return "; ".join(faults) or None

    def _wrong_files(self, *, complete: bool, done: bool) -> Iterator[str]:
        try:
            found = self._contents()
        except UserError as error:
            yield str(error)
            return
        for name in sorted({*found, *(self.expected if complete else ())}):
            if name.endswith((*JOURNALS, ".tmp")) or name in self.of_the_moment & found.keys():
                continue
            if not done and name in found and any(part in name for part in STAGES_OF_WORK):
                continue
            if not done and name.endswith(LAST_OF_SEVERAL) and name not in found:
                continue
            if name not in found:
                yield f"no {name}"
            elif found[name] != self.expected.get(name):
                yield f"{name} {'is another' if name in self.expected else 'is left'}"
        if left := leftovers(self.place):
            yield f"left: {', '.join(left)}"

    def _contents(self) -> dict[str, object]:
        found = contents(self.place / "out")
        return {name: value for name, value in found.items() if NAMED_BY_THE_CLOCK not in name}

    def _run(self, refusal: Refusal | None = None) -> Outcome:
        words = (*self.line.words, "--force") if self.again else self.line.words

        def work() -> int:
            os.chdir(self.place)
            os.environ["MOJIKA_CACHE"] = str(self.place / "cache")
            return Line(self.line.command, words).run()

        return watched(work, self.place, self.place.with_name("said.txt"), refusal)


def chosen(calls: Sequence[Call], limit: int, rng: random.Random) -> list[Refusal]:
    """Calls and what each says: all of them, or at most `limit` and one of each kind, file and error."""
    every = [
        (Refusal(at, error), (call.kind, _kind_of(call.path), error))
        for at, call in enumerate(calls)
        for error in ERRORS[call.kind]
    ]
    if len(every) <= limit:
        return [refusal for refusal, _ in every]
    rng.shuffle(every)
    of_each = {key: refusal for refusal, key in every}
    others = [refusal for refusal, _ in every if refusal not in of_each.values()]
    return [*of_each.values(), *others[: max(0, limit - len(of_each))]]


def _kind_of(path: str) -> str:
    """The name without what is drawn by lot, and without numbers."""
    return re.sub(r"\d+", "#", re.sub(r"\.[0-9a-f]{8}\.tmp", ".tmp", path))
