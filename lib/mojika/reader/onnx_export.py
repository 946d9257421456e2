"""Trained networks as ONNX files that say what they are, each compared with torch before it is written.

The exporter is torch's older one, by tracing: it takes a second where the newer one (`dynamo=True`) takes ten of them,
and sizes of images stay free. All graphs are of float32.
"""

import io
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from mojika.detection.centernet import CenterNet
from mojika.detection.detector_file import ReadingDetector, reading_detector
from mojika.errors import UserError
from mojika.files.artifact import Header
from mojika.files.atomic import atomic_write
from mojika.files.reader_folder import model_digest
from mojika.reader.default_settings import default_settings
from mojika.reader.onnx_graph import CenterNetGraph, ClassifierGraph
from mojika.reader.onnx_network import BOXES, IMAGES, KEY, ONNX, SCORES, open_session
from mojika.recognition.box_crops import PADDING
from mojika.sizes import height_width
from mojika.training.checkpoints import load_checkpoint
from mojika.training.model_file import ReadingModel, reading_model

TOLERANCE = 1e-4  # of what torch says, and of numbers below 1 absolutely
MAPS = ("heat", "size", "offset")
_OPSET = 17
_BATCHES, _PAGES = (1, 3, 8), ((1, 96, 128), (2, 131, 97), (1, 45, 300))  # what torch is compared on

Model = ReadingModel | ReadingDetector
Graph = ClassifierGraph | CenterNetGraph


def load(path: Path) -> Model:
    """The classifier or detector of whatever takes the place of a `.model` file, on the CPU."""
    state, device = load_checkpoint(path), torch.device("cpu")
    return reading_detector(state, path, device) if "detector" in state else reading_model(state, path, device)


def network_made_from(path: Path, at_most: int, **more: Any) -> dict[str, Any]:
    """All that decides the content of an ONNX file."""
    return {"stage": "export-onnx", "model": model_digest(path), "at_most": at_most, **more}


def stored_settings(model: Model, made_from: Mapping[str, Any]) -> dict[str, Any]:
    """How to read with a network on its own: the settings of a reader that concern it."""
    if isinstance(model, ReadingModel):
        return {"views": made_from["views"], "padding": PADDING}
    chosen = {name: made_from[name] for name in ("score_threshold", "at_most")}
    settings = replace(default_settings([model.spec]), **chosen).to_plain()
    return {name: settings[name] for name in ("short_sides", "gray", "score_threshold", "at_most", "iou")}


def export(model: Model, made_from: dict[str, Any], settings: Mapping[str, Any]) -> tuple[bytes, float]:
    """The ONNX file of a model and the largest difference from torch, see `compare`.

    A detector gives as many boxes as `made_from` says; `settings` are stored for whoever reads with it. Raises
    `UserError` where the network cannot be exported, or says something else than in torch.
    """
    graph, outputs, about = _graph(model, made_from["at_most"])
    images = _example(model)
    axes = {name: {0: "N"} for name in outputs}
    if isinstance(model, ReadingDetector):
        axes |= {IMAGES: {0: "N", 1: "H", 2: "W"}, BOXES: {0: "N", 1: "K"}, SCORES: {0: "N", 1: "K"}}
        axes |= {name: {0: "N", 2: "h", 3: "w"} for name in MAPS}
    file: Any = io.BytesIO()  # torch's annotations know paths only
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the older exporter, and of tracing
        torch.onnx.export(
            graph,
            (torch.from_numpy(images[0]),),
            file,
            input_names=[IMAGES],
            output_names=list(outputs),
            dynamic_axes={IMAGES: {0: "N"}} | axes,
            opset_version=_OPSET,
            dynamo=False,
        )
    content = with_header(file.getvalue(), ONNX.header(made_from, **about, settings=dict(settings)))
    return content, expect_equal(model.name, compare(content, graph, outputs, images))


