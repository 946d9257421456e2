"""`.model` files: tensors and plain values, written so that a readable one exists at every moment.

The new file is written under a temporary name, synced and read back before it takes the place of the old one, which
stays beside it as `last.previous.model`. A file that cannot be read falls back to that one, and says so.
"""

import errno
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from mojika.errors import ParameterError, UserError
from mojika.files.atomic import atomic_write
from mojika.files.reader_folder import ModelKind, find_member
from mojika.training.reader_members import read_member

SCHEMA = 1
LAST, BEST = "last.model", "best.model"
_OLDER = bytes.fromhex("80028a0a6cfc9c46f920")  # the pickled number with which torch's own format began
_UNREADABLE = (
    *(OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError, AttributeError),
    *(zipfile.BadZipFile, pickle.UnpicklingError),
)


def previous_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def epoch_file(folder: Path, epoch: int) -> Path:
    """The file that keeps a finished epoch, counted from 1."""
    return folder / f"epoch-{epoch:04d}.model"


def iteration_file(folder: Path, step: int) -> Path:
    """The file that keeps what so many steps have made."""
    return folder / f"iteration-{step:06d}.model"


def best_file(folder: Path, by: str, chosen: str) -> Path:
    """The file that keeps what is best by "score" or "loss": `best.model` for the one that is `chosen`."""
    return folder / (BEST if by == chosen else f"best-{by}.model")


def prune_epoch_files(folder: Path, keep: int) -> None:
    """Remove all but the newest `keep` epoch files."""
    files = sorted(folder.glob("epoch-*.model"), key=lambda path: int(path.stem.removeprefix("epoch-")))
    for path in files[:-keep]:
        path.unlink()


def save_checkpoint(path: Path, state: dict[str, Any], other_names: Sequence[Path] = ()) -> None:
    """Write `state` (tensors and plain values) to `path`, keeping what was there as its previous file.

    `other_names` get the same file, before `path` does: whatever happens in between, they are never older ones.
    Raises `UserError` when the disk is full; the old file is then untouched.
    """
    try:
        with atomic_write(path) as file:
            torch.save({"schema": SCHEMA, **state}, file)
            file.flush()
            os.fsync(file.fileno())
            _verify(Path(file.name))
            for name in other_names:
                _link_over(Path(file.name), name)
            if path.exists():
                _link_over(path, previous_of(path))
    except (OSError, RuntimeError) as error:
        cause = _of_system(error)
        if cause is None:
            raise
        if cause.errno not in (errno.ENOSPC, errno.EDQUOT):
            cause.filename = str(path)
            raise cause from None
        needed, free = _size_of(state), shutil.disk_usage(path.parent).free
        raise UserError(
            f"disk full: {path} needs about {needed / 2**20:.0f} MiB and {free / 2**20:.0f} MiB are free; the "
            "checkpoint before it is intact: make room and run the same command again"
        ) from error


def load_checkpoint(path: Path, kind: ModelKind | None = None, *, whole: bool = True) -> dict[str, Any]:
    """Read one `.model` file, or one model of a reader's folder, without executing anything in it.

    A reader's folder stands for the only model in it, or the only one of a `kind`. Without `whole`, checksums are not
    compared and tensors stay on the disk until they are used: for a look at what the file is.
    Raises `UserError` when it is missing, damaged, of another schema, or holds more than tensors and plain values.
    """
    if member := find_member(path, kind):
        return read_member(member)
    if path.is_dir():
        models = sorted(path.glob("**/best.model"))
        advice = f"; perhaps {models[0]}" if models else ""
        raise UserError(f"{path}: expected a .model file or a reader's folder, found another folder{advice}")
    if not path.is_file():
        raise UserError(f"{path}: no such model file")
    if _is_older_than_archives(path):
        raise UserError(
            f"{path}: a file of torch before 1.6, as those of 2019: `mojika import-model` makes a checkpoint of it"
        )
    try:
        if whole:
            _verify(path)  # torch's reader does not compare checksums
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=not whole)
    except pickle.UnpicklingError as error:
        raise UserError(f"{path}: damaged, or holds more than tensors and plain values; not loaded") from error
    except _UNREADABLE as error:
        if not _begins_like_an_archive(path):
            raise UserError(f"{path}: expected a .model file, found something else") from error
        raise UserError(f"{path}: truncated or damaged ({type(error).__name__})") from error
    if not isinstance(state, dict) or "schema" not in state:
        raise UserError(f"{path}: not a checkpoint of Mojika")
    if state["schema"] != SCHEMA:
        raise UserError(f"{path}: checkpoint schema {state['schema']}, this version reads {SCHEMA}")
    return state


def weights_of(state: dict[str, Any]) -> dict[str, Any]:
    """State dicts `model` (backbone) and `head` to infer with: the averaged ones where the run kept an average."""
    if not state["ema"]:
        return {"model": state["model"], "head": state["head"]}
    average = state["ema"]["model"]
    return {
        part: {key.removeprefix(prefix): value for key, value in average.items() if key.startswith(prefix)}
        for part, prefix in (("model", "backbone."), ("head", "heads."))
    }


def load_last(folder: Path, report: Callable[[str], None]) -> dict[str, Any] | None:
    """The newest readable checkpoint of a run folder, or None when it has none yet.

    If `last.model` is damaged, the checkpoint before it is read, and `report` receives a line that says so. Raises
    `UserError` when files exist and none can be read.
    """
    path = folder / LAST
    candidates = [file for file in (path, previous_of(path)) if file.exists()]
    reasons = []
    for file in candidates:
        try:
            state = load_checkpoint(file)
        except UserError as error:
            reasons.append(str(error))
            continue
        if reasons:
            report(f"{reasons[0]}; resuming from {file.name}, saved before it")
        return state
    if reasons:
        raise ParameterError(f"no readable checkpoint: {'; '.join(reasons)}; start again with {{fresh}}")
    return None


def withdraw(folder: Path) -> None:
    """Remove what `last.model` is, under all its names; the file before it takes its place."""
    last = folder / LAST
    for name in folder.glob("*.model"):
        if name != last and last.exists() and name.samefile(last):
            name.unlink()
    if previous_of(last).exists():
        os.replace(previous_of(last), last)
    else:
        last.unlink(missing_ok=True)


def _verify(path: Path) -> None:
    """Read the archive back and compare every record's checksum."""
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
    if damaged:
        raise OSError(errno.EIO, f"wrote a damaged record {damaged}", str(path))


def _is_older_than_archives(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(len(_OLDER)) == _OLDER


def _begins_like_an_archive(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"PK"


def _link_over(path: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        try:
            os.link(path, temporary)
        except OSError:  # a file system without hard links
            shutil.copyfile(path, temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)  # a rename leaves it where both are names of one file already


def _of_system(error: BaseException | None) -> OSError | None:
    """The error of the operating system itself; torch's zip writer makes a `RuntimeError` of one."""
    while error is not None and not (isinstance(error, OSError) and error.errno):
        error = error.__context__
    return error


def _size_of(value: Any) -> int:
    """Bytes of all tensors in a nest of dicts, lists and tuples."""
    if isinstance(value, torch.Tensor):
        return value.numel() * value.element_size()
    if isinstance(value, dict):
        return sum(map(_size_of, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_size_of, value))
    return 0
