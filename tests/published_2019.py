"""Files as the programs of 2019 wrote them: `BoxList`s saved by torch, boosters in a pickle; and hostile ones."""

import pickle
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch


@contextmanager
def class_of_2019(module: str, name: str) -> Iterator[type]:
    """An empty class that pickles know as `module.name`, while the block lasts."""
    made = type(name, (), {"__module__": module})
    parts = module.split(".")
    modules = {".".join(parts[: count + 1]): ModuleType(parts[count]) for count in range(len(parts))}
    before = {known: sys.modules.get(known) for known in modules}
    setattr(modules[module], name, made)
    sys.modules.update(modules)
    try:
        yield made
    finally:
        for known, old in before.items():
            if old is None:
                del sys.modules[known]
            else:
                sys.modules[known] = old


def save_detections(
    path: Path, pages: Sequence[tuple[tuple[int, int], Any, Any]], *, mode: str = "xyxy", zipped: bool = False
) -> None:
    """`pages` are sizes, corners `(n, 4)` and scores `(n,)`, in torch's format of 2019 unless `zipped`."""
    with class_of_2019("maskrcnn_benchmark.structures.bounding_box", "BoxList") as BoxList:
        saved = []
        for size, corners, scores in pages:
            page = BoxList()
            page.bbox, page.size, page.mode = torch.as_tensor(corners, dtype=torch.float32).reshape(-1, 4), size, mode
            scores = torch.as_tensor(scores, dtype=torch.float32)
            page.extra_fields = {"scores": scores, "labels": torch.ones(len(scores), dtype=torch.int64)}
            saved.append(page)
        torch.save(saved, path, _use_new_zipfile_serialization=zipped)


class Hostile:
    """Unpickled by an ordinary reader, it writes `marker`."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.marker, "ran")


def hostile_pickle(path: Path, marker: Path) -> None:
    path.write_bytes(pickle.dumps([Hostile(marker)], protocol=3))
