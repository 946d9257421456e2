"""Boxes of pages: what one stage of reading pages passes on to the next, as one Parquet file.

A row is a box. The pages themselves (also those without a box), the class list and what the boxes were made from are in
the file's key-value metadata under the key `mojika`, so that a stage's output is a single file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mojika.data.class_list import ClassList, named
from mojika.data.images import read_image_size
from mojika.data.page_labels import PageLabels, read_page_labels
from mojika.data.pages import find_pages
from mojika.errors import UserError
from mojika.files.artifact import Kind, ParquetMetadata, expect_sealed, sealed, with_header
from mojika.files.atomic import atomic_write
from mojika.files.faults import Fault, well_formed, write_faults
from mojika.files.fingerprints import digest
from mojika.files.parquet import PARQUET_ERRORS, read_parquet
from mojika.files.urls import Place
from mojika.runtime.parallel import available_cores, ordered_map

BOXES = Kind("boxes", 1, ParquetMetadata(), "boxes of", "a boxes file (Parquet)")
COLUMNS = ("image_id", "x1", "y1", "x2", "y2", "box_score")
READ_COLUMNS = ("label", "prob", "top5_labels", "top5_probs")

_OF_PAGES = ("image_id", "width", "height")
_CORNERS = ["x1", "y1", "x2", "y2"]
_TYPES = {
    "image_id": pa.string(),
    **dict.fromkeys((*_CORNERS, "box_score", "prob"), pa.float32()),
    "label": pa.string(),
    "top5_labels": pa.list_(pa.string()),
    "top5_probs": pa.list_(pa.float32()),
}


@dataclass(frozen=True, eq=False)
class PageBoxes:
    """Boxes of pages, before or after their characters were read.

    `pages` has one row a page (`image_id` str, `width`, `height` int64), also for pages without a box. `boxes` has the
    columns `COLUMNS` (x2, y2 exclusive; float32 page pixels), once read also `READ_COLUMNS` (the last two hold a
    sequence in each row) and further numeric columns of a stage; its rows are grouped by page, in page order.
    `class_list` is that of `label`, None as long as there is none. `made_from` are the plain values that decide the
    content. The index of the tables and their number types are put in order. Unless they are `checked` already, raises
    `UserError` where the boxes are of unknown pages, out of page order, empty, not finite, or have labels that are not
    in the class list.
    """

    pages: pd.DataFrame
    boxes: pd.DataFrame
    class_list: ClassList | None
    made_from: dict[str, Any]
    checked: InitVar[bool] = False

    def __post_init__(self, checked: bool) -> None:
        object.__setattr__(self, "pages", _typed(self.pages, _OF_PAGES, dict.fromkeys(_OF_PAGES[1:], np.int64)))
        numbers = {name: np.float32 for name in (*COLUMNS[1:], "prob") if name in self.boxes}
        object.__setattr__(self, "boxes", _typed(self.boxes, COLUMNS, numbers))
        if not checked:
            self._check()

    def _check(self) -> None:
        if not all(isinstance(each, str) and each for each in self.pages["image_id"]):
            raise UserError("expected pages with names, found others")
        twice = self.pages["image_id"][self.pages["image_id"].duplicated()]
        if len(twice):
            raise UserError(f"expected each page once, found {named(twice)} again")
        unknown = self.page_index < 0
        if unknown.any():
            raise UserError(f"boxes of pages that are not listed: {named(self.boxes['image_id'][unknown].unique())}")
        if (np.diff(self.page_index) < 0).any():
            raise UserError("expected the boxes grouped by page, in the order of the pages")
        self._check_numbers()
        if (self.class_list is None) == ("label" in self.boxes):
            raise UserError("expected labels and their class list together, found one without the other")
        if self.class_list is not None:
            self.class_list.indices(self.boxes["label"])

    def __len__(self) -> int:
        return len(self.boxes)

    @cached_property
    def page_index(self) -> np.ndarray:
        """The number of each box's page, `(M,) int64`."""
        ids = pd.Index(self.pages["image_id"], dtype="str")
        return ids.get_indexer(pd.Index(self.boxes["image_id"], dtype="str")).astype(np.int64)

    @cached_property
    def offsets(self) -> np.ndarray:
        """`(P + 1,) int64`: the boxes of page i are the rows `offsets[i]:offsets[i + 1]`."""
        return np.searchsorted(self.page_index, np.arange(len(self.pages) + 1)).astype(np.int64)

    @cached_property
    def coordinates(self) -> np.ndarray:
        """x1, y1, x2, y2 of each box, `(M, 4) float32`."""
        return np.ascontiguousarray(self.boxes[_CORNERS].to_numpy(np.float32))

    @property
    def classes(self) -> ClassList:
        """The class list of boxes that were read; raises `UserError` where they were not."""
        if self.class_list is None:
            raise UserError("expected boxes that were read, found no labels; run `mojika classify` first")
        return self.class_list

    @property
    def fingerprint(self) -> str:
        """Digest of all that the boxes were made from."""
        return BOXES.fingerprint(self.made_from)

    def with_boxes(self, boxes: pd.DataFrame, **changes: Any) -> "PageBoxes":
        """Some of these rows, in page order; `changes` are those of further fields. Nothing is checked again."""
        return replace(self, boxes=boxes, checked=True, **changes)

    def _check_numbers(self) -> None:
        x1, y1, x2, y2 = self.coordinates.T
        probability = self.boxes["prob"].to_numpy() if "prob" in self.boxes else np.zeros(1, np.float32)
        for name, values in (
            ("corners", self.coordinates),
            ("box_score", self.boxes["box_score"]),
            ("prob", probability),
        ):
            if not np.isfinite(values).all():
                raise UserError(f"expected finite numbers, found others among {name}")
        empty = np.flatnonzero((x2 <= x1) | (y2 <= y1))
        if len(empty):
            corners = ", ".join(f"{value:g}" for value in self.coordinates[empty[0]])
            page = self.boxes["image_id"].iloc[empty[0]]
            raise UserError(
                f"expected boxes with an area, found {len(empty):,} without; the first is {corners} of {page}"
            )


