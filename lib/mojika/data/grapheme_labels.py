"""Labels of Bengali graphemes in the layout of Kaggle's bengaliai-cv19: `train.csv` and `class_map.csv`."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from mojika.data.class_list import ClassList, named, natural_order
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.text_table import read_text_table
from mojika.files.urls import Place

HEAD_WEIGHTS = {"grapheme_root": 2, "vowel_diacritic": 1, "consonant_diacritic": 1}  # in the competition's score
HEADS = tuple(HEAD_WEIGHTS)  # in the order of train.csv
_CLASS_MAP = ("component_type", "label", "component")


def score_weights(heads: Iterable[str]) -> dict[str, int]:
    """What each head counts in the competition's score; nothing where the heads are not those of graphemes."""
    return HEAD_WEIGHTS if set(heads) == set(HEADS) else {}


def read_class_map(path: Place) -> dict[str, ClassList]:
    """The class list of each head: all its labels in numeric order, counted 0 times, their glyphs the components.

    Raises `UserError` if the file is no class map or a head is missing.
    """
    table = read_columns(path, _CLASS_MAP)
    unknown = table[~table["component_type"].isin(HEADS)]
    if len(unknown):
        found = unknown["component_type"].iloc[0]
        raise UserError(f"{path} row {unknown.index[0] + 2}: expected {', '.join(HEADS)}, found {found!r}")
    classes = {}
    for head in HEADS:
        rows = table[table["component_type"] == head]
        not_numbers = rows[~rows["label"].str.fullmatch("[0-9]{1,9}")]
        if len(not_numbers):
            found = not_numbers["label"].iloc[0]
            raise UserError(f"{path} row {not_numbers.index[0] + 2}: expected a whole number as label, found {found!r}")
        if rows.empty:
            raise UserError(f"{path}: expected classes of {', '.join(HEADS)}, found none of {head}")
        rows = rows.iloc[np.argsort(rows["label"].map(natural_order).to_numpy(), kind="stable")]
        try:
            classes[head] = ClassList(tuple(rows["label"]), (0,) * len(rows), tuple(rows["component"]))
        except UserError as error:
            raise UserError(f"{path}: {head}: {error}") from None
    return classes


def read_grapheme_labels(path: Place) -> pd.DataFrame:
    """`image_id` and a column for each head, `grapheme` and `writer` where the file has them; all text, rows from 0.

    Raises `UserError` where the file is no such table or has no rows.
    """
    table = read_columns(path, ("image_id", *HEADS))
    if table.empty:
        raise UserError(f"{path}: expected labelled images, found only a header")
    return table[[name for name in ("image_id", *HEADS, "grapheme", "writer") if name in table]]


def read_label_triples(path: Place) -> pd.MultiIndex:
    """The three labels of each row of a label file or split list, as text; raises `UserError` if they are missing."""
    return pd.MultiIndex.from_frame(read_columns(path, HEADS)[list(HEADS)])


def label_faults(labels: pd.DataFrame, classes: dict[str, ClassList], name: str) -> Iterator[Fault]:
    """Faults of the file `name`: rows without an id or with a duplicate one, and labels missing from their head."""
    for index in np.flatnonzero(labels["image_id"] == ""):
        yield Fault(name, int(index) + 2, "expected an image id, found nothing")
    first = {image_id: index for index, image_id in reversed(list(enumerate(labels["image_id"])))}
    for index in np.flatnonzero(labels["image_id"].duplicated() & (labels["image_id"] != "")):
        image_id = labels["image_id"].iloc[index]
        yield Fault(name, int(index) + 2, f"{image_id} was labelled before, in row {first[image_id] + 2}")
    for head, class_list in classes.items():
        for index in np.flatnonzero(~labels[head].isin(class_list.labels)):
            label, image_id = labels[head].iloc[index], labels["image_id"].iloc[index]
            yield Fault(name, int(index) + 2, f"{image_id}: {head}: {label!r} is not in the class map")


def without_faults(labels: pd.DataFrame, classes: dict[str, ClassList]) -> pd.DataFrame:
    """The rows that `label_faults` has nothing to say about."""
    good = (labels["image_id"] != "") & ~labels["image_id"].duplicated()
    for head, class_list in classes.items():
        good &= labels[head].isin(class_list.labels)
    return labels[good]


def read_columns(path: Place, columns: Sequence[str]) -> pd.DataFrame:
    """A CSV of text with at least `columns`; raises `UserError` where there is none or one of them is missing."""
    try:
        table = read_text_table(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; expected a CSV with the columns {','.join(columns)}") from None
    missing = [name for name in columns if name not in table]
    if missing:
        expected = f"{path}: expected the columns {','.join(columns)}"
        raise UserError(f"{expected}, found {named(table.columns, at_most=8)}: {', '.join(missing)} missing")
    return table
