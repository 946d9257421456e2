"""What a path holds, told by its content: which of the things that Mojika's commands read."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from mojika.data.class_folders import is_image
from mojika.data.grapheme_checks import has_graphemes
from mojika.errors import UserError
from mojika.files.fetching import fetched, fetched_folder
from mojika.files.json_text import load_json
from mojika.files.parquet import PARQUET_ERRORS
from mojika.files.reader_folder import CONFIG, WEIGHTS
from mojika.files.text_table import first_line
from mojika.files.urls import Place, Url

GRAPHEMES, PAGES, IMAGES, PACK, BOXES, SHARD, MODEL, READER, FILTER, LABELS, SPLIT, IMAGE_LIST, MANIFEST = (
    "graphemes", "pages", "images", "pack", "boxes", "shard", "model", "reader", "filter", "labels", "split list",
    "image list", "manifest",
)  # fmt: skip
EXPECTED = (
    "train.csv with train_images, test_images; class_map.csv with Parquet shards; or pages, labels, a split list, "
    "pack, boxes, shard, model, reader, filter or IIIF manifest"
)


def kind_of(where: Place) -> tuple[str, Path]:
    """The kind of a path or an address, and where it lies on a disk.

    What is broken counts as the kind that its name or its parts make likeliest. Raises `UserError` for anything else.
    """
    local = where if isinstance(where, Path) else _local(where)
    if not local.exists():
        raise UserError(f"{where}: no such file or folder")
    kind = _kind_of_folder(local) if local.is_dir() else _kind_of_file(local)
    if kind is None:
        raise UserError(f"{where}: expected {EXPECTED}; found none of them")
    return kind, local


def _local(where: Url) -> Path:
    return fetched(where) if Path(where.name).suffix else fetched_folder(where)


def _kind_of_folder(folder: Path) -> str | None:
    signs: list[tuple[str, Callable[[], bool]]] = [
        (READER, (folder / CONFIG).exists),
        (FILTER, lambda: (folder / "booster_0.txt").exists()),
        (PACK, lambda: (folder / "meta.json").exists() or (folder / "images.npy").exists()),
        (GRAPHEMES, lambda: has_graphemes(folder)),
        (PAGES, lambda: any((folder / name).exists() for name in ("train.csv", "train_images", "test_images"))),
        (IMAGES, lambda: any(path.is_file() and is_image(path) for path in folder.iterdir())),
        (IMAGE_LIST, lambda: any(is_image(path) for path in folder.glob("*/*"))),
    ]
    return next((kind for kind, holds in signs if holds()), None)


def _kind_of_file(path: Path) -> str | None:
    if path.suffix in (".model", WEIGHTS):
        return MODEL
    if path.suffix == ".parquet":
        return _kind_of_parquet(path)
    if path.suffix == ".csv":
        return _kind_of_csv(path)
    return MANIFEST if path.suffix == ".json" else None


def _kind_of_parquet(path: Path) -> str:
    """Tables of our own have a header; without one, or where it cannot be read, it is a shard."""
    try:
        metadata = pq.read_schema(path).metadata or {}
        kind = load_json(metadata[b"mojika"])["kind"] if b"mojika" in metadata else SHARD
    except (*PARQUET_ERRORS, TypeError):
        return SHARD
    if kind not in (BOXES, SHARD):
        raise UserError(f"{path}: {kind!r}: only boxes and shards of graphemes are checked")
    return str(kind)


def _kind_of_csv(path: Path) -> str:
    try:
        columns = first_line(path)
    except UserError:
        return LABELS
    if {"pack", "row"} <= set(columns):
        return SPLIT
    return IMAGE_LIST if len(columns) == 2 and Path(columns[1]).suffix else LABELS
