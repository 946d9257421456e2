"""YOLO (https://docs.ultralytics.com/datasets/detect): for each image a text file of `class x y width height`, centres
and extents as shares of the image; the names of the classes in `data.yaml`, `classes.txt` or `obj.names`."""

from pathlib import Path
from typing import Any

import yaml

from mojika.data.images import read_image_size
from mojika.errors import UserError
from mojika.files.faults import well_formed
from mojika.files.text_table import read_text
from mojika.imports.annotations import box_around, noting
from mojika.imports.found import Box, Found, FoundPage, part_in
from mojika.imports.image_finder import ImageFinder
from mojika.yaml_text import load_yaml

_YAML = (".yaml", ".yml")
_NAMES = ("classes.txt", "obj.names", "predefined_classes.txt")


def recognises(source: Path) -> bool:
    """Whether a folder has names of classes, and labels beside images."""
    root = source if source.is_dir() else source.parent
    names = _names_file(source)
    return bool(names) and any(_labels_of(image).is_file() for image in ImageFinder(root).images)


def read(source: Path, images: Path | None = None) -> Found:
    """A page for each image with a label file; images without one are faults. Raises `UserError` without names."""
    root, names = source if source.is_dir() else source.parent, _names_file(source)
    if names is None:
        raise UserError(f"{source}: expected data.yaml, classes.txt or obj.names with the names of the classes")
    labels, found = _names(names), Found()
    found.notes.append(f"{names}: names of {len(labels):,} classes")
    for image in ImageFinder(root, images).images:
        file = _labels_of(image)
        name = image.relative_to(images if images and image.is_relative_to(images) else root).as_posix()
        with noting(found, name):
            if not file.is_file():
                raise UserError("no label file")
            width, height = read_image_size(image)
            boxes = []
            for row, line in enumerate(read_text(file).splitlines(), 1):
                with noting(found, file.name, row):
                    if line.strip():
                        boxes.append(_box(line, labels, width, height, row))
            if boxes or not read_text(file).strip():
                found.pages.append(FoundPage(image, tuple(boxes), name, part_in(name)))
    return found


def _names_file(source: Path) -> Path | None:
    if source.is_file():
        return source if source.suffix in _YAML or source.name in _NAMES else None
    candidates = [path for kind in _YAML for depth in ("", "*/") for path in sorted(source.glob(f"{depth}*{kind}"))]
    candidates += [path for depth in ("", "*/") for name in _NAMES for path in sorted(source.glob(f"{depth}{name}"))]
    return next((path for path in candidates if path.is_file() and _names(path)), None)


def _names(path: Path) -> dict[int, str]:
    text = read_text(path)
    if path.suffix not in _YAML:
        return {number: line.strip() for number, line in enumerate(text.splitlines()) if line.strip()}
    try:
        document: Any = load_yaml(text, as_texts=True)
    except yaml.YAMLError:
        raise UserError(f"{path}: expected YAML, found something else") from None
    names = document.get("names") if isinstance(document, dict) else None
    with well_formed(path, "names by their numbers"):
        pairs = names.items() if isinstance(names, dict) else enumerate(names if isinstance(names, list) else [])
        return {int(number): f"{name}" for number, name in pairs}


def _labels_of(image: Path) -> Path:
    """Beside the image, or in `labels` where the image is in `images`."""
    beside = image.with_suffix(".txt")
    parts = list(beside.parts)
    if beside.is_file() or "images" not in parts:
        return beside
    last = len(parts) - 1 - parts[::-1].index("images")
    return Path(*parts[:last], "labels", *parts[last + 1 :])


def _box(line: str, labels: dict[int, str], width: int, height: int, row: int) -> Box:
    name, *values = line.split()
    number = int(float(name))  # some programs write all five numbers with a fraction
    if number not in labels:
        raise UserError(f"class {name} has no name")
    shares = list(map(float, values))
    if len(shares) > 5 and len(shares) % 2 == 0:  # the outline of a segment
        points = zip(shares[::2], shares[1::2], strict=True)
        return box_around(labels[number], ((x * width, y * height) for x, y in points), row)
    if len(shares) not in (4, 5):
        raise UserError(f"expected a class and four numbers, found {line[:60]!r}")
    x, y, w, h = shares[:4]  # a fifth is a confidence
    left, top = (x - w / 2) * width, (y - h / 2) * height
    return Box(labels[number], left, top, left + w * width, top + h * height, row)