def read_boxes(path: Path | str) -> PageBoxes:
    """Boxes as `write_boxes` left them; raises `UserError` where there are none or they do not hold together."""
    about = BOXES.read(path)
    try:
        table = read_parquet(path)
        boxes = table.replace_schema_metadata(None).to_pandas()
    except PARQUET_ERRORS as error:
        raise UserError(f"{path}: expected a boxes file, found a broken one: {str(error).splitlines()[0]}") from None
    try:
        with well_formed(path, BOXES.expected):
            classes = about["class_list"]
            class_list = None if classes is None else ClassList.from_plain(classes)
            if class_list is not None:
                class_list.expect_digest(classes["digest"], "its class list", "but says")
            found = PageBoxes(pd.DataFrame(about["pages"]), boxes, class_list, dict(about["made_from"]))
    except UserError as error:
        raise UserError(f"{path}: {str(error).removeprefix(f'{path}: ')}; make the file again") from None
    expect_sealed(path, about, [table.column_names, len(table)])
    return found


def write_boxes(path: Path | str, page_boxes: PageBoxes) -> None:
    """Write one Parquet file, whole or not at all; equal boxes give equal files."""
    classes = page_boxes.class_list
    header = BOXES.header(
        page_boxes.made_from,
        class_list=None if classes is None else {**classes.to_plain(), "digest": classes.digest},
        pages=page_boxes.pages.to_dict(orient="list"),
    )
    columns = {
        name: pa.array(column, type=_TYPES.get(name), from_pandas=True) for name, column in page_boxes.boxes.items()
    }
    table = with_header(pa.table(columns), sealed(header, [list(columns), len(page_boxes)]))
    with atomic_write(path) as file:
        pq.write_table(table, file, write_page_checksum=True)


def write_with_faults(path: Path, page_boxes: PageBoxes, faults: Sequence[Fault]) -> None:
    """Write the boxes, and beside them what had to be left out, where anything had to."""
    if faults:
        write_faults(faults_file(path), faults)
    write_boxes(path, page_boxes)
    if not faults:
        faults_file(path).unlink(missing_ok=True)


def faults_file(path: Path) -> Path:
    """Where the faults are listed that `path` leaves out."""
    return path.with_suffix(".skipped.csv")


def truth_boxes(labels_csv: Place | str, pages: Place | str | Mapping[str, tuple[int, int]] | None = None) -> PageBoxes:
    """A competition's `train.csv` as boxes with labels, `box_score` 1; pages without characters stay.

    The sizes of the pages come from `pages`: the headers of the images in a folder, or width and height by image id.
    Without either a page reaches as far as its boxes do, which is enough to score against. Raises `UserError` where
    labels are faulty or a page has no image.
    """
    labelled = read_page_labels(labels_csv)
    sizes = pages if isinstance(pages, Mapping) else _extents(labelled) if pages is None else _sizes(labelled, pages)
    missing = [page.image_id for page in labelled if page.image_id not in sizes]
    if missing:
        raise UserError(f"{labels_csv}: no page image for {named(missing)}")
    size = np.array([sizes[page.image_id] for page in labelled], np.int64).reshape(-1, 2)
    ids = [page.image_id for page in labelled]
    labels = [label for page in labelled for label in page.labels]
    boxes = pd.DataFrame({"image_id": np.repeat(np.array(ids, object), [len(page.labels) for page in labelled])})
    boxes[_CORNERS] = np.concatenate([np.empty((0, 4), np.float32), *(page.boxes for page in labelled)])
    boxes["box_score"] = np.float32(1)
    boxes["label"] = pd.Series(labels, dtype="str")
    table = pd.DataFrame({"image_id": pd.Series(ids, dtype="str"), "width": size[:, 0], "height": size[:, 1]})
    contents = digest([[page.image_id, list(page.labels), page.boxes.tolist()] for page in labelled])
    made_from = {"stage": "truth", "labels": contents, "sizes": digest(size.tolist())}
    return PageBoxes(table, boxes, ClassList.from_labels(labels), made_from)


def _typed(table: pd.DataFrame, needed: Sequence[str], numbers: Mapping[str, type]) -> pd.DataFrame:
    missing = [name for name in needed if name not in table]
    if missing:
        raise UserError(f"expected the columns {', '.join(needed)}, found no {', '.join(missing)}")
    return table.astype(numbers).reset_index(drop=True)


def _sizes(labelled: list[PageLabels], folder: Place | str) -> dict[str, tuple[int, int]]:
    files = find_pages(folder)
    present = [page.image_id for page in labelled if page.image_id in files]
    sizes = ordered_map(lambda image_id: read_image_size(files[image_id]), present, available_cores())
    return dict(zip(present, sizes, strict=True))


def _extents(labelled: list[PageLabels]) -> dict[str, tuple[int, int]]:
    reach = {page.image_id: np.ceil(page.boxes[:, 2:].max(axis=0, initial=1)) for page in labelled}
    return {image_id: (int(width), int(height)) for image_id, (width, height) in reach.items()}
