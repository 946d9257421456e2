"""COCO (https://cocodataset.org/#format-data): `images`, `annotations` and `categories` in one JSON for each part."""

from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.imports.annotations import box_around, files_called, folder_of, name_from, noting, read_json
from mojika.imports.found import Box, Found, FoundPage, part_in
from mojika.imports.image_finder import ImageFinder

_KEYS = {"images", "annotations", "categories"}


def recognises(source: Path) -> bool:
    """Whether there is such a JSON."""
    return any(map(_is_coco, files_called(source, ".json")))


def read(source: Path, images: Path | None = None) -> Found:
    """A page for each image, also for those without annotations; crowds are faults."""
    found, finder = Found(), ImageFinder(folder_of(source), images)
    for path in filter(_is_coco, files_called(source, ".json")):
        with noting(found, name_from(source, path)):
            _read(read_json(path), name_from(source, path), path.parent, finder, found)
    return found


def _read(document: dict[str, Any], name: str, folder: Path, finder: ImageFinder, found: Found) -> None:
    labels = {each["id"]: f"{each['name']}" for each in document["categories"]}
    boxes: dict[Any, list[Box]] = {each["id"]: [] for each in document["images"]}
    for annotation in document["annotations"]:
        with noting(found, name):
            if annotation["image_id"] not in boxes:
                raise UserError(f"annotation {annotation.get('id')}: no image {annotation['image_id']}")
            boxes[annotation["image_id"]].append(_box(annotation, labels))
    for image in document["images"]:
        with noting(found, name):
            file = finder.find(image["file_name"], folder)
            size = (image["width"], image["height"]) if image.get("width") and image.get("height") else None
            found.pages.append(FoundPage(file, tuple(boxes[image["id"]]), name, part_in(name), size))


def _is_coco(path: Path) -> bool:
    try:
        document = read_json(path)
    except UserError:
        return False
    return isinstance(document, dict) and document.keys() >= _KEYS


def _box(annotation: dict[str, Any], labels: dict[Any, str]) -> Box:
    number = annotation.get("id")
    if annotation["category_id"] not in labels:
        raise UserError(f"annotation {number}: no category {annotation['category_id']}")
    if annotation.get("iscrowd"):
        raise UserError(f"annotation {number}: a crowd, not one character")
    label = labels[annotation["category_id"]]
    if annotation.get("bbox") or not annotation.get("segmentation"):
        x, y, width, height = map(float, annotation["bbox"])
        return Box(label, x, y, x + width, y + height)
    flat = [float(value) for polygon in annotation["segmentation"] for value in polygon]
    return box_around(label, zip(flat[::2], flat[1::2], strict=True))
