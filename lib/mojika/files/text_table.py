"""CSV tables whose fields are taken as the text that they are, so that `007` and `NA` stay what was written."""

import csv
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.csv

from mojika.errors import UserError


def first_line(path: Path) -> list[str]:
    """The fields of a CSV's first line, none where the file is empty; a byte order mark is accepted.

    Raises `FileNotFoundError`, and `UserError` where the line is not CSV in UTF-8.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: expected a CSV in UTF-8: {error}") from None


def read_text_table(path: Path) -> pd.DataFrame:
    """A CSV with a header, all fields as text.

    Arrow's reader is quick and, unlike pandas', insists on equally many fields in each row. Raises `FileNotFoundError`,
    and `UserError` where the file is no such table or names a column twice.
    """
    names = first_line(path)
    as_text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.string()))
    try:
        table = pyarrow.csv.read_csv(path, convert_options=as_text).to_pandas()
    except (pyarrow.ArrowInvalid, UnicodeDecodeError) as error:
        raise UserError(f"{path}: expected a CSV: {' '.join(str(error).split())}") from None
    if len(set(names)) < len(names):
        raise UserError(f"{path}: expected each column once, found {','.join(names)}")
    return table
