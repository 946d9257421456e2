"""IIIF Presentation 3 (https://iiif.io/api/presentation/3.0/): a manifest of all pages, and annotations of each."""

import json
from collections.abc import Iterable, Iterator
from typing import IO, Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from mojika.formats.format import PageOnImage
from mojika.formats.geometry import Rectangle
from mojika.formats.image_names import image_name, media_type
from mojika.formats.writing import writable, writing_of
from mojika.reading.page import Corners, Page

PRESENTATION = "http://iiif.io/api/presentation/3/context.json"
GRANULARITY = "http://iiif.io/api/extension/text-granularity/context.json"
CONTEXT = [GRANULARITY, PRESENTATION]
ANNOTATIONS_SUFFIX = ".annotations.json"


def write_manifest(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """A manifest with a canvas for each page, which holds its annotations.

    Where pages have an address, this file, those of `write_annotations` and the images, under the names of the pages,
    are expected there. Without one there are no images, and ids are URNs. A page that came from a manifest keeps the
    id of its canvas.
    """
    file.write(b'{"@context": ' + _json(CONTEXT) + b', "type": "Manifest", "label": {"none": ["Mojika"]}, "items": [')
    downwards, base = False, None
    for number, each in enumerate(pages):
        file.write((",\n" if number else "\n").encode() + _json(_canvas(each.page, each.address)))
        downwards, base = downwards or writing_of(each.page).downwards, each.address
    direction = "right-to-left" if downwards else "left-to-right"
    tail = {"viewingDirection": direction, "id": _address("manifest.json", base)}
    file.write(b"\n], " + _json(tail).removeprefix(b"{") + b"\n")


def write_annotations(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """The annotations of one page, as in the manifest; raises `ValueError` unless there is just one."""
    (each,) = pages
    file.write(_json({"@context": CONTEXT} | annotation_page(each.page, each.address)) + b"\n")


def annotation_page(page: Page, base: str | None = None) -> dict[str, Any]:
    """The text of each column (`textGranularity` `line`), followed by that of its characters (`glyph`), in reading
    order, with what they show on the canvas in its own whole units."""
    own = _address(page.name + ANNOTATIONS_SUFFIX, base, page)
    return {"id": own, "type": "AnnotationPage", "items": list(_annotations(page, own, _canvas_id(page, base)))}


def _canvas(page: Page, base: str | None) -> dict[str, Any]:
    own = _canvas_id(page, base)
    width, height = _canvas_size(page)
    canvas: dict[str, Any] = {"id": own, "type": "Canvas", "label": {"none": [page.name]}}
    canvas |= {"height": height, "width": width}
    if base is not None and page.canvas is None:
        canvas["items"] = [_painting(page, own, base)]
    return canvas | {"annotations": [annotation_page(page, base)]}


def _painting(page: Page, canvas: str, base: str) -> dict[str, Any]:
    name = image_name(page)
    image: dict[str, Any] = {"id": _address(name, base), "type": "Image", "format": media_type(name)}
    image |= {"height": page.height, "width": page.width}
    annotation = {"id": f"{canvas}/image", "type": "Annotation", "motivation": "painting", "body": image}
    return {"id": f"{canvas}/images", "type": "AnnotationPage", "items": [annotation | {"target": canvas}]}


def _annotations(page: Page, own: str, canvas: str) -> Iterator[dict[str, Any]]:
    language, character_number = writing_of(page).language, 0
    for number, column in enumerate(page.columns):
        parts: list[tuple[str, str, str, Corners]] = [("line", f"column-{number}", column.text, column.box)]
        for character in column.characters:
            parts.append(("glyph", f"character-{character_number}", character.char, character.box))
            character_number += 1
        for granularity, name, text, box in parts:
            body = {"type": "TextualBody", "value": writable(text), "format": "text/plain", "language": language}
            yield {
                "id": f"{own}#{name}",
                "type": "Annotation",
                "motivation": "supplementing",
                "textGranularity": granularity,
                "body": body,
                "target": f"{canvas}#xywh={_region(box, page)}",
            }


def _region(box: Corners, page: Page) -> str:
    width, height = _canvas_size(page)
    x1, y1, x2, y2 = box
    across, down = width / page.width, height / page.height
    place = Rectangle.within((x1 * across, y1 * down, x2 * across, y2 * down), width, height)
    return f"{place.x1},{place.y1},{place.width},{place.height}"


def _canvas_size(page: Page) -> tuple[int, int]:
    return page.canvas_size or (page.width, page.height)


def _canvas_id(page: Page, base: str | None) -> str:
    return page.canvas or _address(f"{page.name}/canvas", base, page)


def _address(name: str, base: str | None, page: Page | None = None) -> str:
    """Below `base`; without one a URN that is the same for the same page."""
    if base is not None:
        return f"{base.rstrip('/')}/{quote(name)}"
    source = page.canvas or page.source if page else ""
    return uuid5(NAMESPACE_URL, f"mojika {source} {name}").urn


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
