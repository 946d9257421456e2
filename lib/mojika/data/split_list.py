"""Split lists: which rows of which packs to train on or to validate with, and how they count.

A table with the header `pack,row,label[,…],weight,repeat[,shared][,unseen]`; or a header-less `label,path` list of
image files that the 2019 scripts read, or class folders, packed once into the cache and then treated the same.
Lists and packs may lie in object stores.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mojika.data.class_list import ClassList
from mojika.data.derived_packs import fitting_pack
from mojika.data.image_list import pack_image_list, read_image_list
from mojika.data.pack import Pack, common_classes
from mojika.data.split_table import PLACE, is_table, numbers_of, open_packs, read_table
from mojika.errors import UserError
from mojika.files.urls import Place, place
from mojika.models.input_spec import InputSpec
from mojika.sizes import Size


@dataclass(eq=False)
class SplitList:
    """One list, its packs opened. Position i of the list is row `row[i]` of `packs[pack_index[i]]`.

    `pack_index`, `row`, `repeat` `(N,) int64`, `targets (N, heads) int64`, `weight (N,) float32`, `shared (N,) bool`:
    whether the sample is in both the training and the validation list. `unseen (N,) bool`: whether the sample's
    combination of labels is missing from training; None if the list does not say.
    """

    packs: list[Pack]
    pack_index: np.ndarray
    row: np.ndarray
    targets: np.ndarray
    weight: np.ndarray
    repeat: np.ndarray
    shared: np.ndarray
    heads: tuple[str, ...]
    classes: dict[str, ClassList]
    unseen: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.row)

    @property
    def preprocessing(self) -> dict[str, Any]:
        """How the images of all the packs were prepared; what they do not agree on is left out."""
        if not self.packs:
            return {}
        first, *others = (pack.preprocessing for pack in self.packs)
        return {name: value for name, value in first.items() if all(o.get(name) == value for o in others)}

    def repeated(self) -> "SplitList":
        """The list with every sample as often as `repeat` says, for those who do not look at that."""
        if (self.repeat == 1).all():
            return self
        rows = np.repeat(np.arange(len(self)), self.repeat)
        return dataclasses.replace(self.at(rows), repeat=np.ones(len(rows), np.int64))

    def at(self, positions: np.ndarray) -> "SplitList":
        """The list of the samples at `positions` `(n,) int64`, in their order."""
        columns = ("pack_index", "row", "targets", "weight", "repeat", "shared")
        taken = {name: getattr(self, name)[positions] for name in columns}
        return dataclasses.replace(self, **taken, unseen=None if self.unseen is None else self.unseen[positions])

    def with_pseudo_weight(self, weight: float) -> "SplitList":
        """The list with pseudo-labelled samples at `weight`, unless the list gives them another than 1."""
        is_pseudo = np.zeros(len(self), bool)
        for number, pack in enumerate(self.packs):
            at = np.flatnonzero(self.pack_index == number)
            is_pseudo[at] = pack.samples["source"].to_numpy()[self.row[at]] == "pseudo"
        weights = np.where(is_pseudo & (self.weight == 1), np.float32(weight), self.weight)
        return dataclasses.replace(self, weight=weights)


def read_split_lists(
    paths: Sequence[Place | str], *, scale_size: Size, channels: int, cache: Path | None, exchanged: bool = False
) -> list[SplitList]:
    """Read lists that belong together, so that all share one class list and its numbering.

    Packs of another size or number of channels are converted once into `cache`. Image lists take their classes from
    the packs of the tables beside them and else from all image lists together, in natural order. With `exchanged`
    colour that becomes gray has its red and blue exchanged first (what stays in colour stays as it is: the augmentation
    exchanges it). Without a `cache` nothing is converted: packs stay as they are, and image lists have none.
    Raises `UserError` where lists and packs do not belong together, or a row's label is not the one in
    its pack.
    """
    places = [place(path) for path in paths]
    tables = {path: read_table(path) for path in places if is_table(path)}
    image_lists = {path: read_image_list(path) for path in places if path not in tables}
    opened: dict[Place, Pack] = {}
    packs = {path: open_packs(path, table, opened) for path, table in tables.items()}
    classes = common_classes(list(opened.values())) if opened else None
    if classes is None:
        labels = [label for images in image_lists.values() for label in images.labels]
        classes = {"label": ClassList.from_labels(labels)}
    elif image_lists and tuple(classes) != ("label",):
        raise UserError(
            f"{next(iter(image_lists))}: a label,path list has one label, the packs have {', '.join(classes)}"
        )

    splits = {path: _split_of_table(path, table, packs[path], classes) for path, table in tables.items()}
    if cache is None:
        listed = {path: _without_images(images.labels, classes) for path, images in image_lists.items()}
        return [(splits | listed)[path] for path in places]
    fitting = {
        pack.place: fitting_pack(pack, scale_size, channels, cache, exchanged=exchanged) for pack in opened.values()
    }
    for split in splits.values():
        split.packs = [fitting[pack.place] for pack in split.packs]
    for path, images in image_lists.items():
        pack = pack_image_list(images, classes["label"], scale_size, channels, cache, exchanged=exchanged)
        splits[path] = _whole_pack(pack, classes)
    return [splits[path] for path in places]


def read_table_as_it_is(path: Place | str) -> SplitList:
    """A table by itself, with its packs as they are, whatever size and channels; raises as `read_split_lists`."""
    at = place(path)
    if not is_table(at):
        raise UserError(f"{path}: expected the columns {', '.join(PLACE)} in its header, found others")
    table = read_table(at)
    packs = open_packs(at, table, {})
    return _split_of_table(at, table, packs, common_classes(list(packs.values())))


def read_split_list(path: Place | str, spec: InputSpec, cache: Path) -> SplitList:
    """One list by itself, its images as a trained classifier wants them; raises `UserError` as `read_split_lists`."""
    size, channels, exchanged = spec.scale_size, spec.channels, spec.channels_exchanged
    (split,) = read_split_lists([path], scale_size=size, channels=channels, cache=cache, exchanged=exchanged)
    return split


def _split_of_table(
    path: Place, table: pd.DataFrame, packs: dict[str, Pack], classes: dict[str, ClassList]
) -> SplitList:
    names = list(packs)
    pack_index = pd.Index(names).get_indexer(pd.Index(table["pack"])).astype(np.int64)
    row = numbers_of(path, table, "row", np.int64, 0)
    targets = np.stack([classes[head].indices(table[head]) for head in classes], axis=1)
    split = SplitList(
        packs=list(packs.values()),
        pack_index=pack_index,
        row=row,
        targets=targets,
        weight=numbers_of(path, table, "weight", np.float32, 0, default=1),
        repeat=numbers_of(path, table, "repeat", np.int64, 1, default=1),
        shared=numbers_of(path, table, "shared", np.int64, 0, default=0).astype(bool),
        heads=tuple(classes),
        classes=classes,
        unseen=numbers_of(path, table, "unseen", np.int64, 0).astype(bool) if "unseen" in table else None,
    )
    _check_rows(path, split)
    return split


def _check_rows(path: Place, split: SplitList) -> None:
    """Every row exists, once, and has in its pack the label that the list gives it."""
    for number, pack in enumerate(split.packs):
        positions = np.flatnonzero(split.pack_index == number)
        rows = split.row[positions]
        beyond = rows >= len(pack)
        if beyond.any():
            at = positions[np.argmax(beyond)]
            raise UserError(f"{path} row {at + 2}: {pack.place} has {len(pack):,} rows, found row {split.row[at]}")
        wrong = (pack.targets[rows] != split.targets[positions]).any(axis=1)
        if wrong.any():
            at = positions[np.argmax(wrong)]
            listed, packed = (
                ", ".join(split.classes[head].labels[i] for head, i in zip(split.heads, classes, strict=True))
                for classes in (split.targets[at], pack.targets[split.row[at]])
            )
            raise UserError(
                f"{path} row {at + 2}: the list says {listed}, row {split.row[at]} of {pack.place} is {packed}; "
                "the list belongs to another pack: run `mojika split` again"
            )
        _, first = np.unique(rows, return_index=True)
        if len(first) < len(rows):
            again = np.setdiff1d(np.arange(len(rows)), first)[0]
            raise UserError(
                f"{path} row {positions[again] + 2}: row {rows[again]} of {pack.place} is already in the list; "
                "use the column repeat"
            )


def _without_images(labels: list[str], classes: dict[str, ClassList]) -> SplitList:
    """The list of images that are not packed yet."""
    zeros, ones = np.zeros(len(labels), np.int64), np.ones(len(labels), np.int64)
    return SplitList(
        packs=[],
        pack_index=zeros,
        row=np.arange(len(labels)),
        targets=classes["label"].indices(labels)[:, None],
        weight=ones.astype(np.float32),
        repeat=ones,
        shared=zeros.astype(bool),
        heads=("label",),
        classes=classes,
    )


def _whole_pack(pack: Pack, classes: dict[str, ClassList]) -> SplitList:
    count = len(pack)
    return SplitList(
        packs=[pack],
        pack_index=np.zeros(count, np.int64),
        row=np.arange(count),
        targets=np.stack([classes[head].indices(pack.samples[head]) for head in classes], axis=1),
        weight=pack.samples["weight"].to_numpy(np.float32),
        repeat=np.ones(count, np.int64),
        shared=np.zeros(count, bool),
        heads=tuple(classes),
        classes=classes,
    )
