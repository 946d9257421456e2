"""Readers that compute with torch."""

import torch

from mojika.boxes.filter_model import read_filter
from mojika.reader.chosen_reader import ChosenReader, PageMaker
from mojika.reader.grapheme_reader import GraphemeReader
from mojika.reader.page_reader import PageReader
from mojika.reader.torch_engine import TorchEngine
from mojika.recognition.graphemes.inference import common_classes, with_form
from mojika.training.model_file import load_model
from mojika.training.precision import choose_device


def load_torch_reader(chosen: ChosenReader) -> tuple[PageMaker, str]:
    """The reader with its models loaded, and where it computes; raises `UserError` as `ChosenReader.load` does."""
    device = choose_device(chosen.device)
    files, settings = chosen.files, chosen.settings
    where = _described(device, chosen.device)
    if settings is None:
        models = [with_form(load_model(model.path, device), None) for model in files.classifiers]
        common_classes(models)
        return GraphemeReader(models, files.mean, chosen.made_by), where
    detectors, classifiers = ([model.path for model in models] for models in (files.detectors, files.classifiers))
    engine = TorchEngine.load(detectors, classifiers, settings, device)
    trained = read_filter(files.filter) if files.filter else None
    context = files.language.load() if files.language else None
    return PageReader(engine, settings, chosen.made_by, trained, context), where


def _described(device: torch.device, asked: str) -> str:
    name = f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type
    return f"{name}, as torch sees no CUDA device" if asked == "auto" and device.type == "cpu" else name
