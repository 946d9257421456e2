"""Splits of images that are not packed: class folders and `label,path` lists become two lists of the same form."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mojika.data.class_list import ClassList
from mojika.data.image_list import ImageList, is_folder, read_image_list
from mojika.data.split import split_at_random
from mojika.data.split_folds import folds_of
from mojika.data.split_writer import RandomShare, existing_report, write_texts
from mojika.files.text_table import csv_text
from mojika.files.urls import Place


@dataclass(frozen=True, kw_only=True)
class ImageFolds:
    """Fold `fold` (from 0) of `folds` validates; every class is spread evenly."""

    folds: int
    fold: int
    seed: int = 0

    def made_from(self) -> dict[str, Any]:
        return asdict(self)


def are_images(place: Place) -> bool:
    """Whether it is a list file, or a folder that is no pack."""
    return isinstance(place, Path) and (place.is_file() or (is_folder(place) and not (place / "meta.json").exists()))


def write_image_split(
    places: Sequence[Place], rule: ImageFolds | RandomShare, out: Path, *, force: bool = False
) -> tuple[dict[str, int], bool]:
    """Split the images of all `places` together and write `train.csv` and `valid.csv` into `out`, and `split.json`.

    Returns numbers for people and whether the same split was there before; nothing is written then. Raises `UserError`
    as `read_image_list` does, and where another split is in `out`, unless `force`.
    """
    lists = [read_image_list(place) for place in places]
    made_from = {"stage": "split", "images": [images.digest for images in lists], **rule.made_from()}
    existing = None if force else existing_report(out, made_from)
    if existing:
        return existing, True
    rows = [row for images in lists for row in _rows(images, out)]
    classes = ClassList.from_labels(label for label, _ in rows)
    targets = classes.indices(label for label, _ in rows)
    train, valid = _divided(targets, rule)
    texts = {
        name: "".join(csv_text(rows[row], []) for row in part.tolist())
        for name, part in (("train.csv", train), ("valid.csv", valid))
    }
    report = {
        "train": len(train),
        "valid": len(valid),
        "shared": len(np.intersect1d(train, valid)),
        "epoch": len(train),
        "train_classes": len(np.unique(targets[train])),
        "valid_classes": len(np.unique(targets[valid])),
        "shared_classes": len(np.unique(targets[np.intersect1d(train, valid)])),
        "classes": len(classes),
    }
    write_texts(out, texts, classes.digest, made_from, report)
    return report, False


def _divided(targets: np.ndarray, rule: ImageFolds | RandomShare) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train and to validate on; what is the only image of its class trains, too."""
    if isinstance(rule, RandomShare):
        split = split_at_random(targets, rule.share, seed=rule.seed)
        return split.train, split.valid
    held = folds_of(targets, np.arange(len(targets)), rule.folds, rule.fold, rule.seed) == rule.fold
    trained = np.bincount(targets[~held], minlength=targets.max() + 1)
    return np.flatnonzero(~held | (trained[targets] == 0)), np.flatnonzero(held)


def _rows(images: ImageList, out: Path) -> list[tuple[str, str]]:
    """Labels and paths, relative to `out` but for addresses of stores."""
    paths = (path if "://" in path else os.path.relpath(Path(path).resolve(), out.resolve()) for path in images.paths)
    return list(zip(images.labels, paths, strict=True))
