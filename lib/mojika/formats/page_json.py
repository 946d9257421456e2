"""Our own format: a page as JSON (docs/formats.md), one line a column and one a box, to be edited and read back."""

import json
from collections.abc import Iterable, Iterator
from typing import IO, Any

from mojika.formats.format import PageOnImage
from mojika.reading.page import Candidate, Character, Column, Page

FORMAT, VERSION = "mojika page", 1
CORNERS = ("x1", "y1", "x2", "y2")


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """UTF-8; `page_json_reading.read_page_json` gives the page back."""
    for item in pages:
        file.write(page_json(item.page).encode())


def page_json(page: Page) -> str:
    """The page as text. Numbers are kept as they are, whole ones without a decimal point."""
    columns, boxes = _columns_and_boxes(page)
    values: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": page.name,
        "image": page.source,
        "width": page.width,
        "height": page.height,
        "canvas": page.canvas,
        "canvas_size": page.canvas_size,
        "confidence": _number(page.confidence),
        "gutters": list(map(_number, page.gutters)),
        "made_by": page.made_by,
        "text": page.text,
    }
    entries = [f"  {_json(key)}: {_json(value)}" for key, value in values.items()]
    entries += [f'  "{key}": {_one_a_line(rows)}' for key, rows in (("columns", columns), ("boxes", boxes))]
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _columns_and_boxes(page: Page) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    columns: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    for block_number, block in enumerate(page.blocks):
        first_of_base = -1
        for column in block.columns:
            if column.kind != "furigana":
                first_of_base = len(boxes)
            base = None if column.base is None else [first_of_base + place for place in column.base]
            place = {"column": len(columns), "kind": column.kind, "block": block_number, "leaf": block.leaf}
            boxes += _boxes(column, len(columns), len(boxes))
            columns.append(place | {"base": base, "text": column.text})
    return columns, boxes


def _boxes(column: Column, number: int, first: int) -> Iterator[dict[str, Any]]:
    for box_number, character in enumerate(column.characters, first):
        yield {"box": box_number, "column": number, **_character(character)}


def _character(character: Character) -> dict[str, Any]:
    corners = dict(zip(CORNERS, map(_number, character.box), strict=True))
    readings = [_candidate(candidate) for candidate in character.candidates]
    return {**readings[0], **corners, "box_score": _number(character.box_score), "top5": readings}


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {"char": candidate.char, "label": candidate.label, "prob": _number(candidate.prob)}


def _number(value: float | None) -> float | None:
    return int(value) if value is not None and value == int(value) else value


def _one_a_line(rows: list[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(f"    {_json(row)}" for row in rows) + "\n  ]" if rows else "[]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
