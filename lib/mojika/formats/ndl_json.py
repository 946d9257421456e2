"""The JSON of the National Diet Library's OCR of old books (https://github.com/ndl-lab/ndlkotenocr-lite): a line each
column, without characters."""

import json
from collections.abc import Iterable
from typing import IO, Any

from mojika.formats.format import PageOnImage
from mojika.formats.layout import Line, laid_out
from mojika.formats.provenance import file_name
from mojika.formats.writing import writable
from mojika.reading.page import Page


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """One page as UTF-8; raises `ValueError` unless there is just one."""
    (each,) = pages
    file.write(json.dumps(ndl_json(each.page), ensure_ascii=False, indent=2).encode() + b"\n")


def ndl_json(page: Page) -> dict[str, Any]:
    """Truth values are text, as there. Furigana is no `isTextline`: their lines have none."""
    layout = laid_out(page)
    return {
        "contents": [[_line(n, line, layout.writing.downwards) for n, line in enumerate(layout.lines)]],
        "imginfo": {
            "img_width": page.width,
            "img_height": page.height,
            "img_path": writable(page.source),
            "img_name": file_name(page),
        },
    }


def _line(number: int, line: Line, downwards: bool) -> dict[str, Any]:
    x1, y1, x2, y2 = line.place.x1, line.place.y1, line.place.x2, line.place.y2
    return {
        "boundingBox": [[x1, y1], [x1, y2], [x2, y1], [x2, y2]],
        "id": number,
        "isVertical": _truth(downwards),
        "text": line.text,
        "isTextline": _truth(line.kind != "furigana"),
        "confidence": round(line.probability, 4),
    }


def _truth(value: bool) -> str:
    return "true" if value else "false"
