"""The shapes that data come in; each is a module with `recognises(source)` and `read(source)`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mojika.data.class_folders import files_below, is_image
from mojika.data.class_list import named
from mojika.errors import ParameterError, UserError
from mojika.imports import class_folders, coco, codh, file_table, glyph_xml, kaggle, labelme, voc, yolo
from mojika.imports.found import Found
from mojika.imports.other_programs import named_otherwise


@dataclass(frozen=True)
class Shape:
    """`what` it is, for people; `takes` are the names of its own options."""

    what: str
    recognises: Callable[[Path], bool]
    read: Callable[..., Found]
    takes: tuple[str, ...] = ()


_IMAGES = ("images",)
SHAPES = {  # the first that recognises the data reads them
    "kaggle": Shape("Kaggle's image_id,labels", kaggle.recognises, kaggle.read, _IMAGES),
    "codh": Shape("books of CODH with their _coordinate.csv", codh.recognises, codh.read, _IMAGES),
    "coco": Shape("JSON of COCO", coco.recognises, coco.read, _IMAGES),
    "labelme": Shape("JSON of LabelMe", labelme.recognises, labelme.read, _IMAGES),
    "voc": Shape("XML of Pascal VOC", voc.recognises, voc.read, _IMAGES),
    "glyphs": Shape("ALTO or PAGE with glyphs", glyph_xml.recognises, glyph_xml.read, _IMAGES),
    "yolo": Shape("text files of YOLO with data.yaml or classes.txt", yolo.recognises, yolo.read, _IMAGES),
    "table": Shape(
        "a CSV, or label,path lines, that names images and their labels",
        file_table.recognises, file_table.read, ("file_column", "label_column"),
    ),
    "class-folders": Shape("a folder of images for each class", class_folders.recognises, class_folders.read),
}  # fmt: skip


def reader_of(source: Path, shape: str | None, options: dict[str, Any]) -> tuple[str, Callable[[], Found]]:
    """The name of the shape, `shape` or the one that is recognised, and what reads it.

    Raises `UserError` where there is nothing, no shape is recognised, or the shape has no such options.
    """
    if not source.exists():
        raise UserError(f"{source}: expected a folder or a file of labelled data, found nothing")
    name = shape or next((name for name, each in SHAPES.items() if each.recognises(source)), None)
    if name is None:
        other = named_otherwise(source)
        if other:
            raise UserError(f"{source}: {other}")
        kinds = "; ".join(each.what for each in SHAPES.values())
        found = "images, but no labels" if source.is_dir() and any(map(is_image, files_below(source))) else "no labels"
        raise ParameterError(
            f"{source}: found {found} in any of these forms: {kinds}. {{shape}} says which it should be "
            "(docs/own_data.md)"
        )
    foreign = [option for option in options if option not in SHAPES[name].takes]
    if foreign:
        raise ParameterError(f"{source}: {name} has no {named(f'{{{option}}}' for option in foreign)}")
    return name, partial(SHAPES[name].read, source, **options)
