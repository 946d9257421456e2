"""What is in a folder, to be compared with what is in another one."""

import hashlib
from collections.abc import Iterator
from pathlib import Path


def contents(folder: Path) -> dict[str, object]:
    """Bytes of the files by name; of checkpoints digests of the weights and of the optimizer's state, by name, and of
    a run's metrics all but the duration, which ends each row."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): content(path) for path in files}


def content(path: Path) -> object:
    if path.name == "metrics.csv":
        return [line.rpartition(b",")[0] for line in path.read_bytes().splitlines()]
    if path.suffix != ".model":
        return path.read_bytes()
    from mojika.training.checkpoints import load_checkpoint  # needs torch

    state = load_checkpoint(path)
    return {name: found for part in ("model", "head", "optimizer") for name, found in _digests(state.get(part), part)}


def _digests(value: object, name: str) -> Iterator[tuple[str, str]]:
    import torch

    if isinstance(value, torch.Tensor):
        yield name, hashlib.sha256(value.contiguous().flatten().view(torch.uint8).numpy().tobytes()).hexdigest()
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from _digests(item, f"{name}.{key}")


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.name.endswith(".tmp"))
