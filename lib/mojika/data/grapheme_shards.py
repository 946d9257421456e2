"""Images of Bengali graphemes as Kaggle's bengaliai-cv19 ships them: Parquet shards with one column for each pixel.

A shard has `image_id` and the columns `0` … `32331`, the pixels of 137 × 236 gray images row by row, ink dark. The
competition's have 50,210 images in a single row group, with one page for each column: reading them by rows keeps every
decoded column, 1.6 GB, in memory. Here a window of rows is filled from a few columns at a time, and the columns are
decoded again for the next window. Memory therefore depends on the window and not on the shard; only the footer grows,
by some 32 MB for every row group (32,333 columns are described in each), so shards should have few row groups.
"""

import glob
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mojika.data.class_list import named
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.fetching import fetched_all
from mojika.files.object_stores import listed
from mojika.files.parquet import PARQUET_ERRORS, expect_proportion
from mojika.files.urls import Place, Url, place
from mojika.preprocessing.graphemes import HEIGHT, WIDTH

ID = "image_id"
PIXELS = tuple(map(str, range(HEIGHT * WIDTH)))
_INDEX = re.compile("__index_level_[0-9]+__")  # of pandas
_WINDOW_ROWS = 8192  # 265 MB
_COLUMNS_AT_ONCE = 128
_ROWS_AT_ONCE = 512


@dataclass(frozen=True, eq=False)
class GraphemeShard:
    """One file whose layout is right; `ids` are its images in order."""

    path: Path
    ids: tuple[str, ...]

    @classmethod
    def open(cls, path: Path) -> "GraphemeShard":
        """Reads the footer and the ids; raises `UserError` on a file that is no such shard."""
        with _reading(path) as file:
            _check_columns(path, file.schema_arrow)
            expect_proportion(path, file.metadata.num_rows * _COLUMNS_AT_ONCE)
            ids = file.read(columns=[ID]).column(ID).to_pylist()
        nameless = sum(not image_id for image_id in ids)
        if nameless:
            raise UserError(f"{path}: expected an {ID} in every row, found {nameless:,} rows without")
        return cls(path, tuple(ids))

    def batches(self, rows: int = _ROWS_AT_ONCE, window: int = _WINDOW_ROWS) -> Iterator[tuple[list[str], np.ndarray]]:
        """Ids `(n,)` and images `(n, 137, 236) uint8`, n ≤ `rows`, in the shard's order, each image once.

        `window` images (32 kB each) are in memory at a time, however many the shard has. Raises `UserError` at data
        that cannot be decoded.
        """
        first = 0
        with _reading(self.path) as file:
            for group in range(file.num_row_groups):
                count = file.metadata.row_group(group).num_rows
                for start in range(0, count, window):
                    images = self._window(file, group, start, min(start + window, count))
                    for at in range(0, len(images), rows):
                        some = images[at : at + rows].copy()  # a view would keep the window
                        yield list(self.ids[first : first + len(some)]), some
                        first += len(some)
                    del images  # before the next window is allocated

    def _window(self, file: pq.ParquetFile, group: int, start: int, stop: int) -> np.ndarray:
        pixels = np.empty((stop - start, len(PIXELS)), np.uint8)
        for left in range(0, len(PIXELS), _COLUMNS_AT_ONCE):
            names = PIXELS[left : left + _COLUMNS_AT_ONCE]
            block = file.read_row_group(group, columns=list(names))
            if len(block) < stop:
                raise UserError(f"{self.path}: row group {group} is truncated; fetch the file again")
            for offset, column in enumerate(block.select(names).columns):
                values = column.slice(start, stop - start)
                if values.null_count:
                    raise UserError(f"{self.path}: column {names[offset]}: expected pixels, found empty fields")
                pixels[:, left + offset] = values.to_numpy()
        return pixels.reshape(-1, HEIGHT, WIDTH)


