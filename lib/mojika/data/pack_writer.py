"""The write side of packs: images are appended as they come, and the folder appears whole under its name."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mojika.data.class_list import ClassList
from mojika.data.pack import PACK, classes_file
from mojika.errors import UserError
from mojika.files.atomic import atomic_folder, atomic_json
from mojika.files.fingerprints import file_digest

_ROOM_FOR_TABLES = 64 * 2**20  # bytes beside the images


class PackWriter:
    """Takes images `(n, height, width, channels) uint8` batch by batch, then the table that describes them."""

    def __init__(self, folder: Path, size: tuple[int, int], channels: int):
        self.folder, self.size, self.channels, self.count = folder, size, channels, 0
        self._images = open(folder / "images.npy", "wb")  # noqa: SIM115 closed by write_pack
        self._digest = hashlib.sha256()
        self._data_start = self._write_header()

    def append(self, images: np.ndarray) -> None:
        expected = (*self.size, self.channels)
        if images.dtype != np.uint8 or images.shape[1:] != expected:
            raise ValueError(f"expected (n, *{expected}) uint8, got {images.shape} {images.dtype}")
        pixels = np.ascontiguousarray(images).data
        self._images.write(pixels)
        self._digest.update(pixels)
        self.count += len(images)

    def finish(
        self,
        samples: pd.DataFrame,
        classes: dict[str, ClassList],
        made_from: dict[str, Any],
        report: dict[str, int] | None = None,
        preprocessing: dict[str, Any] | None = None,
    ) -> None:
        """Write the tables. `samples` has one row for each image; the keys of `classes` are its label columns.

        `made_from` holds all that decides the pack's content; its digest, with the schema, is the fingerprint.
        `report` holds numbers for people, which are kept with the pack; `preprocessing` what else has to be known to
        make such images, where `made_from` does not hold it.
        """
        if len(samples) != self.count:
            raise ValueError(f"{self.count} images, but {len(samples)} samples")
        self._images.seek(0)
        if self._write_header() != self._data_start:
            raise ValueError("the header of images.npy changed its length")
        self.close()
        heads = tuple(classes)
        samples.to_parquet(self.folder / "samples.parquet", index=False, write_page_checksum=True)
        for head, class_list in classes.items():
            class_list.write(self.folder / classes_file(head, heads))
        meta = PACK.header(
            made_from,
            height=self.size[0],
            width=self.size[1],
            channels=self.channels,
            count=self.count,
            heads=heads,
            class_list_digest={head: class_list.digest for head, class_list in classes.items()},
            images_sha256=self._digest.hexdigest(),
            samples_sha256=file_digest(self.folder / "samples.parquet"),
            report=report or {},
            **({"preprocessing": preprocessing} if preprocessing else {}),
        )
        atomic_json(self.folder / "meta.json", meta)

    def close(self) -> None:
        self._images.close()

    def _write_header(self) -> int:
        """NumPy leaves room for the first axis to grow, so the header is written again when the count is known."""
        shape = (self.count, *self.size, self.channels)
        np.lib.format.write_array_header_1_0(self._images, {"descr": "|u1", "fortran_order": False, "shape": shape})
        return self._images.tell()


@contextmanager
def write_pack(
    folder: Path | str, *, size: tuple[int, int], channels: int, expected_count: int
) -> Iterator[PackWriter]:
    """A writer whose pack appears under `folder` when the block ends well; an older one gives way only then.

    `size` is the height and width of the images, in pixels.

    Raises `UserError` at once where `expected_count` images would not fit the disk, or where `folder` holds
    something other than a pack.
    """
    folder = Path(folder)
    needed = expected_count * size[0] * size[1] * channels + _ROOM_FOR_TABLES
    with atomic_folder(folder, "meta.json") as temporary:
        free = shutil.disk_usage(temporary).free
        if free < needed:
            raise UserError(f"{folder}: the pack needs {needed / 2**30:.1f} GiB, and {free / 2**30:.1f} GiB are free")
        writer = PackWriter(temporary, size, channels)
        try:
            yield writer
        finally:
            writer.close()
