"""Small data sets in the layout of Kaggle's bengaliai-cv19, for tests."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PIXELS = [str(number) for number in range(137 * 236)]
CLASS_MAP = {
    "grapheme_root": ["ক", "খ", "গ", "ঘ", "ঙ", "চ", "ছ", "জ", "ঝ", "ঞ", "ট"],
    "vowel_diacritic": ["0", "া", "ি"],
    "consonant_diacritic": ["0", "ঁ"],
}


def images_of(count: int, seed: int = 0) -> np.ndarray:
    """`(count, 137, 236) uint8`, bright paper, a dark rectangle and a gray level of its own for each image."""
    images = np.full((count, 137, 236), 250, np.uint8)
    for number, image in enumerate(images):
        image[40 + number % 7 : 90, 60 : 150 + number % 31] = 10 + (seed + number) % 100
    return images


def shard_table(ids: Sequence[str], images: np.ndarray) -> pa.Table:
    columns = np.ascontiguousarray(images.reshape(-1, len(PIXELS)).T)
    return pa.table([pa.array(ids, pa.string()), *map(pa.array, columns)], names=["image_id", *PIXELS])


def write_shard(path: Path, ids: Sequence[str], images: np.ndarray, row_group_size: int = 10**6) -> Path:
    pq.write_table(shard_table(ids, images), path, row_group_size=row_group_size)
    return path


def write_labels(path: Path, rows: Sequence[Sequence[str]], extra: str = "") -> Path:
    """`rows`: id, root, vowel, consonant and what `extra` names (`,grapheme,writer`)."""
    header = f"image_id,grapheme_root,vowel_diacritic,consonant_diacritic{extra}"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


def write_class_map(path: Path) -> Path:
    lines = [f"{head},{label},{part}" for head, parts in CLASS_MAP.items() for label, part in enumerate(parts)]
    path.write_text("\n".join(["component_type,label,component", *lines]) + "\n", encoding="utf-8")
    return path
