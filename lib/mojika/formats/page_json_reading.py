"""Reading back a page's JSON, also one that a person edited: strictly, and with the place of what is wrong."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from mojika.data.class_list import shown
from mojika.data.code_points import code_point_of, label_of
from mojika.errors import UserError
from mojika.files.json_text import load_json
from mojika.formats.page_json import CORNERS, FORMAT, VERSION
from mojika.reading.page import Block, Candidate, Character, Column, Kind, Page

_KINDS: tuple[Kind, ...] = get_args(Kind)
_OF_PAGE = {"format", "version", "name", "image", "width", "height", "canvas", "canvas_size", "confidence"}
_OF_PAGE |= {"gutters", "made_by"}
_OF_COLUMN = {"column", "kind", "block", "leaf", "base", "text"}
_OF_READING = {"char", "label", "prob"}
_OF_BOX = {"box", "column", *_OF_READING, *CORNERS, "box_score", "top5"}


def read_page_json(path: Path | str) -> Page:
    """The page that `page_json` wrote into a file, with what a person changed there (docs/formats.md).

    Raises `UserError` that names the file and the place in it.
    """
    try:
        return page_of(load_json(Path(path).read_text("utf-8-sig")))
    except OSError as error:
        raise UserError(f"{path}: expected the JSON of a page: {error.strerror}") from None
    except json.JSONDecodeError as error:
        where = f"{path} line {error.lineno} column {error.colno}"
        raise UserError(f"{where}: expected the JSON of a page: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: expected UTF-8, found another encoding at byte {error.start:,}") from None
    except OverflowError:
        raise UserError(f"{path}: expected numbers of a usual size, found one beyond 1e308") from None
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None


def page_of(plain: Any) -> Page:
    """The page of parsed JSON; raises `ValueError` that names the place of what is wrong.

    The boxes of a column are those that name it, in the order in which they are listed; columns and blocks have the
    order of the list of columns. Columns whose boxes are all gone are left out. `text` decides nothing.
    """
    page = _Fields(plain, "", _OF_PAGE | {"text", "columns", "boxes"})
    if page.text("format") != FORMAT:
        raise ValueError(f"format: expected {FORMAT!r}, found {_found(plain['format'])}")
    if page.whole("version") != VERSION:
        raise ValueError(f"version: expected {VERSION}, found {plain['version']}; another version of mojika wrote it")
    made_by = page.of_type("made_by", dict, "an object or null", None)
    return Page(
        name=page.text("name"),
        source=page.text("image", ""),
        width=page.whole("width", at_least=1),
        height=page.whole("height", at_least=1),
        blocks=_blocks(page),
        confidence=page.number("confidence", None),
        gutters=tuple(map(float, page.numbers("gutters", ()))),
        made_by=made_by,
        canvas=page.text("canvas", None),
        canvas_size=_canvas_size(page),
    )


def _canvas_size(page: "_Fields") -> tuple[int, int] | None:
    size = page.numbers("canvas_size", None)
    if size is None:
        return None
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"canvas_size: expected a width and a height, found {_found(size)}")
    return int(size[0]), int(size[1])


@dataclass(frozen=True)
class _Box:
    number: int | None
    character: Character


def _blocks(page: "_Fields") -> tuple[Block, ...]:
    rows = page.rows("columns", _OF_COLUMN)
    boxes: dict[int, list[_Box]] = {row.whole("column"): [] for row in rows}
    if len(boxes) < len(rows):
        raise ValueError("columns: expected each number of a column once, found one again")
    for row in page.rows("boxes", _OF_BOX):
        number = row.whole("column")
        if number not in boxes:
            raise ValueError(f"{row.where('column')}: expected the number of one of the columns, found {number}")
        boxes[number].append(_Box(row.whole("box", None), _character(row)))
    blocks: dict[int, list[_Fields]] = {}
    for row in rows:
        blocks.setdefault(row.whole("block"), []).append(row)
    found = (Block(_columns(rows, boxes), _leaf(rows)) for rows in blocks.values())
    return tuple(block for block in found if block.columns)


def _leaf(rows: list["_Fields"]) -> int:
    leaves = [(row.whole("leaf", at_least=0), row) for row in rows if "leaf" in row.values]
    for leaf, row in leaves:
        if leaf != leaves[0][0]:
            raise ValueError(f"{row.where('leaf')}: expected {leaves[0][0]} as in the rest of its block, found {leaf}")
    return leaves[0][0] if leaves else 0


def _columns(rows: list["_Fields"], boxes: Mapping[int, list[_Box]]) -> tuple[Column, ...]:
    columns, beside = [], list[_Box]()
    for row in rows:
        own, kind = boxes[row.whole("column")], row.text("kind", "text")
        if kind not in _KINDS:
            raise ValueError(f"{row.where('kind')}: expected one of {', '.join(_KINDS)}, found {_found(kind)}")
        ends = row.numbers("base", None)
        if ends is not None and len(ends) != 2:
            raise ValueError(f"{row.where('base')}: expected the first and the last box of the base, or null")
        if own:
            base = _base(ends, beside) if kind == "furigana" and ends is not None else None
            columns.append(Column(tuple(box.character for box in own), kind, base))
            beside = beside if kind == "furigana" else own
    return tuple(columns)


def _base(ends: list[float], beside: list[_Box]) -> tuple[int, int] | None:
    places = [place for place, box in enumerate(beside) if box.number is not None and ends[0] <= box.number <= ends[1]]
    return (places[0], places[-1]) if places else None


def _character(row: "_Fields") -> Character:
    x1, y1, x2, y2 = (row.number(corner) for corner in CORNERS)
    score, candidates = row.number("box_score", 1.0), _candidates(row)
    try:
        return Character((x1, y1, x2, y2), score, candidates)
    except ValueError as error:
        raise ValueError(f"{row.where()}: {error}") from None


def _candidates(row: "_Fields") -> tuple[Candidate, ...]:
    """The readings with what a person changed: a new character gets its label, and a new label its character; unless
    its probability was changed too, it is 1. The reading that was taken before stays as an alternative."""
    listed = [
        Candidate(reading.text("label"), reading.text("char"), reading.number("prob"))
        for reading in row.rows("top5", _OF_READING, [])
    ]
    old = listed[0] if listed else None
    label = row.text("label", old.label if old else None)
    prob = row.number("prob", old.prob if old else 1.0)
    char = row.text("char")
    if old and char != old.char and label == old.label:
        label = next((other.label for other in listed if other.char == char), _label(char, old.label))
    elif old and char == old.char and label != old.label:
        char = next((other.char for other in listed if other.label == label), _char(label, char))
    elif label is None:
        label = _label(char)
    if old == Candidate(label, char, prob):
        return tuple(listed)
    if old and (label, char) != (old.label, old.char) and prob == old.prob:
        prob = 1.0
    return Candidate(label, char, prob), *(other for other in listed if (other.label, other.char) != (label, char))


def _label(char: str, like: str = "U+0000") -> str:
    return label_of(char) if len(char) == 1 and code_point_of(like) is not None else char


def _char(label: str, char: str) -> str:
    return char if code_point_of(label) is None else shown(label)


_NEEDED: Any = object()


class _Fields:
    """An object of the JSON and where it is. Its values are checked when they are asked for."""

    def __init__(self, plain: Any, place: str, known: set[str]):
        self._place = place
        if not isinstance(plain, dict):
            raise ValueError(f"{place + ': ' if place else ''}expected an object, found {_found(plain)}")
        self.values: dict[str, Any] = plain
        unknown = [key for key in plain if key not in known]
        if unknown:
            raise ValueError(f"{self.where(unknown[0])}: expected a key among {', '.join(sorted(known))}")

    def where(self, key: str = "") -> str:
        return ".".join(filter(None, [self._place, key]))

    def of_type(self, key: str, types: type | tuple[type, ...], wanted: str, default: Any = _NEEDED) -> Any:
        value = self.values.get(key, default)
        if value is _NEEDED:
            raise ValueError(f"{self.where(key)}: expected {wanted}, found nothing")
        if (value is None and default is None) or (isinstance(value, types) and not isinstance(value, bool)):
            return value
        raise ValueError(f"{self.where(key)}: expected {wanted}, found {_found(value)}")

    def text(self, key: str, default: Any = _NEEDED) -> Any:
        value = self.of_type(key, str, "text", default)
        if value == "" and default != "":
            raise ValueError(f"{self.where(key)}: expected text, found none")
        if value and any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError(f"{self.where(key)}: expected text, found half a surrogate pair")
        return value

    def whole(self, key: str, default: Any = _NEEDED, at_least: float = -math.inf) -> Any:
        value = self.of_type(key, int, "a whole number", default)
        if value is not None and value < at_least:
            raise ValueError(f"{self.where(key)}: expected a whole number from {at_least:g} on, found {value}")
        return value

    def number(self, key: str, default: Any = _NEEDED) -> Any:
        value = self.of_type(key, (int, float), "a number", default)
        if value is not None and not math.isfinite(value):
            raise ValueError(f"{self.where(key)}: expected a finite number, found {value}")
        return value if value is None else float(value)

    def numbers(self, key: str, default: Any = _NEEDED) -> Any:
        values = self.of_type(key, list, "a list of numbers", default) if key in self.values else default
        for value in values or ():
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise ValueError(f"{self.where(key)}: expected a list of numbers, found {_found(value)} in it")
        return values

    def rows(self, key: str, known: set[str], default: Any = _NEEDED) -> "list[_Fields]":
        values = self.of_type(key, list, "a list", default)
        return [_Fields(value, f"{self.where(key)}[{place}]", known) for place, value in enumerate(values)]


def _found(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."
