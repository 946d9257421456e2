"""The table of a split list: its header, its numbers, and the packs that it names."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from mojika.data.image_list import is_folder
from mojika.data.pack import Pack
from mojika.errors import UserError
from mojika.files.text_table import first_line, read_text_table
from mojika.files.urls import Place, place_from

PLACE = ("pack", "row")
_COUNTING = ("weight", "repeat", "shared", "unseen")


def is_table(path: Place) -> bool:
    """Whether it has the header of one; raises `UserError` where nothing is there."""
    return not is_folder(path) and set(PLACE) <= set(_first_line(path))


def _first_line(path: Place) -> list[str]:
    try:
        return first_line(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such split list; `mojika split` writes them") from None


def read_table(path: Place) -> pd.DataFrame:
    """A table that has samples and their labels; raises `UserError` on one that has not."""
    table = read_text_table(path)
    if not _heads(table):
        raise UserError(f"{path}: expected a label column beside {', '.join(PLACE + _COUNTING)}, found none")
    if table.empty:
        raise UserError(f"{path}: expected samples, found only a header")
    return table


def _heads(table: pd.DataFrame) -> tuple[str, ...]:
    return tuple(name for name in table.columns if name not in PLACE + _COUNTING)


def open_packs(path: Place, table: pd.DataFrame, opened: dict[Place, Pack]) -> dict[str, Pack]:
    """Packs by the name that the list gives them, relative to its folder; each is opened once for all lists."""
    packs = {}
    for name in table["pack"].unique():
        folder = place_from(path.parent, name)
        if isinstance(folder, Path):
            folder = Path(os.path.normpath(folder.absolute()))
        if folder not in opened:
            opened[folder] = Pack.open(folder)
        packs[name] = opened[folder]
        if packs[name].heads != _heads(table):
            raise UserError(
                f"{path}: label columns {', '.join(_heads(table))}; {folder} has {', '.join(packs[name].heads)}"
            )
    return packs


def numbers_of(
    path: Place, table: pd.DataFrame, column: str, dtype: type, least: int, default: int | None = None
) -> np.ndarray:
    """A column `(N,)`, or the default where there is none; raises `UserError` at a number that is below `least`."""
    if column not in table:
        if default is None:
            raise UserError(f"{path}: expected a column {column}")
        return np.full(len(table), default, dtype)
    numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    good = np.isfinite(numbers) & (numbers >= least) & (numbers < 2**53)
    if np.issubdtype(dtype, np.integer):
        good &= numbers == np.floor(numbers)
    if not good.all():
        bad = int(np.argmin(good))
        kind = "a whole number" if np.issubdtype(dtype, np.integer) else "a number"
        found = table[column].iloc[bad]
        raise UserError(f"{path} row {bad + 2}: {column}: expected {kind} of at least {least}, found {found!r}")
    return numbers.astype(dtype)
