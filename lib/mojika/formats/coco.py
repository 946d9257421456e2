"""Boxes of all pages as MS COCO has them (https://cocodataset.org/#format-data), in reading order."""

import json
from collections.abc import Iterable, Iterator
from typing import IO, Any

from mojika.formats.format import PageOnImage
from mojika.formats.image_names import image_name
from mojika.reading.page import Character, Page

_DIGITS = 4  # of pixels, behind the point


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """One JSON; of the pages only names and sizes are kept in memory.

    Labels are categories, numbered from 1 as they come. Annotations are numbered through all pages and have, beside the
    usual fields, `score` (the probability of the label), `box_score`, `order` (the place on the page, from 0), `column`
    (its number on the page, from 0), `kind` of column and `block`.
    """
    images: list[dict[str, Any]] = []
    categories: dict[str, dict[str, Any]] = {}
    number = 0
    file.write(b'{"annotations": [')
    for each in pages:
        images.append(_image(len(images) + 1, each.page))
        for character, place in _placed(each.page):
            category = categories.setdefault(character.label, _category(len(categories) + 1, character))
            number += 1
            ids = {"id": number, "image_id": len(images), "category_id": category["id"]}
            file.write((",\n" if number > 1 else "\n").encode() + _json(ids | _box(character) | place))
    file.write(b'],\n"images": ' + _json(images) + b',\n"categories": ' + _json(list(categories.values())) + b"}\n")


def _image(number: int, page: Page) -> dict[str, Any]:
    return {"id": number, "file_name": image_name(page), "width": page.width, "height": page.height, "name": page.name}


def _category(number: int, character: Character) -> dict[str, Any]:
    return {"id": number, "name": character.label, "supercategory": "character", "char": character.char}


def _placed(page: Page) -> Iterator[tuple[Character, dict[str, Any]]]:
    order = column_number = 0
    for block_number, block in enumerate(page.blocks):
        for column in block.columns:
            for character in column.characters:
                place = {"order": order, "column": column_number, "kind": column.kind, "block": block_number}
                yield character, place
                order += 1
            column_number += 1


def _box(character: Character) -> dict[str, Any]:
    x1, y1, x2, y2 = character.box
    width, height = round(x2 - x1, _DIGITS), round(y2 - y1, _DIGITS)
    return {
        "bbox": [x1, y1, width, height],
        "area": round(width * height, _DIGITS),
        "segmentation": [[x1, y1, x2, y1, x2, y2, x1, y2]],
        "iscrowd": 0,
        "score": character.prob,
        "box_score": character.box_score,
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
