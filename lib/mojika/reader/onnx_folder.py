"""A reader's folder whose networks are ONNX files, made of one whose networks are torch's."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mojika.data.class_list import ClassList
from mojika.files.artifact import Header
from mojika.files.atomic import atomic_folder
from mojika.files.reader_folder import CARD, ONNX, SUMS, WEIGHTS, Member, ReaderFolder
from mojika.reader.bundle import write_about
from mojika.reader.onnx_export import export, load, network_made_from, write_network

_OWN = ("kind", "schema", "fingerprint", "made_from", "files", "models")  # what an ONNX reader does not take over


def folder_made_from(source: ReaderFolder, at_most: int, **more: Any) -> dict[str, Any]:
    """All that decides the content of the folder."""
    return {"stage": "export-onnx", "reader": source.config["fingerprint"], "at_most": at_most, **more}


def write_onnx_reader(
    out: Path, source: ReaderFolder, made_from: dict[str, Any], exported: Callable[[str, float], None]
) -> Header:
    """Write the folder `out`, whole or not at all; returns its configuration.

    `exported` is told of each network its file and its largest difference from torch. Raises `UserError` as
    `onnx_export.export` does, and where a file of `source` is not what was recorded.
    """
    source.check()
    with atomic_folder(out) as folder:
        models, classes = [], dict[str, ClassList]()
        for member in source.members():
            file = f"{member.path.name.removesuffix(WEIGHTS)}{ONNX}"
            difference = _export(member, folder / file, made_from, source.config["settings"])
            models.append(member.about | {"file": file})
            exported(file, difference)
            for head, own in member.about.get("classes", {}).items():
                classes.setdefault(head, ClassList.read(source.file(own["file"])))
        for name in source.files:
            if not name.endswith(WEIGHTS) and name not in (CARD, SUMS):
                (folder / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(source.file(name), folder / name)
        about = {name: value for name, value in source.config.items() if name not in _OWN}
        return write_about(folder, made_from, about | {"models": models}, classes)


def _export(member: Member, file: Path, made_from: dict[str, Any], settings: dict[str, Any] | None) -> float:
    sources = network_made_from(member.path, made_from["at_most"])
    content, difference = export(load(member.path), sources, settings or {})
    write_network(file, content)
    return difference
