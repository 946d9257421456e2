"""Boxes of all pages of a folder, page by page, by one or several detectors."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torchvision.ops import nms

from mojika.data.boxes import COLUMNS, PageBoxes
from mojika.data.faults import Fault, reason_of
from mojika.data.images import read_image
from mojika.data.parallel import ordered_map
from mojika.data.progress import track
from mojika.detection.detector import Detector, DetectorArchitecture
from mojika.detection.multi_scale import detect_page
from mojika.errors import UserError
from mojika.training.checkpoints import load_checkpoint
from mojika.training.precision import Precision


@dataclass(frozen=True, kw_only=True)
class Search:
    """How pages are searched; the fields mean what they do in `detect_page`."""

    short_sides: tuple[float, ...]
    gray: bool
    score_threshold: float
    at_most: int
    iou: float


def load_detector(path: Path, device: torch.device) -> tuple[Detector, dict[str, Any]]:
    """The detector of a `.model` file, ready to infer, and the settings it was trained by.

    Raises `UserError` where the file is no checkpoint of a detector.
    """
    state = load_checkpoint(path)
    if "detector" not in state:
        raise UserError(f"{path}: expected a detector, found a classifier")
    detector = Detector(DetectorArchitecture.from_plain(state["detector"]))
    detector.load_state_dict(state["model"])
    return detector.to(device).eval(), state["args"]


def detect_pages(
    detectors: Sequence[Detector],
    files: Mapping[str, Path],
    search: Search,
    precision: Precision,
    *,
    made_from: dict[str, Any],
    workers: int,
    before_page: Callable[[], None] = lambda: None,
    leave_out: Callable[[Fault], None],
) -> PageBoxes:
    """The boxes of every page of `files` (image id to file), in their order; a page without any stays a page.

    Several detectors' boxes become one list by NMS. `workers` threads read pages ahead, so memory does not grow with
    their number. `before_page` may raise to stop; `leave_out` is told of a page that cannot be read, which is passed
    over unless it raises.
    """
    pages, lots = [], []
    with closing(ordered_map(_read, files.values(), workers)) as images:
        for image_id, image in zip(track(files, total=len(files), description="detecting"), images, strict=True):
            before_page()
            if isinstance(image, Fault):
                leave_out(image)
                continue
            boxes, scores = _detect(detectors, image, search, precision)
            pages.append((image_id, image.shape[1], image.shape[0]))
            lots.append((np.full(len(boxes), image_id, object), boxes, scores))
    return PageBoxes(
        pd.DataFrame(pages, columns=["image_id", "width", "height"]).astype(
            {"image_id": "str", "width": np.int64, "height": np.int64}
        ),
        _table(lots),
        None,
        made_from,
    )


def _read(path: Path) -> np.ndarray | Fault:
    try:
        return read_image(path, 3)
    except UserError as error:
        return Fault(f"{path.parent.name}/{path.name}", None, reason_of(error, path))


def _detect(
    detectors: Sequence[Detector], page: np.ndarray, search: Search, precision: Precision
) -> tuple[np.ndarray, np.ndarray]:
    found = [detect_page(detector, page, **vars(search), precision=precision) for detector in detectors]
    if len(found) == 1:
        return found[0]
    boxes, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    best = nms(torch.from_numpy(boxes), torch.from_numpy(scores), search.iou)[: search.at_most].numpy()
    return boxes[best], scores[best]


def _table(lots: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> pd.DataFrame:
    if not lots:
        return pd.DataFrame({name: pd.Series(dtype="str" if name == "image_id" else np.float32) for name in COLUMNS})
    ids, boxes, scores = (np.concatenate(parts) for parts in zip(*lots, strict=True))
    table = pd.DataFrame({"image_id": pd.Series(ids, dtype="str")})
    table[list(COLUMNS[1:5])] = boxes
    return table.assign(box_score=scores)