def compare(content: bytes, graph: Graph, outputs: Sequence[str], images: Sequence[np.ndarray]) -> float:
    """The largest difference of an ONNX file from torch, as a share of what torch says, and absolute below 1.

    Boxes are compared with those that torch finds in the file's own maps: equal scores may come in any order.
    """
    session, largest = open_session(content, threads=1), 0.0
    for lot in images:
        with torch.inference_mode():
            wanted = dict(zip(outputs, graph(torch.from_numpy(lot)), strict=True))
        found = dict(zip(outputs, map(torch.from_numpy, session.run(list(outputs), {IMAGES: lot})), strict=True))
        if isinstance(graph, CenterNetGraph):
            boxes, scores = graph.find(found["heat"], found["size"], found["offset"], torch.from_numpy(lot))
            wanted |= {BOXES: _sorted(boxes, scores), SCORES: scores}
            found[BOXES] = _sorted(found[BOXES], found[SCORES])
        for name in outputs:
            largest = max(largest, _difference(wanted[name], found[name]))
    return largest


def expect_equal(name: str, difference: float) -> float:
    """The difference; raises `UserError` where it is above `TOLERANCE`, or not a number."""
    if not difference <= TOLERANCE:
        raise UserError(f"{name}: ONNX differs from torch by {difference:.1e}, more than {TOLERANCE}; nothing written")
    return difference


def with_header(content: bytes, header: Header) -> bytes:
    """An ONNX file with this header as its only metadata."""
    import onnx

    model = onnx.load_model_from_string(content)
    onnx.helper.set_model_props(model, {KEY: json.dumps(header, ensure_ascii=False)})
    model.producer_name = "mojika"
    return bytes(model.SerializeToString())


def write_network(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    with atomic_write(path) as file:
        file.write(content)


def _graph(model: Model, at_most: int) -> tuple[Graph, tuple[str, ...], dict[str, Any]]:
    """What is exported, the names of its outputs, and what the file says of it."""
    about: dict[str, Any] = {"input": model.spec.to_plain(), "weights": "float32"}
    if isinstance(model, ReadingDetector):
        if not isinstance(model.network.network, CenterNet):
            raise UserError(f"{model.name}: only CenterNet detectors can be exported, found a Faster R-CNN")
        about |= {"model": "detector", "at_most": at_most}
        return CenterNetGraph(model.network, at_most).eval(), (BOXES, SCORES, *MAPS), about
    classes = {head: own.to_plain() for head, own in model.classes.items()}
    digests = {head: own.digest for head, own in model.classes.items()}
    about |= {"model": "classifier", "classes": classes, "class_list_digest": digests}
    divisors = [model.temperatures.get(head, 1.0) for head in model.classes] if model.temperatures else []
    graph = ClassifierGraph(model.network, model.spec.mean, model.spec.std, divisors)
    return graph.eval(), tuple(model.classes), about


def _example(model: Model) -> list[np.ndarray]:
    """Batches of images `(N, H, W, C) uint8` of several shapes, blotches of all sizes; the first is traced."""
    if isinstance(model, ReadingDetector):
        shapes = [(*shape, 3) for shape in _PAGES]
    else:
        shapes = [(count, *height_width(model.spec.input_size), model.spec.channels) for count in _BATCHES]
    generator = np.random.default_rng(0)
    return [np.stack([_blotches(generator, shape[1:]) for _ in range(shape[0])]) for shape in shapes]


def _blotches(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    noise = generator.normal(0, 1, shape).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), float(generator.uniform(0.5, 4))).reshape(shape)
    return np.clip(128 + 64 * smooth / smooth.std(), 0, 255).astype(np.uint8)


def _sorted(boxes: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    """By score, then by place, without those as good as the last one, of which only some may be there."""
    rows = torch.cat([-scores[..., None], boxes], 2).flatten(0, 1).numpy()
    rows = rows[(scores > scores[:, -1:]).flatten().numpy()]
    return torch.from_numpy(rows[np.lexsort(rows.T[::-1])])


def _difference(wanted: torch.Tensor, found: torch.Tensor) -> float:
    if wanted.shape != found.shape or wanted.dtype != found.dtype:
        return float("inf")
    share = (wanted - found).abs() / wanted.abs().clamp(min=1)
    return float(share.max()) if share.numel() else 0.0
