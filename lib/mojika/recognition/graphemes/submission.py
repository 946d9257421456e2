"""Submissions of bengaliai-cv19: `row_id,target`, three rows an image, one for each part of the grapheme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mojika.data.class_list import named
from mojika.data.grapheme_labels import HEADS, read_columns
from mojika.errors import ParameterError, UserError
from mojika.files.text_table import read_text_table
from mojika.files.urls import Place

COLUMNS = ["row_id", "target"]
_TEST_COLUMNS = ("row_id", "image_id", "component")


@dataclass(frozen=True, eq=False)
class SubmissionRows:
    """The rows of a submission: `row_ids (R,)`, and of each row the image and the head (both numbers, `(R,) int64`).

    Images count as in the ids that the rows were made for, heads as in `HEADS`. Every image and head has one row.
    """

    row_ids: np.ndarray
    images: np.ndarray
    heads: np.ndarray

    def format(self, predicted: Mapping[str, np.ndarray]) -> str:
        """The text of the submission; `predicted` has the label of each image, `(N,)`, by head."""
        targets = np.stack([np.asarray(predicted[head], object) for head in HEADS], axis=1)[self.images, self.heads]
        return pd.DataFrame({"row_id": self.row_ids, "target": targets}).to_csv(index=False, lineterminator="\n")

    def read(self, path: Path) -> dict[str, np.ndarray]:
        """The labels that a submission with just these rows has, by head; raises `UserError` where it has others."""
        table = read_text_table(path)
        if list(table.columns) != COLUMNS or not np.array_equal(table["row_id"], self.row_ids):
            columns = ",".join(COLUMNS)
            raise ParameterError(f"{path}: expected {columns} with the rows that are asked for; use {{force}}")
        labels = np.empty((len(self.row_ids) // len(HEADS), len(HEADS)), object)
        labels[self.images, self.heads] = table["target"]
        return dict(zip(HEADS, labels.T, strict=True))


def usual_rows(image_ids: Sequence[str]) -> SubmissionRows:
    """Rows as the competition's sample has them: images in their order, heads by name, `Test_0_grapheme_root`."""
    order = np.argsort(HEADS)
    row_ids = np.array([f"{image_id}_{HEADS[head]}" for image_id in image_ids for head in order], object)
    return SubmissionRows(row_ids, np.repeat(np.arange(len(image_ids)), len(HEADS)), np.tile(order, len(image_ids)))


def read_rows(path: Place, image_ids: Sequence[str]) -> SubmissionRows:
    """Rows as the competition's `test.csv` (`row_id,image_id,component`) names them, in its order.

    Raises `UserError` where it is no such table, asks for an image or a component that is not there, asks twice, or
    does not ask for all three components of each image.
    """
    table = read_columns(path, _TEST_COLUMNS)
    images = pd.Index(image_ids).get_indexer(pd.Index(table["image_id"]))
    heads = pd.Index(HEADS).get_indexer(pd.Index(table["component"]))
    wrong = np.flatnonzero(heads < 0)
    if len(wrong):
        found = table["component"].iloc[wrong[0]]
        raise UserError(f"{path} row {wrong[0] + 2}: expected {', '.join(HEADS)}, found {found!r}")
    unknown = table["image_id"][images < 0].unique()
    if len(unknown):
        raise UserError(f"{path}: {len(unknown):,} images are not in the shards: {named(unknown)}")
    for column, again in (
        ("row_id", table["row_id"].duplicated()),
        ("image_id and component", table.duplicated(["image_id", "component"])),
    ):
        if again.any():
            row = int(np.argmax(again))
            raise UserError(f"{path} row {row + 2}: {table['row_id'].iloc[row]}: duplicate {column}")
    asked = np.bincount(images, minlength=len(image_ids))
    lacking = np.flatnonzero(asked < len(HEADS))
    if len(lacking):
        few = named([image_ids[image] for image in lacking.tolist()])
        raise UserError(f"{path}: expected {len(HEADS)} rows of each image of the shards, found fewer of {few}")
    return SubmissionRows(table["row_id"].to_numpy(object), images, heads)
