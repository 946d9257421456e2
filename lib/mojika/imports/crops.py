"""Loose crops as `label,path` lists, one for each part, and their class list."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from mojika.data.class_list import ClassList
from mojika.data.code_points import label_named
from mojika.data.images import read_image
from mojika.data.split import split_at_random
from mojika.errors import UserError
from mojika.files.atomic import atomic_text
from mojika.files.faults import Fault
from mojika.files.fingerprints import digest
from mojika.files.text_table import csv_text
from mojika.imports.found import TRAIN, VALID, Found, FoundCrop, first_of
from mojika.runtime.parallel import ordered_map
from mojika.runtime.progress import track


@dataclass(frozen=True, eq=False)
class Crops:
    """Crops, each file once, with labels as classes have them; `faults` are what was left out."""

    crops: list[FoundCrop]
    faults: list[Fault]
    valid_fraction: float | None = None

    @classmethod
    def of(cls, found: Found, valid_fraction: float | None = None) -> "Crops":
        """A file that occurs again is a fault: it would count twice, or be trained and validated on."""
        faults = list(found.faults)
        kept: dict[str, FoundCrop] = {}
        for crop in found.crops:
            path = os.path.abspath(crop.file)
            if path in kept:
                faults.append(
                    Fault(crop.noted_in, crop.row, f"{crop.file.name} was there before, as {kept[path].label}")
                )
            else:
                kept[path] = replace(crop, label=label_named(crop.label))
        return cls(list(kept.values()), faults, valid_fraction)

    @property
    def parts(self) -> list[str]:
        return sorted({crop.part for crop in self.crops})

    @cached_property
    def content(self) -> str:
        """Digest of all that decides what is written."""
        status = [crop.file.stat() for crop in self.crops]
        rows = [
            [crop.label, crop.part, os.path.abspath(crop.file), at.st_size, at.st_mtime_ns]
            for crop, at in zip(self.crops, status, strict=True)
        ]
        return digest([rows, self.valid_fraction])

    def write(self, folder: Path, out: Path, workers: int) -> tuple[dict[str, int], list[Fault]]:
        """Write lists into `folder`, which will be `out`; their paths are relative to it.

        Every image is decoded; the faults returned have those that cannot be. Raises `UserError` where none can.
        """
        readable = ordered_map(_fault, self.crops, workers)
        bad = list(track(readable, total=len(self.crops), description="reading images", unit="image"))
        faults = [*self.faults, *filter(None, bad)]
        good = [crop for crop, fault in zip(self.crops, bad, strict=True) if fault is None]
        if not good:
            raise UserError(f"found no image that can be used{first_of(faults)}")
        lists = _lists(good, self.valid_fraction)
        for part, crops in lists.items():
            rows = [[crop.label, os.path.relpath(crop.file.resolve(), out.resolve())] for crop in crops]
            atomic_text(folder / f"{part}.csv", "".join(csv_text(row, []) for row in rows))
        classes = ClassList.from_labels(crop.label for crop in good)
        classes.write(folder / "classes.csv")
        return {**{part: len(crops) for part, crops in lists.items()}, "classes": len(classes)}, faults


def _lists(crops: Sequence[FoundCrop], valid_fraction: float | None) -> dict[str, list[FoundCrop]]:
    if valid_fraction is None:
        return {part: [crop for crop in crops if crop.part == part] for part in sorted({crop.part for crop in crops})}
    targets = ClassList.from_labels(crop.label for crop in crops).indices(crop.label for crop in crops)
    split = split_at_random(targets, valid_fraction)
    return {TRAIN: [crops[row] for row in split.train], VALID: [crops[row] for row in split.valid]}


def _fault(crop: FoundCrop) -> Fault | None:
    try:
        read_image(crop.file)
    except UserError as error:
        return Fault(crop.noted_in, crop.row, str(error).replace(str(crop.file), crop.file.name))
    return None