def find_shards(patterns: Iterable[str | Path]) -> list[Path]:
    """The files that paths and patterns (`train_image_data_*.parquet`) name, each once, those of a pattern in natural
    order: `…_10` after `…_9`. Of those in object stores, their local copies.

    Raises `UserError` where one of them names no file.
    """
    places: dict[Place, None] = {}
    for pattern in patterns:
        at = place(pattern)
        found = _matching(at)
        if not found:
            raise UserError(f"{at}: no such file; expected Parquet shards like train_image_data_0.parquet")
        places |= dict.fromkeys(sorted(found, key=lambda each: _natural(str(each))))
    return fetched_all(places)


def _matching(at: Place) -> Sequence[Place]:
    if isinstance(at, Url):
        return listed(at) if any(sign in at.path for sign in "*?[") else [at]
    if at.is_file():
        return [at]
    folder, pattern = Path(at.anchor), list(at.relative_to(at.anchor).parts)
    while len(pattern) > 1 and (folder / pattern[0]).is_dir():  # whose names may have brackets
        folder /= pattern.pop(0)
    names = glob.glob(str(Path(*pattern)), root_dir=folder, recursive=True)
    return [folder / name for name in names] or [Path(name) for name in glob.glob(str(at), recursive=True)]


def open_shards(patterns: Sequence[str]) -> list[GraphemeShard]:
    """The shards of files and patterns; raises `UserError` where an image is in them twice, or none at all."""
    shards = [GraphemeShard.open(path) for path in find_shards(patterns)]
    again = next(duplicate_ids(shards), None)
    if again:
        raise UserError(f"{again}; expected each image once")
    if not any(shard.ids for shard in shards):
        raise UserError(f"{', '.join(patterns)}: expected images, found none")
    return shards


def duplicate_ids(shards: Iterable[GraphemeShard]) -> Iterator[Fault]:
    """Images that occur in the shards a second time; rows of a shard count from 1."""
    seen: dict[str, str] = {}
    for shard in shards:
        for row, image_id in enumerate(shard.ids, start=1):
            if image_id in seen:
                yield Fault(shard.path.name, row, f"{image_id} is already in {seen[image_id]}")
            else:
                seen[image_id] = f"{shard.path.name} row {row}"


class _reading:
    """A Parquet file opened for reading, in which Arrow's errors are the user's."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> pq.ParquetFile:
        try:
            self.file = pq.ParquetFile(self.path, pre_buffer=False)
        except PARQUET_ERRORS as error:
            raise self._user_error(error) from None
        return self.file

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        self.file.close()
        if isinstance(error, PARQUET_ERRORS):
            raise self._user_error(error) from None

    def _user_error(self, error: Exception) -> UserError:
        if isinstance(error, FileNotFoundError):
            return UserError(f"{self.path}: no such file")
        reason = " ".join(str(error).split())[:120]
        return UserError(f"{self.path}: expected a whole Parquet file, found a damaged one ({reason}); fetch it again")


def _check_columns(path: Path, schema: pa.Schema) -> None:
    wanted, found = {ID, *PIXELS}, set(schema.names)
    missing = [name for name in (ID, *PIXELS) if name not in found]
    names = [name for name in schema.names if not _INDEX.fullmatch(name)]
    other = [name for name in names if name not in wanted]
    expected = f"{path}: expected the columns {ID}, 0 … {PIXELS[-1]}"
    if missing:
        raise UserError(f"{expected}, found {len(missing):,} of them missing: {named(missing, at_most=3)}")
    if other or len(names) > len(wanted):
        more = f": {named(other, at_most=3)}" if other else ""
        raise UserError(f"{expected}, found {len(names) - len(wanted):,} more{more}")
    kind = schema.field(ID).type
    text = kind.value_type if pa.types.is_dictionary(kind) else kind
    if text not in (pa.string(), pa.large_string(), pa.string_view()):
        raise UserError(f"{path}: column {ID}: expected text, found {kind}")
    pixels = (field for field in schema if field.name in wanted and field.name != ID)
    wrong = next((field for field in pixels if field.type != pa.uint8()), None)
    if wrong:
        raise UserError(f"{path}: column {wrong.name}: expected uint8, found {wrong.type}")


def _natural(path: str) -> list[str | tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split("([0-9]+)", path)]
