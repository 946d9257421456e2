"""LabelMe (https://github.com/wkentaro/labelme): a JSON for each image, with `shapes`."""

from math import dist
from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.imports.annotations import box_around, files_called, folder_of, name_from, noting, read_json
from mojika.imports.found import Box, Found, FoundPage, part_in
from mojika.imports.image_finder import ImageFinder

_OUTLINES = ("rectangle", "polygon", "mask", "rotation")  # the last one is X-AnyLabeling's


def recognises(source: Path) -> bool:
    """Whether there is such a JSON."""
    return any(map(_is_labelme, files_called(source, ".json")))


def read(source: Path, images: Path | None = None) -> Found:
    """A page for each JSON; of rectangles, polygons and circles the box around them, other shapes are faults."""
    found, finder = Found(), ImageFinder(folder_of(source), images)
    for path in filter(_is_labelme, files_called(source, ".json")):
        name = name_from(source, path)
        with noting(found, name):
            document = read_json(path)
            file = _image(document, path, finder)
            boxes = []
            for number, shape in enumerate(document["shapes"], 1):
                with noting(found, f"{name} shape {number}"):
                    boxes.append(_box(shape))
            size = (document.get("imageWidth"), document.get("imageHeight"))
            if boxes or not document["shapes"]:
                found.pages.append(FoundPage(file, tuple(boxes), name, part_in(name), size if all(size) else None))
    return found


def _image(document: dict[str, Any], path: Path, finder: ImageFinder) -> Path:
    try:
        return finder.find(document.get("imagePath") or path.stem, path.parent)
    except UserError as error:
        if document.get("imageData"):
            raise UserError(f"{error}: it is only inside this JSON; `labelme_export_json` writes it") from None
        raise


def _is_labelme(path: Path) -> bool:
    try:
        document = read_json(path)
    except UserError:
        return False
    return isinstance(document, dict) and document.keys() >= {"shapes", "imagePath"}


def _box(shape: dict[str, Any]) -> Box:
    kind, points = shape.get("shape_type") or "polygon", [(float(x), float(y)) for x, y in shape["points"]]
    if kind == "circle":
        (x, y), edge = points
        radius = dist((x, y), edge)
        return Box(shape["label"], x - radius, y - radius, x + radius, y + radius)
    if kind not in _OUTLINES:
        raise UserError(f"expected a rectangle, a polygon or a circle, found a {kind}")
    return box_around(shape["label"], points)
