"""Boxes of all pages of a folder, page by page, by one or several detectors."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mojika.boxes.page_boxes import COLUMNS, PageBoxes
from mojika.data.pages import page_or_fault
from mojika.detection.detector import Detector
from mojika.detection.multi_scale import best_by_nms, detect_page
from mojika.detection.page_search import merged
from mojika.detection.search_journal import Found
from mojika.files.faults import Fault
from mojika.runtime.parallel import ordered_map
from mojika.runtime.progress import track
from mojika.training.precision import Precision


@dataclass(frozen=True, kw_only=True)
class Search:
    """How pages are searched; the fields mean what they do in `detect_page`."""

    short_sides: tuple[float, ...]
    gray: bool
    two_views: bool = False
    score_threshold: float
    at_most: int
    iou: float


def detect_pages(
    detectors: Sequence[tuple[Detector, Precision]],
    files: Mapping[str, Path],
    search: Search,
    *,
    made_from: dict[str, Any],
    workers: int,
    before_page: Callable[[], None] = lambda: None,
    leave_out: Callable[[Fault], None],
    kept: MutableMapping[str, Found] | None = None,
    progress: bool = True,
) -> PageBoxes:
    """The boxes of every page of `files` (image id to file), in their order; a page without any stays a page.

    Each detector searches in its own precision; several detectors' boxes become one list by NMS. `workers` threads read
    pages ahead, so memory does not grow with their number. `before_page` may raise to stop; `leave_out` is told of a
    page that cannot be read, which is passed over unless it raises. What is found goes into `kept` page by page, and
    pages that are there are not searched again.
    """
    kept = {} if kept is None else kept
    due = {image_id: path for image_id, path in files.items() if image_id not in kept}
    with closing(ordered_map(partial(page_or_fault, channels=3), due.values(), workers)) as images:
        image_ids = track(due, total=len(due), description="detecting") if progress else due
        for image_id, image in zip(image_ids, images, strict=True):
            before_page()
            if isinstance(image, Fault):
                leave_out(image)
                continue
            kept[image_id] = Found(image.shape[1], image.shape[0], *_detect(detectors, image, search))
    found = {image_id: kept[image_id] for image_id in files if image_id in kept}
    sizes = [(image_id, page.width, page.height) for image_id, page in found.items()]
    pages = pd.DataFrame(sizes, columns=["image_id", "width", "height"])
    return PageBoxes(
        pages.astype({"image_id": "str", "width": np.int64, "height": np.int64}), _table(found), None, made_from
    )


def _detect(
    detectors: Sequence[tuple[Detector, Precision]], page: np.ndarray, search: Search
) -> tuple[np.ndarray, np.ndarray]:
    found = [detect_page(detector, page, **vars(search), precision=precision) for detector, precision in detectors]
    return merged(found, best_by_nms, iou=search.iou, at_most=search.at_most)


def _table(found: Mapping[str, Found]) -> pd.DataFrame:
    ids = np.repeat(np.array(list(found), object), [len(page.boxes) for page in found.values()])
    table = pd.DataFrame({"image_id": pd.Series(ids, dtype="str")})
    table[list(COLUMNS[1:5])] = np.concatenate([np.empty((0, 4), np.float32), *(page.boxes for page in found.values())])
    scores = np.concatenate([np.empty(0, np.float32), *(page.scores for page in found.values())])
    return table.assign(box_score=scores)
