"""The detections that were published in 2019: one `BoxList` of maskrcnn-benchmark a page, in a list that torch saved.

They are read without executing anything: of all classes only `BoxList` is admitted, and what is built in its place
holds the saved values and does nothing. The pages have no names in the file: a list of image ids has their order.
"""

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from mojika.boxes.page_boxes import PageBoxes
from mojika.data.images import read_image_size
from mojika.data.pages import find_pages
from mojika.errors import ParameterError, UserError
from mojika.files.fingerprints import digest
from mojika.files.text_table import read_text
from mojika.runtime.parallel import available_cores, ordered_map

BOX_LIST = "maskrcnn_benchmark.structures.bounding_box.BoxList"
_UNREADABLE = (OSError, EOFError, RuntimeError, ValueError, LookupError, AttributeError, TypeError)


class _BoxList:
    """Stands for `BoxList`: `bbox`, `size`, `mode` and `extra_fields` as they were saved."""

    bbox: Any
    size: Any
    mode: Any
    extra_fields: Any


def read_detections(path: Path) -> list[_BoxList]:
    """The saved list; raises `UserError` where the file is something else or holds other objects."""
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    # torch types the pairs as classes and functions only
    admitted: list[Any] = [(_BoxList, BOX_LIST)]
    try:
        with torch.serialization.safe_globals(admitted):
            saved = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise UserError(f"{path}: holds other objects than the detections of 2019; nothing of it was run") from None
    except _UNREADABLE as error:
        raise UserError(f"{path}: truncated or damaged ({type(error).__name__})") from None
    if not isinstance(saved, list) or not all(isinstance(page, _BoxList) for page in saved):
        raise UserError(f"{path}: expected a list of BoxList, as test_060000.pth is one, found something else")
    return saved


def read_page_order(path: Path) -> list[str]:
    """The image ids of a list, one a line, or of the first column of a CSV such as sample_submission.csv."""
    if not path.is_file():
        raise UserError(f"{path}: no such list of pages")
    ids = [line.split(",")[0].strip() for line in read_text(path).splitlines()]
    return [image_id for image_id in ids if image_id not in ("", "image_id")]


def page_sizes(folder: Path, image_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Width and height of the named pages; raises `UserError` where one has no image."""
    files = find_pages(folder)
    missing = [image_id for image_id in image_ids if image_id not in files]
    if missing:
        raise UserError(f"{folder}: no image of {missing[0]} and {len(missing) - 1:,} more of the listed pages")
    sizes = ordered_map(lambda image_id: read_image_size(files[image_id]), image_ids, available_cores())
    return dict(zip(image_ids, sizes, strict=True))


def imported_boxes(
    detections: Sequence[_BoxList], image_ids: Sequence[str], sizes: Mapping[str, tuple[int, int]], file: str
) -> PageBoxes:
    """The detections in pixels of the pages, without boxes that have no area; `file` is the digest of their file.

    The i-th list belongs to the i-th of `image_ids`. Raises `UserError` where numbers or shapes of pages differ, which
    happens when the ids are in another order than the detections.
    """
    if len(detections) != len(image_ids):
        raise ParameterError(
            f"expected as many {{pages}} as the file has lists of boxes, {len(detections):,}, found {len(image_ids):,}"
        )
    tables = [_page(found, name, sizes[name]) for found, name in zip(detections, image_ids, strict=True)]
    pages = pd.DataFrame([(name, *sizes[name]) for name in image_ids], columns=["image_id", "width", "height"])
    order = digest([[name, *sizes[name]] for name in image_ids])
    made_from = {"stage": "import-detections", "file": file, "pages": order}
    columns = ["image_id", "x1", "y1", "x2", "y2", "box_score"]
    return PageBoxes(pages, pd.concat([pd.DataFrame(columns=columns), *tables]), None, made_from)


def _page(found: _BoxList, name: str, size: tuple[int, int]) -> pd.DataFrame:
    corners, scores, extent = _values(found, name)
    _expect_shape(name, extent, size)
    corners = corners * np.tile(np.divide(size, extent), 2)
    kept = (corners[:, 2:] > corners[:, :2]).all(axis=1)
    table = pd.DataFrame(corners[kept].astype(np.float32), columns=["x1", "y1", "x2", "y2"])
    table.insert(0, "image_id", name)
    return table.assign(box_score=scores[kept])


def _values(found: _BoxList, name: str) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """Corners `(n, 4) float64`, scores `(n,) float32`, and width and height of the page that they were found on."""
    state = vars(found)
    fields = state.get("extra_fields")
    corners, scores = state.get("bbox"), fields.get("scores") if isinstance(fields, dict) else None
    match state.get("size"), state.get("mode"):
        case [int() | float() as width, int() | float() as height], "xyxy" if min(width, height) > 0:
            if (
                isinstance(corners, torch.Tensor)
                and isinstance(scores, torch.Tensor)
                and corners.shape == (len(scores), 4)
            ):
                return corners.double().numpy(), scores.float().numpy(), (width, height)
    raise UserError(f"detections of {name}: expected corners (n, 4), a score for each and a page size")


def _expect_shape(name: str, extent: tuple[float, float], size: tuple[int, int]) -> None:
    """The scaled page has whole pixels, so its shape differs from that of the page by less than two of them."""
    if abs(extent[0] * size[1] - extent[1] * size[0]) > 2 * max(size):
        raise ParameterError(
            f"{name} is a page of {size[0]} x {size[1]} pixels, its detections are of {extent[0]:g} x {extent[1]:g}; "
            "give {pages} in the order in which they were made"
        )
