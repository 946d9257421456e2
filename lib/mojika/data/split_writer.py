"""`train.csv`, `valid.csv` and `split.json`: a split by book as files that `train.py` reads."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mojika.data.atomic import atomic_json, atomic_write
from mojika.data.fingerprints import differences, digest
from mojika.data.pack import Pack
from mojika.data.split import split_by_book
from mojika.errors import UserError

SCHEMA = 1
_SUMMARY = "split.json"


def write_split(
    pack: Pack,
    hold_out: Sequence[str],
    out: Path,
    *,
    min_train: int = 100,
    fill: int = 20,
    fill_fraction: float = 0.1,
    seed: int = 0,
    force: bool = False,
) -> tuple[dict[str, int], bool]:
    """Split `pack` by `split_by_book` and write the lists into the folder `out`.

    Returns numbers for people and whether the same split was there before; nothing is written then. Raises
    `UserError` where another split is there, unless `force`, and on packs with several label columns.
    """
    if len(pack.heads) != 1:
        raise UserError(f"{pack.folder}: expected one label column, found {', '.join(pack.heads)}")
    made_from = {
        "stage": "split",
        "pack": pack.fingerprint,
        "pack_folder": _relative(pack.folder, out),
        "hold_out": sorted(set(hold_out)),
        "min_train": min_train,
        "fill": fill,
        "fill_fraction": fill_fraction,
        "seed": seed,
    }
    existing = _read_summary(out)
    if existing and not force:
        if existing["fingerprint"] == _fingerprint(made_from):
            return existing["report"], True
        differing = differences(existing["made_from"], made_from)
        raise UserError(f"{out}: holds another split: {differing}; choose another --out, or --force to replace it")

    targets = pack.targets[:, 0]
    split = split_by_book(
        targets,
        pack.samples["group"].to_numpy(object),
        hold_out,
        min_train=min_train,
        fill=fill,
        fill_fraction=fill_fraction,
        seed=seed,
    )
    report = {
        "train": len(split.train),
        "valid": len(split.valid),
        "shared": int(split.train_shared.sum()),
        "epoch": int(split.repeat.sum()),
        "train_classes": len(np.unique(targets[split.train])),
        "valid_classes": len(np.unique(targets[split.valid])),
        "shared_classes": len(np.unique(targets[split.train[split.train_shared]])),
        "classes": len(pack.classes[pack.heads[0]]),
    }
    (out / _SUMMARY).unlink(missing_ok=True)  # it comes last and so stands for lists that are whole
    _write_list(out / "train.csv", pack, split.train, split.repeat, split.train_shared)
    _write_list(out / "valid.csv", pack, split.valid, np.ones_like(split.valid), split.valid_shared)
    summary = {
        "kind": "split",
        "schema": SCHEMA,
        "class_list_digest": pack.classes[pack.heads[0]].digest,
        "fingerprint": _fingerprint(made_from),
        "made_from": made_from,
        "report": report,
    }
    atomic_json(out / _SUMMARY, summary)
    return report, False


def _write_list(path: Path, pack: Pack, rows: np.ndarray, repeat: np.ndarray, shared: np.ndarray) -> None:
    head = pack.heads[0]
    table = pd.DataFrame(
        {
            "pack": _relative(pack.folder, path.parent),
            "row": rows,
            head: pack.samples[head].to_numpy(object)[rows],
            "weight": pack.samples["weight"].to_numpy()[rows],
            "repeat": repeat,
            "shared": shared.astype(np.int64),
        }
    )
    with atomic_write(path, "w") as file:
        table.to_csv(file, index=False, lineterminator="\n", float_format="%g")


def _read_summary(out: Path) -> dict[str, Any] | None:
    try:
        summary = json.loads((out / _SUMMARY).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise UserError(
            f"{out / _SUMMARY}: expected JSON, found something else; --force makes the split anew"
        ) from None
    return summary if isinstance(summary, dict) and summary.get("kind") == "split" else None


def _fingerprint(made_from: dict[str, Any]) -> str:
    return digest({"schema": SCHEMA, **made_from})


def _relative(folder: Path, start: Path) -> str:
    return Path(os.path.relpath(folder.resolve(), start.resolve())).as_posix()
