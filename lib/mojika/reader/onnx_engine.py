"""The networks of a reader computed by onnxruntime: nothing of torch is imported."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np

from mojika.boxes.suppression import suppress
from mojika.data.class_list import ClassList
from mojika.data.prepared_pages import PreparedPages, expect_known_steps
from mojika.detection.page_search import Found, merged, search_page
from mojika.reader.onnx_network import OnnxClassifier, OnnxDetector
from mojika.reader.preparation import search
from mojika.reader.settings import ReaderSettings
from mojika.recognition.array_views import views_of_arrays
from mojika.recognition.box_crops import common_classes, crop_format, crops_in_lots
from mojika.recognition.view_windows import Views


@dataclass(frozen=True, eq=False)
class OnnxEngine:
    """`mojika.reader.engine.Engine`: finds and reads what `TorchEngine` does in float32."""

    detectors: Sequence[OnnxDetector]
    classifiers: Sequence[OnnxClassifier]
    settings: ReaderSettings
    classes: ClassList
    pages: PreparedPages = field(default_factory=PreparedPages, repr=False)

    @classmethod
    def load(cls, detectors: Sequence[Path], classifiers: Sequence[Path], settings: ReaderSettings) -> Self:
        """Raises `UserError` where a file is not what it should be, and where the classifiers' class lists differ."""
        finders = [OnnxDetector.load(path) for path in detectors]
        readers = [OnnxClassifier.load(path) for path in classifiers]
        for model in (*finders, *readers):
            expect_known_steps(model.name, model.spec.page_preprocessing)
        for finder in finders:
            finder.expect_boxes(settings.at_most)
        for reader in readers:
            crop_format(reader)
        return cls(finders, readers, settings, common_classes(readers))

    def reloaded(self) -> Self:
        """With the networks that are in the files now."""
        detectors = [OnnxDetector.load(Path(model.name)) for model in self.detectors]
        classifiers = [OnnxClassifier.load(Path(model.name)) for model in self.classifiers]
        return replace(self, detectors=detectors, classifiers=classifiers)

    def find(self, page: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return search(partial(self.find_at, page), page, self.settings)

    def find_at(self, page: np.ndarray, short_sides: Sequence[float], score_threshold: float) -> Found:
        """What is found at these scales, with at least this score."""
        own = self.settings
        found = [
            search_page(
                partial(detector.detect, at_most=own.at_most),
                best_of,
                self.pages.form(page, detector.spec.page_preprocessing),
                short_sides=short_sides,
                gray=own.gray,
                two_views=own.two_views,
                score_threshold=score_threshold,
                at_most=own.at_most,
                iou=own.iou,
            )
            for detector in self.detectors
        ]
        return merged(found, best_of, iou=own.iou, at_most=own.at_most)

    def read(self, page: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        lots = crops_in_lots(page, boxes, self.classifiers, self.pages, self.settings.padding)
        return np.concatenate([np.empty((0, len(self.classes)), np.float32), *map(self._vote, lots)])

    def _vote(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        logits = [
            logits_of_views(model, own, self.settings.views)[0]
            for model, own in zip(self.classifiers, crops, strict=True)
        ]
        return _softmax(np.sum(logits, axis=0))


def logits_of_views(model: OnnxClassifier, crops: np.ndarray, views: Views) -> list[np.ndarray]:
    """The mean logits `(N, classes) float32` of every head over the `views` of `crops (N, S, S, C) uint8`."""
    seen = views_of_arrays(crops, model.spec.input_size, views)
    return [logits.reshape(len(crops), -1, logits.shape[1]).mean(axis=1) for logits in model.logits(seen)]


def best_of(boxes: np.ndarray, scores: np.ndarray, iou: float) -> np.ndarray:
    """The rows of the boxes `(K, 4)` that NMS leaves, by falling score."""
    order = np.argsort(-scores, kind="stable")
    rows: np.ndarray = order[suppress(boxes, scores, np.zeros(len(boxes), np.int64), iou)[order]]
    return rows


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: np.ndarray = shares / shares.sum(axis=1, keepdims=True)
    return probabilities
