"""A run's folder: what it was started with, whether a rerun is the same run, and how a new one takes its place."""

import argparse
import hashlib
import time
from pathlib import Path
from typing import Any

import yaml

from mojika.data.split_list import SplitList
from mojika.errors import UserError
from mojika.experiment.validation import changed_flags, to_plain
from mojika.files.atomic import atomic_text
from mojika.training.checkpoints import LAST


def data_digest(recipe: argparse.Namespace, splits: tuple[SplitList, SplitList]) -> str:
    """What the lists say and what their packs were made from; paths do not count."""
    digest = hashlib.sha256()
    for path, split in zip((recipe.train, recipe.valid), splits, strict=True):
        digest.update(Path(path).read_bytes())
        for pack in split.packs:
            digest.update(pack.fingerprint.encode())
    return digest.hexdigest()


def check_same_run(
    saved: dict[str, Any],
    recipe: argparse.Namespace,
    data: str,
    processes: int,
    folder: Path,
    teacher: str | None = None,
) -> None:
    """Refuse to continue a run with flags, data, teacher or processes that would have given another result."""
    changes = changed_flags(saved["args"], recipe)
    if saved.get("processes", 1) != processes:
        changes.append(f"processes {saved.get('processes', 1)} -> {processes} (torchrun)")
    if saved["data"] != data:
        changes.append(f"the lists or packs behind {recipe.train} and {recipe.valid}")
    if saved.get("teacher") != teacher and saved["args"].get("teacher") == recipe.teacher:
        changes.append(f"the file --teacher {recipe.teacher}")
    if changes:
        raise UserError(
            f"{folder} holds a run with other settings; changed: {'; '.join(changes)}. Use another --prefix, --fresh "
            f"(moves that run aside), or --resume {folder / LAST} under a new --prefix to start from its weights"
        )


def write_settings(folder: Path, recipe: argparse.Namespace, difference: dict, versions: dict) -> None:
    for name, content in (("args", to_plain(recipe)), ("args_min", difference), ("env", versions)):
        atomic_text(
            folder / f"{name}.yaml",
            yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=None),
        )


def move_aside(folder: Path) -> None:
    """`--fresh` deletes nothing: the old run's files go to a folder beside it."""
    files = [path for path in folder.iterdir() if path.name != "lock"]
    if files:
        target = folder.with_name(f"{folder.name}.{time.strftime('%Y%m%d-%H%M%S')}")
        target.mkdir()
        for path in files:
            path.rename(target / path.name)
        print(f"moved the run of this name to {target}")
