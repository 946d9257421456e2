"""Probabilities of the three parts of graphemes, image by image, as one Parquet file.

A row is an image: `image_id`, and for each head a list of its classes' probabilities. The class lists and what the
probabilities were made from are in the file's key-value metadata under the key `mojika`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.files.artifact import Kind, ParquetMetadata, with_header
from mojika.files.atomic import atomic_write
from mojika.files.faults import well_formed
from mojika.files.parquet import PARQUET_ERRORS

PROBABILITIES = Kind(
    "grapheme probabilities", 1, ParquetMetadata(), "grapheme probabilities of", "grapheme probabilities (Parquet)"
)
_READ_ROWS = 8192


@dataclass(frozen=True, eq=False)
class GraphemeProbabilities:
    """`of_heads` maps each head to `(N, classes) float32`, rows as in `image_ids`, columns as in its class list."""

    image_ids: tuple[str, ...]
    of_heads: dict[str, np.ndarray]
    classes: dict[str, ClassList]
    made_from: dict[str, Any]

    @classmethod
    def empty(
        cls, image_ids: tuple[str, ...], classes: dict[str, ClassList], made_from: dict[str, Any]
    ) -> "GraphemeProbabilities":
        """Room for the probabilities of these images."""
        rooms = {head: np.zeros((len(image_ids), len(labels)), np.float32) for head, labels in classes.items()}
        return cls(image_ids, rooms, classes, made_from)

    def take(self, first: int, other: "GraphemeProbabilities") -> None:
        """Copy the rows of `other` to the positions of its images, from row `first` on."""
        for head, room in self.of_heads.items():
            room[first : first + len(other.image_ids)] = other.of_heads[head]


def write_probabilities(path: Path, probabilities: GraphemeProbabilities) -> None:
    """Write one Parquet file, whole or not at all; equal probabilities give equal files."""
    header = PROBABILITIES.header(
        probabilities.made_from,
        classes={head: labels.to_plain() for head, labels in probabilities.classes.items()},
        class_list_digest={head: labels.digest for head, labels in probabilities.classes.items()},
    )
    columns = {"image_id": pa.array(probabilities.image_ids, pa.string())}
    for head, rows in probabilities.of_heads.items():
        columns[head] = pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), rows.shape[1])
    table = with_header(pa.table(columns), header)
    with atomic_write(path) as file:
        pq.write_table(table, file, use_dictionary=False, row_group_size=_READ_ROWS, write_page_checksum=True)


def read_probabilities(path: Path) -> GraphemeProbabilities:
    """Probabilities as `write_probabilities` left them; raises `UserError` where they do not hold together."""
    about = PROBABILITIES.read(path)
    with well_formed(path, PROBABILITIES.expected):
        classes = {head: ClassList.from_plain(plain) for head, plain in about["classes"].items()}
        digests, known = {head: labels.digest for head, labels in classes.items()}, about["class_list_digest"]
    if digests != known:
        raise UserError(f"{path}: its class lists are not those whose digests it has; make the file again")
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            ids = tuple(file.read(columns=["image_id"]).column(0).to_pylist())
            found = GraphemeProbabilities.empty(ids, classes, about["made_from"])
            first = 0
            for batch in file.iter_batches(_READ_ROWS, columns=list(classes)):
                for head, room in found.of_heads.items():
                    values = batch.column(head).flatten().to_numpy()
                    room[first : first + len(batch)] = values.reshape(len(batch), room.shape[1])
                first += len(batch)
    except PARQUET_ERRORS as error:
        reason = " ".join(str(error).split())[:120]
        raise UserError(f"{path}: expected whole probabilities, found a damaged file ({reason}); delete it") from None
    return found
