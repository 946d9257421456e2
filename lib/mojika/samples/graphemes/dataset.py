"""Writing a sample in the layout of Kaggle's bengaliai-cv19: images as Parquet, on several cores, resumably.

Workers draw blocks of images, which lie in `OUT/unfinished/` until their shard is written, so that only one row group
is in memory. What a shard holds depends on the plan only.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mojika.data.grapheme_labels import HEADS
from mojika.files.atomic import atomic_text, atomic_write
from mojika.files.text_table import csv_text
from mojika.runtime.processes import done_by_workers
from mojika.runtime.progress import track
from mojika.samples.folder import SampleFolder
from mojika.samples.graphemes.components import CLASS_MAP, Labels, compose
from mojika.samples.graphemes.drawing import HEIGHT, WIDTH, draw_grapheme
from mojika.samples.graphemes.fonts import BengaliFont
from mojika.samples.graphemes.hand import Hand
from mojika.samples.graphemes.plan import GraphemePlan, Writing

_BLOCK = 256  # images that a worker draws at a time
_ROW_GROUP = 16 * _BLOCK  # 130 MB of pixels; each row group adds 2.5 MB to a file, since there are 32,332 columns
_PIXELS = HEIGHT * WIDTH
_OWN_FOLDERS = ("hidden",)
_OWN_FILES = ("*_image_data_*.parquet", "train.csv", "test.csv", "class_map.csv", "sample_submission.csv")
_ROWS_OF_TEST = sorted(HEADS)  # the order in which test.csv asks for an image's components


@dataclass(frozen=True)
class Block:
    """Consecutive images of one shard: the index of the first within its set, their labels and writers."""

    file: str
    shard: str
    part: str  # train or test
    first: int
    writing: Writing


def graphemes_folder(out: Path) -> SampleFolder:
    return SampleFolder(out, "bengali", _OWN_FILES, _OWN_FOLDERS)


def write_graphemes(
    plan: GraphemePlan, fonts: dict[str, BengaliFont], parameters: dict[str, Any], out: Path, workers: int
) -> dict[str, Any]:
    """Draw what is missing of `plan` and write the tables; returns the report that `sample.json` holds.

    The files do not depend on `workers`.
    """
    folder = graphemes_folder(out)
    folder.begin(parameters)
    shards = _shards(plan)
    missing = {name: blocks for name, blocks in shards.items() if not (out / name).exists()}
    images = sum(len(block.writing) for blocks in missing.values() for block in blocks)
    for _ in track(_written(missing, folder, plan, fonts, workers), total=images, description="drawing", unit="image"):
        pass
    _write_tables(plan, out)
    report = _report(plan)
    folder.finish(parameters, report, list(shards))
    return report


def _shards(plan: GraphemePlan) -> dict[str, list[Block]]:
    """The blocks of each Parquet file, by the file's name."""
    found: dict[str, list[Block]] = {}
    for part, writing in (("train", plan.train), ("test", plan.test)):
        bounds = np.linspace(0, len(writing), plan.parameters.shards + 1).astype(int)
        for number, (start, end) in enumerate(zip(bounds[:-1], bounds[1:], strict=True)):
            if start == end:
                continue
            name = f"{part}_image_data_{number}.parquet"
            found[name] = [
                Block(
                    f"{part}_{number}_{first:07d}.zst",
                    name,
                    part,
                    first,
                    Writing(*(rows[first : min(first + _BLOCK, end)] for rows in (writing.labels, writing.writers))),
                )
                for first in range(start, end, _BLOCK)
            ]
    return found


def _written(
    shards: dict[str, list[Block]],
    folder: SampleFolder,
    plan: GraphemePlan,
    fonts: dict[str, BengaliFont],
    workers: int,
) -> Iterator[None]:
    """Draw the blocks that are not there yet and write each shard when it has all; yields once an image."""
    drawn_before = [
        block for blocks in shards.values() for block in blocks if (folder.unfinished / block.file).exists()
    ]
    yield from (None for block in drawn_before for _ in range(len(block.writing)))
    done = {block.file for block in drawn_before}
    to_draw = [block for blocks in shards.values() for block in blocks if block.file not in done]
    lacking = Counter(block.shard for block in to_draw)
    for name, blocks in shards.items():
        if not lacking[name]:
            _write_shard(name, blocks, folder)
    draw = partial(_draw_block, folder.unfinished, plan.parameters.seed, fonts)
    with closing(done_by_workers(draw, to_draw, workers)) as drawn:
        for block in drawn:
            lacking[block.shard] -= 1
            if not lacking[block.shard]:
                _write_shard(block.shard, shards[block.shard], folder)
            yield from (None for _ in range(len(block.writing)))


