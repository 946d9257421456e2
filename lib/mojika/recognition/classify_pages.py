"""What the boxes of pages say: one or several classifiers read every box, and vote softly."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mojika.boxes.boxed_pages import boxed_pages, refuse_named
from mojika.boxes.page_boxes import READ_COLUMNS, PageBoxes
from mojika.data.class_list import ClassList
from mojika.files.faults import Fault, FaultLog
from mojika.recognition.box_crops import PADDING, common_classes, crop_format
from mojika.recognition.page_crops import CropBatch, crop_batches
from mojika.recognition.test_time_augmentation import logits_of_views
from mojika.recognition.view_windows import Views
from mojika.runtime.prefetch import prefetch
from mojika.runtime.progress import track
from mojika.training.model_file import ReadingModel

TOP = 5


@dataclass(frozen=True, eq=False)
class _Readings:
    """The best classes of each box with their probabilities, `(M, K)`, and which boxes have been read, `(M,)`."""

    classes: np.ndarray
    probs: np.ndarray
    taken: np.ndarray

    @classmethod
    def of(cls, boxes: int, classes: ClassList) -> "_Readings":
        shape = boxes, min(TOP, len(classes))
        return cls(np.zeros(shape, np.int64), np.zeros(shape, np.float32), np.zeros(boxes, bool))

    def take(self, rows: np.ndarray, probabilities: Tensor) -> None:
        best = probabilities.topk(self.classes.shape[1])
        self.classes[rows], self.probs[rows] = best.indices.cpu().numpy(), best.values.cpu().numpy()
        self.taken[rows] = True

    def columns(self, classes: ClassList) -> dict[str, Any]:
        """The columns of the boxes that have been read."""
        labels, probs = np.array(classes.labels, object)[self.classes[self.taken]], self.probs[self.taken]
        contents = pd.array(labels[:, 0], dtype="str"), probs[:, 0], labels.tolist(), list(probs)
        return dict(zip(READ_COLUMNS, contents, strict=True))


def classify_pages(
    models: Sequence[ReadingModel],
    page_boxes: PageBoxes,
    images: Path,
    *,
    made_from: dict[str, Any],
    views: Views,
    padding: float = PADDING,
    batch_size: int,
    workers: int,
    skip_bad: bool = False,
    went_through: Mapping[Path, tuple[str, ...]] | None = None,
    before_batch: Callable[[], None] = lambda: None,
) -> tuple[PageBoxes, list[Fault]]:
    """`page_boxes` with `label`, `prob`, `top5_labels` and `top5_probs`, and what had to be left out.

    A box is read with a margin of `padding`, a share of the mean of its width and height, on each side. The logits of
    a crop are averaged over its `views` (one of `VIEWS`), summed over the models, and then turned into
    probabilities. Rows keep their order and pages without boxes stay. Pages are read from the folder `images` by
    `workers` threads, ahead of the networks; `batch_size` is in boxes. `before_batch` may raise to stop the work.
    `went_through` says which steps pages went through, by folder as `recorded_steps` has it; what a model's own pages
    went through beyond that is made up for. Without it pages are shown as they are.

    Raises `UserError` where the models' class lists differ or one does not read square crops of characters, and where
    pages are missing, unreadable or of another size than their boxes were made on, or boxes lie beside their page; with
    `skip_bad` such boxes are left out instead.
    """
    classes = common_classes(models)
    pages, faults = boxed_pages(page_boxes, images, went_through)
    log = FaultLog(skip_bad, refuse_named)
    log.add(*faults)
    batches = crop_batches(
        pages,
        sorted(set(map(crop_format, models))),
        padding=padding,
        batch_size=batch_size,
        workers=workers,
        pinned=any(model.precision.device.type == "cuda" for model in models),
        leave_out=log.add,
    )
    readings = _Readings.of(len(page_boxes), classes)

    def read_boxes() -> Iterator[int]:
        with closing(prefetch(batches)) as ahead:
            for batch in ahead:
                before_batch()
                readings.take(batch.rows, soft_vote(models, batch, views))
                yield from batch.rows

    count = sum(len(page.rows) for page in pages)
    for _ in track(read_boxes(), total=count, description="classifying", unit="crop"):
        pass
    boxes = page_boxes.boxes[readings.taken].assign(**readings.columns(classes))
    return PageBoxes(page_boxes.pages, boxes, classes, made_from), log.faults


@torch.inference_mode()
def soft_vote(models: Sequence[ReadingModel], batch: CropBatch, views: Views) -> Tensor:
    """Probabilities `(N, classes) float32`: logits averaged over views and summed over models, then a softmax."""
    logits = [logits_of_views(model, batch.crops[crop_format(model)], views)[0] for model in models]
    return torch.stack(logits).sum(0).softmax(1)
