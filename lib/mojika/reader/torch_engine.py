"""The networks of a reader computed by torch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
import torch

from mojika.data.class_list import ClassList
from mojika.data.prepared_pages import PreparedPages, expect_known_steps
from mojika.detection.detector_file import ReadingDetector, load_detector
from mojika.detection.multi_scale import best_by_nms, detect_page
from mojika.detection.page_search import Found, merged
from mojika.reader.preparation import search
from mojika.reader.settings import ReaderSettings
from mojika.recognition.box_crops import common_classes, crop_format, crops_in_lots
from mojika.recognition.test_time_augmentation import logits_of_views
from mojika.training.model_file import ReadingModel, load_model


@dataclass(frozen=True, eq=False)
class TorchEngine:
    """`mojika.reader.engine.Engine`: every model on its device, and each shown the pages that it learnt from."""

    detectors: Sequence[ReadingDetector]
    classifiers: Sequence[ReadingModel]
    settings: ReaderSettings
    classes: ClassList
    _pages: PreparedPages = field(default_factory=PreparedPages, repr=False)

    @classmethod
    def load(
        cls, detectors: Sequence[Path], classifiers: Sequence[Path], settings: ReaderSettings, device: torch.device
    ) -> Self:
        """Raises `UserError` where a file is not what it should be, and where the classifiers' class lists differ."""
        finders = [load_detector(path, device) for path in detectors]
        readers = [load_model(path, device) for path in classifiers]
        for finder in finders:
            expect_known_steps(finder.name, finder.spec.page_preprocessing)
        for reader in readers:
            expect_known_steps(reader.name, reader.spec.page_preprocessing)
            crop_format(reader)
        return cls(finders, readers, settings, common_classes(readers))

    def find(self, page: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return search(partial(self.find_at, page), page, self.settings)

    def find_at(self, page: np.ndarray, short_sides: Sequence[float], score_threshold: float) -> Found:
        """What is found at these scales, with at least this score."""
        own = self.settings
        found = [
            detect_page(
                detector.network,
                self._pages.form(page, detector.spec.page_preprocessing),
                short_sides=short_sides,
                gray=own.gray,
                two_views=own.two_views,
                score_threshold=score_threshold,
                at_most=own.at_most,
                iou=own.iou,
                precision=detector.precision,
            )
            for detector in self.detectors
        ]
        return merged(found, best_by_nms, iou=own.iou, at_most=own.at_most)

    @torch.inference_mode()
    def read(self, page: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        lots = crops_in_lots(page, boxes, self.classifiers, self._pages, self.settings.padding)
        return np.concatenate([np.empty((0, len(self.classes)), np.float32), *map(self._vote, lots)])

    def _vote(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """As `soft_vote` does, where every model may want other pages."""
        logits = [
            logits_of_views(model, torch.from_numpy(own).permute(0, 3, 1, 2), self.settings.views)[0]
            for model, own in zip(self.classifiers, crops, strict=True)
        ]
        probabilities: np.ndarray = torch.stack(logits).sum(0).softmax(1).cpu().numpy()
        return probabilities