def _draw_block(unfinished: Path, seed: int, fonts: dict[str, BengaliFont], block: Block) -> Block:
    images = np.empty((len(block.writing), HEIGHT, WIDTH), np.uint8)
    for row, (labels, writer) in enumerate(zip(block.writing.labels.tolist(), block.writing.writers, strict=True)):
        rng = np.random.default_rng([seed, 2 if block.part == "train" else 3, block.first + row])
        images[row] = draw_grapheme(Labels(*labels), _hand(seed, int(writer), len(fonts)), rng, fonts)
    with atomic_write(unfinished / block.file) as file:
        file.write(pa.compress(images.tobytes(), codec="zstd", asbytes=True))
    return block


@lru_cache(maxsize=4096)
def _hand(seed: int, writer: int, styles: int) -> Hand:
    return Hand.draw(np.random.default_rng([seed, 1, writer]), styles)


def _write_shard(name: str, blocks: list[Block], folder: SampleFolder) -> None:
    """One Parquet file as the competition has them: `image_id`, and a uint8 column for each pixel, `0` … `32331`."""
    schema = pa.schema([("image_id", pa.string()), *((str(pixel), pa.uint8()) for pixel in range(_PIXELS))])
    per_group = _ROW_GROUP // _BLOCK
    with (
        atomic_write(folder.path / name) as file,
        pq.ParquetWriter(
            file, schema, compression="zstd", use_dictionary=["image_id"], write_statistics=False
        ) as writer,
    ):
        for start in range(0, len(blocks), per_group):
            writer.write_table(_row_group(blocks[start : start + per_group], folder.unfinished, schema))
    for block in blocks:
        (folder.unfinished / block.file).unlink()


def _row_group(blocks: list[Block], unfinished: Path, schema: pa.Schema) -> pa.Table:
    ids = [image_id for block in blocks for image_id in _image_ids(block.part, block.first, len(block.writing))]
    pixels = np.empty((_PIXELS, len(ids)), np.uint8)  # a pixel's column lies in one piece
    at = 0
    for block in blocks:
        size = len(block.writing)
        packed = (unfinished / block.file).read_bytes()
        images = pa.decompress(packed, decompressed_size=size * _PIXELS, codec="zstd")
        pixels[:, at : at + size] = np.frombuffer(images, np.uint8).reshape(size, _PIXELS).T
        at += size
    return pa.Table.from_arrays([pa.array(ids), *map(pa.array, pixels)], schema=schema)


def _image_ids(part: str, first: int, count: int) -> list[str]:
    return [f"{part.capitalize()}_{number}" for number in range(first, first + count)]


def _write_tables(plan: GraphemePlan, out: Path) -> None:
    header = ("image_id", *HEADS, "grapheme", "writer")
    for part, writing, file in (("train", plan.train, "train.csv"), ("test", plan.test, "hidden/test_labels.csv")):
        rows = zip(_image_ids(part, 0, len(writing)), writing.labels.tolist(), writing.writers.tolist(), strict=True)
        table = (
            (image_id, *labels, compose(Labels(*labels)), f"generated_{writer}") for image_id, labels, writer in rows
        )
        atomic_text(out / file, csv_text(header, table))
    asked = [(image_id, component) for image_id in _image_ids("test", 0, len(plan.test)) for component in _ROWS_OF_TEST]
    rows_of_test = ((f"{image_id}_{component}", image_id, component) for image_id, component in asked)
    atomic_text(out / "test.csv", csv_text(("row_id", "image_id", "component"), rows_of_test))
    zeros = ((f"{image_id}_{component}", 0) for image_id, component in asked)
    atomic_text(out / "sample_submission.csv", csv_text(("row_id", "target"), zeros))
    with atomic_write(out / "class_map.csv") as copy, open(CLASS_MAP, "rb") as class_map:
        shutil.copyfileobj(class_map, copy)


def _report(plan: GraphemePlan) -> dict[str, Any]:
    train, test = ([tuple(labels) for labels in writing.labels.tolist()] for writing in (plan.train, plan.test))
    seen = set(train)
    unseen = [labels for labels in test if labels not in seen]
    counts = {kind: np.unique(plan.train.labels[:, column], return_counts=True)[1] for column, kind in enumerate(HEADS)}
    return {
        "images": len(train),
        "graphemes": len(set(train)),
        "writers": len(np.unique(plan.train.writers)),
        **{f"{kind}_classes": len(found) for kind, found in counts.items()},
        "smallest_class": int(min(found.min() for found in counts.values())),
        "test_images": len(test),
        "test_graphemes": len(set(test)),
        "test_writers": len(np.unique(plan.test.writers)),
        "unseen_images": len(unseen),
        "unseen_graphemes": len(set(unseen)),
    }
