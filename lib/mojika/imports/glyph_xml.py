"""ALTO and PAGE with glyphs, in any version, as other programs and `mojika recognize` write them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.imports.annotations import (
    below,
    box_around,
    files_called,
    folder_of,
    local_name,
    name_from,
    noting,
    read_xml,
)
from mojika.imports.found import Box, Found, FoundPage, part_in
from mojika.imports.image_finder import ImageFinder

_KINDS = (".alto", ".page-2013", ".page")  # before `.xml`, in the names of files of `mojika recognize`


def recognises(source: Path) -> bool:
    """Whether there is an ALTO or a PAGE."""
    return any(_root_name(path) in _READERS for path in files_called(source, ".xml"))


def read(source: Path, images: Path | None = None) -> Found:
    """A page for each file; files without a glyph are faults, as are those that are not measured in pixels."""
    found, finder = Found(), ImageFinder(folder_of(source), images)
    for path in files_called(source, ".xml"):
        name = name_from(source, path)
        with noting(found, name):
            root = read_xml(path)
            if local_name(root) not in _READERS:
                raise UserError(f"expected ALTO or PAGE, found {local_name(root)}")
            image, size, glyphs = _READERS[local_name(root)](root)
            boxes = list(glyphs)
            if not boxes:
                raise UserError("no glyphs: only lines or words have places")
            file = _image(finder, image, path)
            found.pages.append(FoundPage(file, tuple(boxes), name, part_in(name), size))
    return found


_Content = tuple[str | None, tuple[int, int] | None, Iterator[Box]]


def _alto(root: Any) -> _Content:
    unit = next(below(root, "MeasurementUnit"), None)
    if unit is not None and (unit.text or "").strip() != "pixel":
        raise UserError(f"expected places in pixels, found the unit {unit.text}")
    image = next(below(root, "fileName"), None)
    return (
        None if image is None else image.text,
        _size(next(below(root, "Page")), "WIDTH", "HEIGHT"),
        _alto_glyphs(root),
    )


def _alto_glyphs(root: Any) -> Iterator[Box]:
    """Glyphs that follow each other in one place are one character of several code points."""
    last: Box | None = None
    for glyph in below(root, "Glyph"):
        x, y, width, height = (float(glyph.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
        box = Box(glyph.get("CONTENT") or "", x, y, x + width, y + height)
        if last and (last.x1, last.y1, last.x2, last.y2) == (box.x1, box.y1, box.x2, box.y2):
            last = Box(last.label + box.label, box.x1, box.y1, box.x2, box.y2)
            continue
        if last:
            yield last
        last = box
    if last:
        yield last


def _page(root: Any) -> _Content:
    page = next(below(root, "Page"))
    return page.get("imageFilename"), _size(page, "imageWidth", "imageHeight"), map(_page_glyph, below(root, "Glyph"))


def _page_glyph(glyph: Any) -> Box:
    """The reading of the lowest index is the one to take."""
    coordinates = next(below(glyph, "Coords"))
    if coordinates.get("points"):
        points = [tuple(map(float, point.split(","))) for point in coordinates.get("points").split()]
    else:
        points = [(float(point.get("x")), float(point.get("y"))) for point in below(coordinates, "Point")]
    readings = sorted(glyph.iterfind("{*}TextEquiv"), key=lambda each: int(each.get("index") or 0))
    text = next(below(readings[0], "Unicode")).text if readings else ""
    return box_around(text or "", ((point[0], point[1]) for point in points))


_READERS: dict[str, Callable[[Any], _Content]] = {"alto": _alto, "PcGts": _page}


def _size(page: Any, width: str, height: str) -> tuple[int, int] | None:
    size = round(float(page.get(width) or 0)), round(float(page.get(height) or 0))
    return size if all(size) else None


def _image(finder: ImageFinder, name: str | None, path: Path) -> Path:
    """The image that the file names, or else the one that is called like the file."""
    stem = path.stem
    for kind in _KINDS:
        stem = stem.removesuffix(kind)
    try:
        return finder.find(name or stem, path.parent)
    except UserError:
        return finder.find(stem, path.parent)


def _root_name(path: Path) -> str | None:
    try:
        return local_name(read_xml(path))
    except UserError:
        return None
