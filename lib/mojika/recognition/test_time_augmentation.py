"""Several views of each crop, of which the logits are averaged."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from mojika.augmentation.image import ImageAugmentation
from mojika.data.centre_view import centre_augmentation
from mojika.data.input_pipeline import InputPipeline
from mojika.models.input_spec import InputSpec
from mojika.recognition.view_windows import Views, Window, windows
from mojika.sizes import Size, height_width
from mojika.training.model_file import ReadingModel


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

    The views of one crop follow each other, V of them, as `windows` has them, which also raises. Scaled levels equal
    Pillow's within 1, those by the bilinear filter within 2, where two roundings fall on halves.
    """
    rows, columns = crops.shape[2:]
    shown, mirrored = windows(rows, columns, input_size, views)
    size, crops = height_width(input_size), crops.float()
    pictures = (crops, crops.flip(-1)) if mirrored else (crops,)
    return torch.stack([_seen(each, window, *size) for each in pictures for window in shown], dim=1).flatten(0, 1)


def _seen(crops: Tensor, window: Window, height: int, width: int) -> Tensor:
    part = crops[..., window.top : window.bottom, window.left : window.right]
    return part if window.scaled_by is None else _scaled(part, height, width, window.scaled_by)


def _scaled(crops: Tensor, height: int, width: int, mode: str) -> Tensor:
    """First the rows and then the columns, with levels rounded after each: so does Pillow."""
    return _rounded(_rounded(crops, (crops.shape[-2], width), mode), (height, width), mode)


def _rounded(crops: Tensor, size: tuple[int, int], mode: str) -> Tensor:
    return interpolate(crops, size=size, mode=mode, antialias=True).round_().clamp_(0, 255)
