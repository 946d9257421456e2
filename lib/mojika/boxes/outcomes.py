"""What became of boxes, for people to look at: which are right, which are not, which characters nothing found."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import numpy as np
import pandas as pd

from mojika.boxes.matching import match_boxes, match_points
from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.submission import points_of
from mojika.data.class_list import named
from mojika.errors import UserError

COLUMNS = ("image_id", "x1", "y1", "x2", "y2", "outcome", "read", "truth")


class Outcome(StrEnum):
    """What became of a box; the value is its name in the legend."""

    BOX = "boxes"  # no truth to compare it with
    RIGHT = "right"
    FOUND = "found"  # of boxes that were not read: it covers a character
    WRONG = "wrong label"
    SURPLUS = "surplus"  # a box too many: on no character, or on one that another box has
    MISSED = "missed"  # a box of the truth
    REMOVED = "removed"


def outcomes(boxes: PageBoxes, truth: PageBoxes | None = None, before: Sequence[PageBoxes] = ()) -> pd.DataFrame:
    """One row a box with the columns `COLUMNS`: those of `boxes`, then what they miss, then what was removed.

    `read` and `truth` are labels, None where there is none. With a `truth` (of the same pages) the boxes that were read
    are `RIGHT` by the competition's rule; of the others one that covers a character which no right one hits with IoU ≥
    0.5 is `WRONG`, and what remains is `SURPLUS`, a second box of a character too. Boxes that were not read are `FOUND`
    where they cover a character with that IoU, whatever it is, or `SURPLUS`. The characters that no box hits, rightly
    or wrongly, are `MISSED`. `REMOVED` are the boxes of `before` on the same pages that are missing from `boxes`.

    Raises `UserError` if a page is missing from the truth or `before`, or `boxes` have one that none of `before` has.
    """
    parts = [_rows(boxes, Outcome.BOX)]
    if truth is not None:
        hit, right = _hits(boxes, truth)
        names = Outcome.FOUND if boxes.class_list is None else np.where(right, Outcome.RIGHT, Outcome.WRONG)
        parts[0]["outcome"] = _texts(np.where(hit < 0, Outcome.SURPLUS, names))
        parts[0]["truth"] = _texts(np.array([*truth.boxes["label"], None], object)[hit])  # −1: the None
        missed = ~np.isin(np.arange(len(truth)), hit)
        parts.append(_rows(truth, Outcome.MISSED)[missed].rename(columns={"read": "truth", "truth": "read"}))
    if before:
        parts.append(_removed(boxes, before))
    return pd.concat([part[list(COLUMNS)] for part in parts], ignore_index=True)


def _hits(boxes: PageBoxes, truth: PageBoxes) -> tuple[np.ndarray, np.ndarray]:
    """The truth box that each box hits, `(M,) int64`, −1 for none, and whether it does so by the competition's rule."""
    if boxes.class_list is None:
        hit = match_boxes(boxes, truth)
        return hit, np.zeros(len(hit), bool)
    hit = match_points(points_of(boxes), truth)
    right = hit >= 0
    others, free = np.flatnonzero(~right), np.flatnonzero(~np.isin(np.arange(len(truth)), hit))
    covered = match_boxes(boxes.with_boxes(boxes.boxes.iloc[others]), truth.with_boxes(truth.boxes.iloc[free]))
    others, covered = others[covered >= 0], free[covered[covered >= 0]]
    # an equal label is one whose centre lies beside its character: the competition's rule sees nothing there
    differs = boxes.boxes["label"].to_numpy(object)[others] != truth.boxes["label"].to_numpy(object)[covered]
    hit[others[differs]] = covered[differs]
    return hit, right


def _removed(boxes: PageBoxes, before: Sequence[PageBoxes]) -> pd.DataFrame:
    keys, ids = list(COLUMNS[:5]), boxes.pages["image_id"]
    for number, earlier in enumerate(before, start=1):
        lacking = ids[~ids.isin(earlier.pages["image_id"])]
        if len(lacking):
            raise UserError(f"earlier boxes {number}: expected the same pages, found no {named(lacking)}")
    rows = pd.concat([_rows(part, Outcome.REMOVED) for part in before])
    rows = rows[rows["image_id"].isin(ids)].drop_duplicates(keys)
    kept, all_before = (pd.MultiIndex.from_frame(table[keys]) for table in (boxes.boxes, rows))
    strangers = int((~kept.isin(all_before)).sum())
    if strangers:
        raise UserError(
            f"expected the boxes from which boxes were removed, found {strangers:,} of {len(boxes):,} boxes missing "
            "there; name all inputs of the stage that removed them"
        )
    return rows[~all_before.isin(kept)]


def _rows(boxes: PageBoxes, outcome: Outcome) -> pd.DataFrame:
    rows = boxes.boxes[list(COLUMNS[:5])].copy()
    rows["outcome"] = outcome
    rows["read"] = _texts(boxes.boxes.get("label", [None] * len(rows)))
    rows["truth"] = _texts([None] * len(rows))
    return rows


def _texts(values: Iterable[str | None]) -> pd.Series:
    """A column in which None stays None."""
    return pd.Series(np.asarray(values, object), dtype=object)
