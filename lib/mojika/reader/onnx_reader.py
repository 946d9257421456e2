"""Readers that compute with onnxruntime."""

from pathlib import Path
from typing import TYPE_CHECKING

from mojika.errors import ParameterError
from mojika.reader.chosen_reader import ChosenReader, PageMaker
from mojika.reader.onnx_engine import OnnxEngine
from mojika.reader.page_reader import PageReader
from mojika.runtime.parallel import available_cores

if TYPE_CHECKING:
    from mojika.boxes.filter_model import Filter


def load_onnx_reader(chosen: ChosenReader) -> tuple[PageMaker, str]:
    """The reader with its models loaded, and where it computes; raises `UserError` as `ChosenReader.load` does."""
    files, settings = chosen.files, chosen.settings
    if chosen.device not in ("auto", "cpu"):
        raise ParameterError(f"{{device}} {chosen.device}: ONNX networks are computed on the CPU; leave it out")
    if settings is None:
        raise ParameterError(f"{files.name} reads single graphemes, which only {{runtime}} torch does")
    detectors, classifiers = ([model.path for model in models] for models in (files.detectors, files.classifiers))
    engine = OnnxEngine.load(detectors, classifiers, settings)
    cores = available_cores()
    context = files.language.load() if files.language else None
    return PageReader(engine, settings, chosen.made_by, _filter(files.filter), context), f"cpu (ONNX, cores: {cores})"


def _filter(folder: Path | None) -> "Filter | None":
    if folder is None:
        return None
    from mojika.boxes.filter_model import read_filter

    return read_filter(folder)
