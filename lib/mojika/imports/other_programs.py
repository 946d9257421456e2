"""Annotations in forms of other programs that are not read, told by their content, and what to export instead."""

from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.imports.annotations import files_called, local_name, read_json, read_xml

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar")


def named_otherwise(source: Path) -> str:
    """What was found and what to do; empty where nothing of the kind is there."""
    if source.is_file() and source.suffix.lower() in _ARCHIVES:
        return "is an archive; unpack it and name the folder"
    for path in files_called(source, ".json", ".xml"):
        program = _program(path)
        if program:
            return f"{path.name} is of {program}, which is not read; export COCO, YOLO or Pascal VOC there instead"
    return ""


def _program(path: Path) -> str:
    try:
        if path.suffix.lower() == ".xml":
            return {"annotations": "CVAT for images"}.get(local_name(read_xml(path)), "")
        document = read_json(path)
    except UserError:
        return ""
    if isinstance(document, list):
        return _program_of_list(document[0]) if document and isinstance(document[0], dict) else ""
    if not isinstance(document, dict):
        return ""
    first = next(iter(document.values()), None)
    if "_via_img_metadata" in document or (isinstance(first, dict) and "regions" in first):
        return "VGG's annotator (VIA)"
    return ""


def _program_of_list(first: dict[str, Any]) -> str:
    if "annotations" in first and "image" in first:
        return "CreateML"
    return "Label Studio" if "data" in first or "annotation_id" in first else ""
