"""What can be wrong with a folder of Bengali graphemes in the layout of Kaggle's bengaliai-cv19."""

import glob
from pathlib import Path

from mojika.data.class_list import ClassList
from mojika.data.grapheme_labels import label_faults, read_class_map, read_grapheme_labels
from mojika.data.grapheme_shards import GraphemeShard, duplicate_ids, find_shards
from mojika.data.pack_graphemes import open_shards, unmatched_ids
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.text_table import first_line, read_text_table

CLASS_MAP = "class_map.csv"
_SETS = {"train": "train.csv", "test": "test.csv"}
_TEST_COLUMNS = ["row_id", "image_id", "component"]


def has_graphemes(folder: Path) -> bool:
    """Whether the folder is in the layout of bengaliai-cv19: a class map, or shards of either set."""
    return (folder / CLASS_MAP).is_file() or any(next(folder.glob(_shards(name)), None) for name in _SETS)


def check_graphemes(folder: Path) -> list[Fault]:
    """Damaged shards, wrong columns, duplicate ids, labels outside the class map, ids without image or label.

    `train.csv` and `test.csv` are compared with the shards of their names; every pixel is decoded.
    """
    faults, classes = [], None
    try:
        classes = read_class_map(folder / CLASS_MAP)
    except UserError as error:
        faults.append(Fault.of_file(folder / CLASS_MAP, error))
    for name, table in _SETS.items():
        if (folder / table).is_file() or next(folder.glob(_shards(name)), None):
            faults += _check_set(folder, name, folder / table, classes)
    return faults


def _check_set(folder: Path, name: str, table: Path, classes: dict[str, ClassList] | None) -> list[Fault]:
    try:
        shards, faults = open_shards(find_shards([Path(glob.escape(str(folder))) / _shards(name)]))
    except UserError:
        return [Fault(table.name, None, f"no {_shards(name)} beside it")]
    whole = not faults  # the images of a shard that cannot be opened would all be missing
    faults += [*duplicate_ids(shards), *_damage(shards)]
    try:
        faults += _check_labels(table, shards, classes, whole) if name == "train" else _check_test(table, shards, whole)
    except UserError as error:
        faults.append(Fault.of_file(table, error))
    return faults


def _check_labels(
    path: Path, shards: list[GraphemeShard], classes: dict[str, ClassList] | None, whole: bool
) -> list[Fault]:
    labels = read_grapheme_labels(path)
    faults = list(label_faults(labels, classes or {}, path.name))
    return faults + [fault for fault in unmatched_ids(labels, shards, path.name) if whole or fault.file != path.name]


def _check_test(path: Path, shards: list[GraphemeShard], whole: bool) -> list[Fault]:
    """Three rows an image, one for each component."""
    try:
        if first_line(path) != _TEST_COLUMNS:
            raise UserError(
                f"{path}: expected the header {','.join(_TEST_COLUMNS)}, found {','.join(first_line(path))[:80]!r}"
            )
        rows = read_text_table(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; expected {','.join(_TEST_COLUMNS)}") from None
    faults = [
        Fault(path.name, int(index) + 2, f"duplicate row id {rows['row_id'].iloc[index]}")
        for index in rows.index[rows["row_id"].duplicated()]
    ]
    faults += [
        Fault(path.name, int(index) + 2, f"{row_id}: expected {image_id}_{component} as row_id")
        for index, row_id, image_id, component in rows.itertuples(name=None)
        if row_id != f"{image_id}_{component}"
    ]
    images = rows[~rows["image_id"].duplicated()]
    return faults + [fault for fault in unmatched_ids(images, shards, path.name) if whole or fault.file != path.name]


def _damage(shards: list[GraphemeShard]) -> list[Fault]:
    faults = []
    for shard in shards:
        try:
            for _ in shard.batches():
                pass
        except UserError as error:
            faults.append(Fault.of_file(shard.path, error))
    return faults


def _shards(name: str) -> str:
    return f"{name}_image_data_*.parquet"
