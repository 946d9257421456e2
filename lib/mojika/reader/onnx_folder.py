"""A reader's folder whose networks are ONNX files, made of one whose networks are torch's."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.files.atomic import atomic_folder
from mojika.files.reader_folder import CARD, CONFIG, ONNX, SUMS, WEIGHTS, Member, ModelKind, ReaderFolder
from mojika.reader.bundle import write_about
from mojika.reader.onnx_engine import OnnxEngine
from mojika.reader.onnx_export import export, load, network_made_from, write_network
from mojika.reader.onnx_int8 import reduce_reader
from mojika.reader.settings import ReaderSettings

_OWN = ("kind", "schema", "fingerprint", "made_from", "files", "models")  # what an ONNX reader does not take over


def folder_made_from(source: ReaderFolder, at_most: int, **more: Any) -> dict[str, Any]:
    """All that decides the content of the folder."""
    return {"stage": "export-onnx", "reader": source.config["fingerprint"], "at_most": at_most, **more}


def write_onnx_reader(
    out: Path,
    source: ReaderFolder,
    made_from: dict[str, Any],
    pages: Sequence[np.ndarray] = (),
) -> tuple[float, dict[str, float]]:
    """Write the folder `out`, whole or not at all; its networks compute in 8 bits where there are `pages` for that.

    Returns the largest difference from torch, and what the 8 bits change, see `reduce_reader`. Raises `UserError` as
    `onnx_export.export` does, and where a file of `source` is not what was recorded.
    """
    source.check()
    with atomic_folder(out, CONFIG) as folder:
        models, classes, largest = [], dict[str, ClassList](), 0.0
        for member in source.members():
            file = f"{member.path.name.removesuffix(WEIGHTS)}{ONNX}"
            largest = max(largest, _export(member, folder / file, made_from, source.config["settings"]))
            models.append(member.about | {"file": file})
            for head, own in member.about.get("classes", {}).items():
                classes.setdefault(head, ClassList.read(source.file(own["file"])))
        for name in source.files:
            if not name.endswith(WEIGHTS) and name not in (CARD, SUMS):
                (folder / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(source.file(name), folder / name)
        loss = reduce_reader(_engine(folder, models, source), pages) if pages else {}
        about = {name: value for name, value in source.config.items() if name not in _OWN}
        write_about(folder, made_from, about | {"models": models}, classes)
    return largest, loss


def _engine(folder: Path, models: list[dict[str, Any]], source: ReaderFolder) -> OnnxEngine:
    settings = source.config["settings"]
    if settings is None:
        raise UserError(f"{source.path}: without a detector pages cannot calibrate 8 bits; export its files one by one")
    detectors, classifiers = (
        [folder / about["file"] for about in models if about["kind"] == kind] for kind in get_args(ModelKind)
    )
    return OnnxEngine.load(detectors, classifiers, ReaderSettings.from_plain(settings))


def _export(member: Member, file: Path, made_from: dict[str, Any], settings: dict[str, Any] | None) -> float:
    sources = network_made_from(member.path, made_from["at_most"])
    content, difference = export(load(member.path), sources, settings or {})
    write_network(file, content)
    return difference
