"""Submissions: what a competition is given, one row a page: `image_id,labels` with `U+XXXX x y …` at box centres."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mojika.boxes.limits import MOST_PREDICTIONS
from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import named
from mojika.data.code_points import code_point_of
from mojika.data.near_ids import named_with_hint
from mojika.data.page_labels import FARTHEST, HEADER, read_rows
from mojika.errors import ParameterError, UserError
from mojika.files.text_table import csv_text

_FIELDS_PER_POINT = 3


@dataclass(frozen=True, eq=False)
class Points:
    """Labels at points of pages.

    `image_ids` are all pages, also those without a point; `page_index (M,) int64` never falls; `labels (M,) object`
    are `U+XXXX`; `positions (M, 2) float64` are x, y in page pixels.
    """

    image_ids: tuple[str, ...]
    page_index: np.ndarray
    labels: np.ndarray
    positions: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def offsets(self) -> np.ndarray:
        """`(P + 1,) int64`: the points of page i are `offsets[i]:offsets[i + 1]`."""
        return np.searchsorted(self.page_index, np.arange(len(self.image_ids) + 1))


def points_of(page_boxes: PageBoxes) -> Points:
    """The boxes' labels at their centres, to whole pixels (halves to the even one), in the order of the boxes.

    Raises `UserError` where the boxes were not read yet.
    """
    if "label" not in page_boxes.boxes:
        raise UserError("expected boxes that were read, found no column label; see `mojika classify`")
    x1, y1, x2, y2 = page_boxes.coordinates.astype(np.float64).T
    positions = np.rint(np.stack([(x1 + x2) / 2, (y1 + y2) / 2], axis=1))
    labels = page_boxes.boxes["label"].to_numpy(object)
    return Points(tuple(page_boxes.pages["image_id"]), page_boxes.page_index, labels, positions)


def choose_boxes(page_boxes: PageBoxes, *, min_prob: float = 0.0, at_most: int | None = None) -> PageBoxes:
    """The boxes with a `prob` of at least `min_prob`, and of them the `at_most` most probable ones of each page.

    Of equally probable ones the earlier rows are taken; all keep their order. Raises `UserError` where the boxes were
    not read yet.
    """
    if "prob" not in page_boxes.boxes:
        raise UserError("expected boxes that were read, found no column prob; see `mojika classify`")
    prob = page_boxes.boxes["prob"].to_numpy()
    keep = prob >= np.float32(min_prob)
    if at_most is not None:
        by_page = np.lexsort((-prob, ~keep, page_boxes.page_index))
        place = np.empty(len(prob), np.int64)
        place[by_page] = np.arange(len(prob)) - page_boxes.offsets[page_boxes.page_index]
        keep &= place < at_most
    made_from = {"stage": "choose", "boxes": page_boxes.fingerprint, "min_prob": min_prob, "at_most": at_most}
    return page_boxes.with_boxes(page_boxes.boxes[keep], made_from=made_from)


def format_submission(points: Points, order: Sequence[str] | None = None) -> str:
    """The text of a submission, every page a row, in the order of `points` or in that of the image ids in `order`.

    Raises `UserError` where `order` names other pages, or a page has more points than the competition takes.
    """
    counts = np.diff(points.offsets)
    if counts.max(initial=0) > MOST_PREDICTIONS:
        page = points.image_ids[counts.argmax()]
        raise ParameterError(
            f"{page}: expected at most {MOST_PREDICTIONS:,} predictions a page, found {counts.max():,}; "
            "raise {min_prob}, or keep the most probable ones with {at_most}"
        )
    number = {image_id: i for i, image_id in enumerate(points.image_ids)}
    if order is not None:
        _expect_pages(number, order)
    xs, ys = points.positions.astype(np.int64).T.tolist() if len(points) else ([], [])
    fields = [f"{label} {x} {y}" for label, x, y in zip(points.labels, xs, ys, strict=True)]
    pages = ((image_id, number[image_id]) for image_id in (points.image_ids if order is None else order))
    starts = points.offsets
    return csv_text(HEADER, ([image_id, " ".join(fields[starts[i] : starts[i + 1]])] for image_id, i in pages))


def read_submission(path: Path | str) -> Points:
    """The inverse of `format_submission`; raises `UserError` at the first row that is wrong."""
    image_ids, counts, labels, numbers = [], [], [], []
    for row_number, row in enumerate(read_rows(Path(path)), start=2):
        where = f"{path} row {row_number}"
        if len(row) != len(HEADER) or not row[0]:
            raise UserError(f"{where}: expected an image id and labels, found {','.join(row)[:80]!r}")
        fields = row[1].split()
        if len(fields) % _FIELDS_PER_POINT:
            raise UserError(f"{where}: expected a multiple of 3 fields (U+XXXX x y), found {len(fields)}")
        labels += fields[::3]
        numbers.append(_numbers(fields, where))
        image_ids.append(row[0])
        counts.append(len(fields) // _FIELDS_PER_POINT)
    if len(set(image_ids)) < len(image_ids):
        twice = sorted({image_id for image_id in image_ids if image_ids.count(image_id) > 1})
        raise UserError(f"{path}: expected each page once, found {named(twice)} again")
    positions = np.concatenate([np.empty((0, 2)), *numbers])
    return Points(tuple(image_ids), np.repeat(np.arange(len(counts)), counts), np.array(labels, object), positions)


def read_page_order(path: Path | str) -> list[str]:
    """The image ids of a `sample_submission.csv`, in its order; its labels are not read."""
    return [row[0] for row in read_rows(Path(path)) if row]


def _numbers(fields: list[str], where: str) -> np.ndarray:
    """x, y of each point of a row, `(n, 2) float64`."""
    wrong = [label for label in fields[::3] if code_point_of(label) is None]
    if wrong:
        raise UserError(f"{where}: expected a code point like U+304B, found {wrong[0][:24]!r}")
    try:
        positions = np.array([fields[1::3], fields[2::3]], np.float64).T
    except ValueError as error:
        raise UserError(f"{where}: expected numbers of pixels: {error}") from None
    if not (np.abs(positions) <= FARTHEST).all():
        raise UserError(f"{where}: expected pixels within ±{FARTHEST:,.0f}, found others")
    return positions


def _expect_pages(known: dict[str, int], order: Sequence[str]) -> None:
    lacking = [image_id for image_id in order if image_id not in known]
    if lacking:
        raise UserError(f"the sample names pages that are missing from the boxes: {named_with_hint(lacking, known)}")
    more = known.keys() - set(order)
    if more or len(order) > len(known):
        fault = f"is missing pages of the boxes: {named(sorted(more))}" if more else "names a page twice"
        raise UserError(f"the sample {fault}")
