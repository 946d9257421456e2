"""Packs: the images of a data set in one memory-mapped array, with one row of labels for each.

A pack is a folder: `images.npy` `(N, H, W, C) uint8`; `samples.parquet`, one row an image (a label column per head,
`image_id`, box, `group`, `source`, `weight`); `classes.csv`, or `classes.<head>.csv` for each of several heads;
`meta.json`. One in an object store is read from its copy in the cache.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
import pandas as pd

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.files.artifact import JsonFile, Kind
from mojika.files.faults import well_formed
from mojika.files.fetching import fetched, fetched_parts, naming
from mojika.files.fingerprints import file_digest
from mojika.files.parquet import PARQUET_ERRORS, read_parquet
from mojika.files.urls import Place, Url, place

PACK = Kind("pack", 2, JsonFile("meta.json"), "pack", "a pack, as `mojika pack` makes it")
_AT_ONCE = 4096  # images, to be read and compared
_PREPROCESSING = ("grapheme_size", "page_preprocessing")  # of what packs are made from


@dataclass(frozen=True, eq=False)
class Pack:
    """A pack on disk; `images` stays there until it is indexed.

    `place` is where the user keeps it and `folder` where its files are; they differ for packs in object stores.
    `heads` names the label columns of `samples`; `classes` has the class list of each.
    """

    place: Place
    folder: Path
    images: np.memmap
    samples: pd.DataFrame
    heads: tuple[str, ...]
    classes: dict[str, ClassList]
    meta: dict[str, Any]

    @classmethod
    def open(cls, where: Place | str) -> "Pack":
        """Raises `UserError` where there is no pack of this schema or its parts do not belong together."""
        at = place(where)
        if not isinstance(at, Url):
            return cls._open(at, at)
        folder = _fetched_pack(at)
        with naming(at, folder):
            return cls._open(at, folder)

    @classmethod
    def _open(cls, at: Place, folder: Path) -> "Pack":
        meta = PACK.read(folder)
        with well_formed(folder, PACK.expected):
            return cls._of_header(at, folder, meta)

    @classmethod
    def _of_header(cls, at: Place, folder: Path, meta: dict[str, Any]) -> "Pack":
        heads, _, _ = tuple(meta["heads"]), meta["fingerprint"], dict(meta["made_from"])
        classes = {head: ClassList.read(folder / classes_file(head, heads)) for head in heads}
        for head, class_list in classes.items():
            digest, who = meta["class_list_digest"][head], f"{folder}: {classes_file(head, heads)}"
            class_list.expect_digest(digest, who, "the pack was made with", "restore the file or make the pack again")
        images, samples = _open_images(folder), _read_samples(folder)
        expected = (meta["count"], meta["height"], meta["width"], meta["channels"])
        if images.shape != expected or images.dtype != np.uint8 or len(samples) != meta["count"]:
            raise UserError(
                f"{folder}: expected images {expected} uint8 and {meta['count']} samples, found {images.shape} "
                f"{images.dtype} and {len(samples)}; make the pack again"
            )
        if not heads or any(head not in samples for head in heads):
            names = ", ".join(map(str, heads)) or "of labels"
            raise UserError(
                f"{folder}/samples.parquet: expected the columns {names}, found others; make the pack again"
            )
        if "weight" in samples and not np.isfinite(samples["weight"].to_numpy(np.float32)).all():
            raise UserError(f"{folder}/samples.parquet: expected finite weights, found others; make the pack again")
        return cls(at, folder, images, samples, heads, classes, meta)

    def __len__(self) -> int:
        return self.meta["count"]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images, in pixels."""
        return self.height, self.width

    @property
    def height(self) -> int:
        return self.meta["height"]

    @property
    def width(self) -> int:
        return self.meta["width"]

    @property
    def channels(self) -> int:
        return self.meta["channels"]

    @property
    def fingerprint(self) -> str:
        """Digest of all that the pack was made from."""
        return self.meta["fingerprint"]

    @property
    def preprocessing(self) -> dict[str, Any]:
        """What else has to be known to make such images: `grapheme_size` of graphemes, `page_preprocessing` of pages.

        The latter are the steps that the pages went through; packs of earlier versions do not say it.
        """
        of_form = {name: value for name, value in self.meta["made_from"].items() if name in _PREPROCESSING}
        return of_form | self.meta.get("preprocessing", {})

    def check_content(self) -> None:
        """Read all of it; raises `UserError` where it is not what was packed. Older packs do not say."""
        samples = file_digest(self.folder / "samples.parquet")
        if samples != self.meta.get("samples_sha256", samples):
            raise UserError(f"{self.folder}/samples.parquet: other samples than were packed: edited, or damaged")
        found = hashlib.sha256()
        for start in range(0, len(self), _AT_ONCE):
            found.update(np.ascontiguousarray(self.images[start : start + _AT_ONCE]).data)
        if found.hexdigest() != self.meta.get("images_sha256", found.hexdigest()):
            raise UserError(f"{self.folder}/images.npy: other pixels than were packed: damaged, make the pack again")

    @cached_property
    def targets(self) -> np.ndarray:
        """The class of each image, `(N, heads) int64`."""
        return np.stack([self.classes[head].indices(self.samples[head]) for head in self.heads], axis=1)


def common_classes(packs: Sequence[Pack]) -> dict[str, ClassList]:
    """The class lists of one or more packs, by head; raises `UserError` where the packs differ in them."""
    first, *others = packs
    for pack in others:
        folders = f"{first.place} and {pack.place}"
        if pack.heads != first.heads:
            heads = f"{', '.join(first.heads)} and {', '.join(pack.heads)}"
            raise UserError(f"{folders} have different label columns: {heads}")
        for head, class_list in first.classes.items():
            wrong = f"{folders} have different class lists"
            class_list.expect_same(pack.classes[head], wrong, "pack both with one class list")
    return first.classes


def classes_file(head: str, heads: tuple[str, ...]) -> str:
    """Name of the file with a head's class list."""
    return "classes.csv" if len(heads) == 1 else f"classes.{head}.csv"


def _fetched_pack(url: Url) -> Path:
    """A local folder with the pack's files; its header says which there are."""
    header = fetched(url / "meta.json").parent
    with naming(url, header), well_formed(header, PACK.expected):
        heads = tuple(PACK.read(header)["heads"])
    return fetched_parts(
        url, ["meta.json", "samples.parquet", *(classes_file(head, heads) for head in heads), "images.npy"]
    )


def _open_images(folder: Path) -> np.memmap:
    try:
        return np.load(folder / "images.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, TokenError, SyntaxError) as error:
        raise UserError(f"{folder}/images.npy: expected an array: {error}; make the pack again") from None


def _read_samples(folder: Path) -> pd.DataFrame:
    try:
        return read_parquet(folder / "samples.parquet").to_pandas()
    except PARQUET_ERRORS as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{folder}/samples.parquet: expected a table: {reason}; make the pack again") from None
