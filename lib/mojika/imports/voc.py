"""Pascal VOC (https://host.robots.ox.ac.uk/pascal/VOC): an XML for each image, and lists of the parts in ImageSets."""

from pathlib import Path
from typing import Any

from mojika.data.class_folders import PARTS
from mojika.errors import UserError
from mojika.files.text_table import read_text
from mojika.imports.annotations import below, files_called, folder_of, local_name, name_from, noting, read_xml
from mojika.imports.found import Box, Found, FoundPage, part_in
from mojika.imports.image_finder import ImageFinder


def recognises(source: Path) -> bool:
    """Whether there is an XML whose root is `annotation`."""
    return any(map(_is_voc, files_called(source, ".xml")))


def read(source: Path, images: Path | None = None) -> Found:
    """A page for each XML. `xmin` to `xmax` are taken as pixels from 0, as nearly all programs write them."""
    found, finder, parts = Found(), ImageFinder(folder_of(source), images), _parts(source)
    for path in files_called(source, ".xml"):
        name = name_from(source, path)
        with noting(found, name):
            root = read_xml(path)
            if local_name(root) != "annotation":
                raise UserError(f"expected an annotation, found {local_name(root)}")
            file = finder.find(root.findtext("filename") or path.stem, path.parent)
            boxes = []
            for number, element in enumerate(root.iterfind("object"), 1):
                with noting(found, f"{name} object {number}"):
                    boxes.append(_box(element))
            width, height = (round(float(root.findtext(f"size/{side}") or 0)) for side in ("width", "height"))
            part = parts.get(path.stem) or part_in(name)
            if boxes or root.find("object") is None:
                found.pages.append(
                    FoundPage(file, tuple(boxes), name, part, (width, height) if width and height else None)
                )
    return found


def _is_voc(path: Path) -> bool:
    try:
        return local_name(read_xml(path)) == "annotation"
    except UserError:
        return False


def _box(element: Any) -> Box:
    place = next(below(element, "bndbox"), None)
    if place is None:
        raise UserError("expected bndbox, found nothing")
    x1, y1, x2, y2 = (float(place.findtext(name)) for name in ("xmin", "ymin", "xmax", "ymax"))
    return Box(element.findtext("name") or "", x1, y1, x2, y2)


def _parts(source: Path) -> dict[str, str]:
    """The names of images without suffix → their part, where `ImageSets/Main/train.txt` and its like say so."""
    lists = folder_of(source) / "ImageSets" / "Main"
    files = {path: PARTS[path.stem.lower()] for path in sorted(lists.glob("*.txt")) if path.stem.lower() in PARTS}
    return {
        line.split()[0]: part for path, part in files.items() for line in read_text(path).splitlines() if line.strip()
    }
