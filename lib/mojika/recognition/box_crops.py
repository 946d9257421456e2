"""What a classifier is shown of a page for a box: which rectangle, in which colours, at which size. Arrays alone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from mojika.data.class_list import ClassList
from mojika.data.crops import in_colours, resize
from mojika.data.prepared_pages import PreparedPages
from mojika.errors import UserError
from mojika.models.input_spec import InputSpec
from mojika.sizes import size_text

PADDING = 0.10
_CROPS_AT_ONCE = 128


class CropFormat(NamedTuple):
    """How a model wants its crops: 1 channel (gray) or 3 (RGB), the side of the square in pixels, whether red and blue
    are exchanged before that, and the steps of `mojika preprocess` that its pages went through, where it says them."""

    channels: int
    size: int
    exchanged: bool = False
    page_steps: tuple[str, ...] = ()


class CropModel(Protocol):
    """A classifier of characters, whatever computes it."""

    @property
    def name(self) -> str: ...

    @property
    def spec(self) -> InputSpec: ...

    @property
    def classes(self) -> dict[str, ClassList]: ...


def common_classes(models: Sequence[CropModel]) -> ClassList:
    """The class list that all models share; raises `UserError` where they do not, or one has several heads."""
    for model in models:
        if len(model.classes) != 1:
            heads = ", ".join(model.classes)
            raise UserError(f"{model.name}: expected a model that reads characters, found one that reads {heads}")
    first, *others = (next(iter(model.classes.values())) for model in models)
    for other in others:
        first.expect_same(other, "models that vote need one class list, found two")
    return first


def crop_format(model: CropModel) -> CropFormat:
    """How a model wants its crops; raises `UserError` where it reads no square ones."""
    spec = model.spec
    if not isinstance(spec.scale_size, int) or not isinstance(spec.input_size, int):
        size = size_text(spec.input_size)
        raise UserError(f"{model.name}: expected a model of square crops, found one of {size} pixels")
    return CropFormat(spec.channels, spec.scale_size, spec.channels_exchanged, spec.page_preprocessing or ())


def crop_rectangles(boxes: np.ndarray, width: int, height: int, padding: float = PADDING) -> np.ndarray:
    """The part of a page that is shown to a classifier for each of `boxes (N, 4)`: `(N, 4) int64`, x2 and y2 exclusive.

    As in the 2019 scripts: left, top, width and height are rounded to whole pixels, each by itself, and on every one of
    the four sides the share `padding` of the mean of that width and height is added, rounded too (halves to even); what
    lies beyond the page is cut off. (Training crops of labelled boxes get 5 % of the width left and right and 5 % of
    the height above and below, see `mojika pack`.) A box thinner than a pixel keeps one.
    """
    boxes = np.asarray(boxes, np.float32)
    corner, extent = np.rint(boxes[:, :2]), np.rint(boxes[:, 2:] - boxes[:, :2])
    margin = np.rint(extent.astype(np.float64).mean(axis=1, keepdims=True) * padding)
    page = np.array([width, height])
    first = np.clip(corner - margin, 0, page - 1)
    last = np.clip(corner + extent + margin, first + 1, page)
    return np.concatenate([first, last], axis=1).astype(np.int64)


def cut_page(page: np.ndarray, rectangles: np.ndarray, formats: Sequence[CropFormat]) -> dict[CropFormat, np.ndarray]:
    """Crops `(N, S, S, C) uint8` of a page `(H, W, C) uint8` in every format; `rectangles (N, 4)` lie within the page.

    Each is resized to the square regardless of its aspect ratio, by the antialiased bicubic filter of packs, and an RGB
    page becomes gray (Rec. 601) before that.
    """
    colours = {(form.channels, form.exchanged) for form in formats}
    images = {(channels, exchanged): in_colours(page, channels, exchanged=exchanged) for channels, exchanged in colours}
    crops = {}
    for form in formats:
        crops[form] = np.empty((len(rectangles), form.size, form.size, form.channels), np.uint8)
        for crop, rectangle in zip(crops[form], rectangles.tolist(), strict=True):
            crop[:] = resize(images[form.channels, form.exchanged], form.size, tuple(rectangle)).reshape(crop.shape)
    return crops


def crops_in_lots(
    page: np.ndarray, boxes: np.ndarray, models: Sequence[CropModel], pages: PreparedPages, padding: float
) -> Iterator[list[np.ndarray]]:
    """The crops `(n, S, S, C) uint8` of at most 128 of `boxes (K, 4)` at a time, for each model as it wants them.

    `page (H, W, 3) uint8` is as it came; `pages` prepares it for each model as that of its training was.
    """
    height, width = page.shape[:2]
    rectangles = crop_rectangles(boxes, width, height, padding)
    forms = {
        steps: pages.around(page, steps, rectangles) for steps in {model.spec.page_preprocessing for model in models}
    }
    formats = [(forms[model.spec.page_preprocessing], crop_format(model)) for model in models]
    for first in range(0, len(rectangles), _CROPS_AT_ONCE):
        lot = rectangles[first : first + _CROPS_AT_ONCE]
        yield [cut_page(seen, lot, [form])[form] for seen, form in formats]
