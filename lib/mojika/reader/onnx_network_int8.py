"""A single exported network in 8 bits, by a split list for a classifier, by a folder of pages for a detector."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mojika.data.centre_view import centre_augmentation
from mojika.data.class_list import ClassList
from mojika.data.input_pipeline import InputPipeline
from mojika.detection.detector_file import ReadingDetector
from mojika.files.fingerprints import file_digest
from mojika.reader.default_settings import default_settings
from mojika.reader.onnx_engine import OnnxEngine
from mojika.reader.onnx_export import Model, write_network
from mojika.reader.onnx_int8 import calibration_pages, pages_digest, reduce_classifier, reduce_reader
from mojika.reader.onnx_network import OnnxDetector
from mojika.runtime.parallel import available_cores
from mojika.training.evaluation import read_list_for
from mojika.training.model_file import ReadingModel

_AT_MOST = 4096  # samples of a list


def images_digest(images: Path) -> str:
    """Of a list, or of the pages of a folder."""
    return pages_digest(images) if images.is_dir() else file_digest(images)


def reduced(model: Model, content: bytes, settings: Mapping[str, Any], images: Path) -> tuple[bytes, dict[str, float]]:
    """The ONNX file of a model in 8 bits, and what that changes; raises `UserError` where the images do not suit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        write_network(path, content)
        if isinstance(model, ReadingDetector):
            own = replace(default_settings([model.spec]), **{**settings, "short_sides": tuple(settings["short_sides"])})
            engine = OnnxEngine([OnnxDetector.load(path)], [], own, ClassList((), ()))
            loss = reduce_reader(engine, calibration_pages(images))
        else:
            loss = reduce_classifier(path, *_samples(model, images))
        return path.read_bytes(), loss


def _samples(model: ReadingModel, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images `(N, h, w, C) uint8` as the network is shown them, and targets `(N, heads)`."""
    spec = model.spec
    split = read_list_for(model, path)
    levels = replace(centre_augmentation(spec), mean=(0.0,) * spec.channels, std=(1.0,) * spec.channels)
    pipeline = InputPipeline(split, levels, torch.device("cpu"), residency="host", workers=available_cores())
    images: list[np.ndarray] = []
    for batch in pipeline.valid_batches(256):
        images += [(batch.images * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()]
        if sum(map(len, images)) >= _AT_MOST:
            break
    together = np.concatenate(images)
    return together, split.targets[: len(together)]
