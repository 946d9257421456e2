"""A run's folder: who holds it, what it was started with, and whether a rerun is the same run."""

import argparse
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any

import yaml

from mojika.errors import UserError
from mojika.experiment.validation import changed_flags, to_plain
from mojika.files.atomic import atomic_text, remove_leftovers
from mojika.runtime.run_lock import RunHeldElsewhere, RunLock
from mojika.runtime.signals import StopRequest
from mojika.training.checkpoints import LAST
from mojika.training.distributed import World


@contextmanager
def held_run(folder: Path, world: World, *, fresh: bool) -> Iterator[StopRequest | None]:
    """Hold `folder` for the processes of `world`, without what a killed one left there; `fresh` moves an old run aside.

    Yields what signals set; None, once it is printed who holds the folder, where others do.
    """
    with ExitStack() as stack:
        holder = ""
        if world.is_main:
            try:
                stack.enter_context(RunLock(folder))
            except RunHeldElsewhere as elsewhere:
                holder = str(elsewhere)
        holder = world.broadcast_from_main(holder)
        if holder:
            world.print(holder)
            yield None
            return
        stop = stack.enter_context(StopRequest())
        with world.main_first():
            if world.is_main:
                remove_leftovers(folder)  # of a process that was killed while it saved
                if fresh:
                    move_aside(folder)
        yield stop


@dataclass(frozen=True)
class Identity:
    """What makes two command lines the same run.

    `description` is stored in every checkpoint: "args" (the resolved flags), "processes", and digests of files under
    the names that `files` has, with words for each. A rerun may change the flags in `neutral`; `defaults` has the
    values of flags that came after a checkpoint.
    """

    description: dict[str, Any]
    _: KW_ONLY
    neutral: frozenset[str]
    defaults: Mapping[str, Any]
    files: Mapping[str, str]

    def check(self, saved: dict[str, Any], folder: Path) -> None:
        """Raises `UserError` where the run in `folder` has flags, data or processes that give another result."""
        kind, own_kind = ("detector" if "detector" in state else "classifier" for state in (saved, self.description))
        if kind != own_kind:
            raise UserError(f"{folder} holds the run of a {kind}; use another --prefix, or --fresh")
        args, own_args = saved["args"], self.description["args"]
        changes = changed_flags(args, own_args, self.neutral, self.defaults)
        processes, own_processes = saved.get("processes", 1), self.description["processes"]
        if processes != own_processes:
            changes.append(f"processes {processes} -> {own_processes} (torchrun)")
        for name, words in self.files.items():
            same_path = args.get(name) == own_args.get(name)  # a flag that names another file is listed already
            if same_path and saved.get(name) != self.description[name]:
                changes.append(words)
        if changes:
            raise UserError(
                f"{folder} holds a run with other settings; changed: {'; '.join(changes)}. Use another --prefix, "
                f"--fresh (moves that run aside), or --resume {folder / LAST} under a new --prefix to start from its "
                "weights"
            )


class _Lines(yaml.SafeDumper):
    """A line for each setting, with its list in it."""


_Lines.add_representer(
    list, lambda dumper, values: dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)
)


def in_lines(settings: Mapping[str, Any]) -> str:
    """YAML with one setting a line."""
    return yaml.dump(dict(settings), Dumper=_Lines, sort_keys=False, allow_unicode=True, width=10_000)


def write_settings(folder: Path, recipe: argparse.Namespace, difference: dict, versions: dict) -> None:
    for name, content in (("args", to_plain(recipe)), ("args_min", difference), ("env", versions)):
        atomic_text(folder / f"{name}.yaml", in_lines(content))


def settings_text(recipe: Mapping[str, Any], defaults: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """What `--dry-run` prints, as YAML: settings that differ from the defaults, or all, and what was `found`."""
    usual = {} if recipe["all_settings"] else defaults
    settings = {name: value for name, value in recipe.items() if name not in usual or usual[name] != value}
    for name in ("dry_run", "all_settings"):
        settings.pop(name, None)
    more = "# all other settings have their defaults; --all-settings shows them"
    return in_lines({**settings, **found}) + more * (not recipe["all_settings"])


def move_aside(folder: Path) -> None:
    """`--fresh` deletes nothing: the old run's files go to a folder beside it, but for the lists of `--data`."""
    files = [path for path in folder.iterdir() if path.name not in ("lock", "data")]
    if files:
        target = folder.with_name(f"{folder.name}.{time.strftime('%Y%m%d-%H%M%S')}")
        target.mkdir()
        for path in files:
            path.rename(target / path.name)
        print(f"moved the run of this name to {target}")
