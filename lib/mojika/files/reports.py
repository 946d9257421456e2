"""Reports: the JSON objects that commands print, and the numbers taken from them."""

import json
import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.files.json_text import load_json

Number = int | float


@dataclass(frozen=True)
class Selection:
    """Some numbers of one report, under other names.

    In `name`, `{}` is replaced by the number's key in the report; a name without it is for a single number. Without
    `keys` all numbers of the report are selected.
    """

    name: str
    path: Path
    keys: tuple[str, ...] = ()

    def numbers(self) -> dict[str, Number | None]:
        """By name; None where the report says null: there was nothing to compute it from.

        Raises `UserError` where the file is no report, or a key is missing or not that of a number.
        """
        report = read_report(self.path)
        keys = self.keys or [key for key, value in report.items() if _is_number(value)]
        found = {}
        for key in keys:
            if key not in report:
                raise UserError(f"{self.path}: no {key}; there are {', '.join(report) or 'no keys'}")
            if report[key] is not None and not _is_number(report[key]):
                raise UserError(f"{self.path}: {key}: expected a number, found {json.dumps(report[key])}")
            found[self.name.replace("{}", key)] = report[key]
        return found


def parse_numbers(text: str) -> Selection | dict[str, Number]:
    """`NAME=FILE:KEY`, `…{}…=FILE:KEY,KEY`, `…{}…=FILE` (the keys follow the last colon) or `NAME=VALUE`."""
    name, _, source = text.partition("=")
    if not (name and source):
        raise UserError(f"{text}: expected NAME=FILE:KEY or NAME=VALUE, as in accuracy=valid.json:accuracy")
    for number_type in (int, float):
        with suppress(ValueError):
            value = number_type(source)
            if not math.isfinite(value):
                raise UserError(f"{text}: expected a finite number")
            return {name: value}
    path, colon, keys = source.rpartition(":")
    selection = Selection(name, Path(path if colon else source), tuple(keys.split(",")) if colon else ())
    if "" in selection.keys:
        raise UserError(f"{text}: expected keys behind the colon, as in accuracy=valid.json:accuracy")
    if "{}" not in name and len(selection.keys) != 1:
        raise UserError(f"{text}: {name} can name one number; several need {{}} in it, as in {name}_{{}}")
    return selection


def joined(parts: Iterable[Selection | Mapping[str, Number]]) -> dict[str, Number | None]:
    """All numbers in one mapping, in order; raises `UserError` where two have the same name."""
    numbers: dict[str, Number | None] = {}
    for part in parts:
        found = part.numbers() if isinstance(part, Selection) else part
        if twice := [name for name in found if name in numbers]:
            raise UserError(f"{twice[0]}: two numbers of this name")
        numbers |= found
    return numbers


def read_report(path: Path) -> dict[str, Any]:
    """The JSON object in a file; raises `UserError` where there is none."""
    try:
        report = load_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: expected a JSON object: {error}") from None
    if not isinstance(report, dict):
        raise UserError(f"{path}: expected a JSON object, found {json.dumps(report)[:40]}")
    return report


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
