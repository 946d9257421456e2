"""Several views of each crop, as the 2019 scripts tested their models: corners, centre, and more of the character.

The logits of a crop's views are averaged. A view keeps the pixels of the crop where it is only cut out of it; the
views that are scaled as well (half-way to the whole crop, and all of it) make up for what the smaller windows lose.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from mojika.augmentation.image import ImageAugmentation
from mojika.data.centre_view import centre_augmentation
from mojika.data.input_pipeline import InputPipeline
from mojika.errors import UserError
from mojika.models.input_spec import InputSpec
from mojika.sizes import Size, height_width, size_text
from mojika.training.model_file import ReadingModel

Views = int | str
VIEWS: tuple[Views, ...] = (1, 5, 6, 7, 10, "10-inner", 20)


def logits_of_views(model: ReadingModel, crops: Tensor, views: Views) -> list[Tensor]:
    """The mean logits `(N, classes) float32` of every head over the `views` of `crops (N, C, S, S) uint8`."""
    device = model.precision.device
    pixels = views_of(crops.to(device, non_blocking=True), model.spec.input_size, views) / 255
    mean, std = (torch.tensor(values, device=device)[:, None, None] for values in (model.spec.mean, model.spec.std))
    return [logits.unflatten(0, (len(crops), -1)).mean(1) for logits in model.logits((pixels - mean) / std)]


def views_augmentation(spec: InputSpec, views: Views) -> ImageAugmentation:
    """What `read_views` needs of a list: the centre, or whole images in levels from 0 to 1 to cut views out of."""
    centre = centre_augmentation(spec)
    if views == 1:
        return centre
    return replace(centre, input_size=spec.scale_size, mean=(0.0,) * spec.channels, std=(1.0,) * spec.channels)


@torch.inference_mode()
def read_views(model: ReadingModel, pipeline: InputPipeline, views: Views, batch_size: int) -> Iterator[list[Tensor]]:
    """The logits of a list, averaged over `views`, batch by batch; `pipeline` has the `views_augmentation`."""
    if views == 1:
        yield from model.read(pipeline, batch_size)
        return
    with closing(pipeline.valid_batches(batch_size)) as batches:
        for batch in batches:
            yield logits_of_views(model, (batch.images * 255).round().to(torch.uint8), views)


def views_of(crops: Tensor, input_size: Size, views: Views) -> Tensor:
    """Views of `crops (N, C, H, W) uint8`: `(N · V, C, h, w) float32` levels 0–255, h × w = `input_size`.

    The views of one crop follow each other, V of them. `views` is

    - 1: the centre, which begins at half of H − h and W − w, a half rounded to even;
    - 5: the upper left, upper right, lower left and lower right corners and the centre;
    - 6: these, and the whole crop scaled to the input by the antialiased bilinear filter;
    - 7: the five and, by the antialiased bicubic filter, the crop without a border of a quarter of H − h and W − w
      (rounded down) and the whole crop;
    - 10: the five, and the five of the mirrored crop;
    - "10-inner": the five, four windows that lie further in than the corners by that quarter, and the whole crop as
      in 6;
    - 20: these ten, and the ten of the mirrored crop.

    Scaled levels equal Pillow's within 1, those by the bilinear filter within 2, where two roundings fall on halves.

    Raises `UserError` where the input is larger than the crops, and `ValueError` for other views.
    """
    (height, width), (rows, columns) = height_width(input_size), crops.shape[2:]
    if height > rows or width > columns:
        found = size_text(rows if rows == columns else (rows, columns))
        raise UserError(
            f"expected crops of at least {size_text(input_size)} pixels, the model's input size, found {found}"
        )
    if views not in VIEWS:
        raise ValueError(f"expected views {', '.join(map(str, VIEWS))}, found {views}")
    crops = crops.float()
    shown = _unmirrored(crops, height, width, views)
    if views in (10, 20):
        shown += _unmirrored(crops.flip(-1), height, width, views)
    return torch.stack(shown, dim=1).flatten(0, 1)


def _unmirrored(crops: Tensor, height: int, width: int, views: Views) -> list[Tensor]:
    rows, columns = crops.shape[2:]
    below, beside = rows - height, columns - width
    down, right = below // 4, beside // 4
    starts = [(round(below / 2), round(beside / 2))]
    if views != 1:
        starts = _corners(0, below, 0, beside) + starts
    if views in ("10-inner", 20):
        starts += _corners(down, below - down, right, beside - right)
    shown = [crops[..., top : top + height, left : left + width] for top, left in starts]
    if views == 7:
        inner = crops[..., down : rows - down, right : columns - right]
        shown += [_scaled(part, height, width, "bicubic") for part in (inner, crops)]
    elif views in (6, "10-inner", 20):
        shown.append(_scaled(crops, height, width, "bilinear"))
    return shown


def _corners(top: int, bottom: int, left: int, right: int) -> list[tuple[int, int]]:
    return [(row, column) for row in (top, bottom) for column in (left, right)]


def _scaled(crops: Tensor, height: int, width: int, mode: str) -> Tensor:
    """First the rows and then the columns, with levels rounded after each: so does Pillow."""
    return _rounded(_rounded(crops, (crops.shape[-2], width), mode), (height, width), mode)


def _rounded(crops: Tensor, size: tuple[int, int], mode: str) -> Tensor:
    return interpolate(crops, size=size, mode=mode, antialias=True).round_().clamp_(0, 255)
