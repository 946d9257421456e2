"""What image files of one character or grapheme each say: one or several classifiers read every image, and vote softly.

The images are shown to a network as those of its training were, see `InputSpec`: as the images of a `label,path` list,
or, of graphemes, as those of the competition.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from mojika.data.centre_view import centre_views
from mojika.data.class_list import ClassList
from mojika.data.crops import in_colours, resize
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.models.input_spec import InputSpec
from mojika.recognition.graphemes.canvas import on_canvas
from mojika.recognition.graphemes.inference import as_packed, common_classes
from mojika.recognition.graphemes.probability_means import mean_log_probabilities
from mojika.recognition.test_time_augmentation import logits_of_views
from mojika.recognition.view_windows import Views
from mojika.runtime.parallel import ordered_map
from mojika.scans.scan import Scan
from mojika.sizes import height_width
from mojika.training.model_file import ReadingModel

_IMAGES_AHEAD = 512  # that wait for the networks


@dataclass(frozen=True, eq=False)
class ReadCrops:
    """`sources` of N images, and for each head its probabilities `(N, classes) float32`."""

    sources: list[str]
    probabilities: list[Tensor]


@dataclass(frozen=True, eq=False)
class _Lot:
    """Images that could be read, `(n, H, W, C) uint8` for each spec, what they are called, and the faults of others."""

    sources: list[str]
    images: dict[InputSpec, np.ndarray]
    faults: list[Fault]


def shared_classes(models: Sequence[ReadingModel]) -> dict[str, ClassList]:
    """The class list of each head; raises `UserError` where models that vote read different things."""
    first, *others = models
    for other in others:
        if set(other.classes) != set(first.classes):
            heads = [", ".join(model.classes) for model in (first, other)]
            raise UserError(f"models that vote: {first.name} reads {heads[0]}, {other.name} reads {heads[1]}")
    return common_classes(models)


def read_crops(
    models: Sequence[ReadingModel],
    scans: Sequence[Scan],
    *,
    views: Views,
    batch_size: int,
    workers: int,
    leave_out: Callable[[Fault], None],
    before_batch: Callable[[], None] = lambda: None,
) -> Iterator[ReadCrops]:
    """The readings of all images in their order, at most `batch_size` at a time.

    `workers` threads read and scale them ahead. `leave_out` is told of an image that cannot be read, which is passed
    over unless it raises; `before_batch` may raise to stop the work.
    """
    specs = list(dict.fromkeys(model.spec for model in models))
    heads = list(shared_classes(models))
    size = max(1, min(batch_size, _IMAGES_AHEAD // workers))
    lots = [scans[start : start + size] for start in range(0, len(scans), size)]
    with closing(ordered_map(lambda lot: _read_lot(lot, specs), lots, workers)) as read:
        for lot in read:
            before_batch()
            for fault in lot.faults:
                leave_out(fault)
            if lot.sources:
                yield ReadCrops(lot.sources, _vote(models, lot.images, heads, views))


def prepared(image: np.ndarray, spec: InputSpec) -> np.ndarray:
    """An image `(H, W, 3) uint8` as a network's packs would have it, its colours exchanged where it wants that.

    `(S, S, C) uint8`, or not square where `scale_size` is not. The image is scaled regardless of its aspect ratio,
    except that of a grapheme, which is put on a canvas as the competition has it, and then brought to the form of the
    packs.
    """
    if spec.grapheme_form:
        crop: np.ndarray = as_packed(on_canvas(image)[None], spec)[0]
        return crop
    pixels = resize(in_colours(image, spec.channels, exchanged=spec.channels_exchanged), spec.scale_size)
    return pixels.reshape(*height_width(spec.scale_size), spec.channels)


def _read_lot(scans: Sequence[Scan], specs: Sequence[InputSpec]) -> _Lot:
    images, faults, sources = [], [], []
    for scan in scans:
        try:
            pixels = scan.read()
        except UserError as error:
            faults.append(Fault(scan.source, None, str(error).removeprefix(f"{scan.source}: ")))
        else:
            images.append([prepared(pixels, spec) for spec in specs])
            sources.append(scan.source)
    of_specs = zip(specs, map(np.stack, zip(*images, strict=True)), strict=True) if images else ()
    return _Lot(sources, dict(of_specs), faults)


@torch.inference_mode()
def _vote(
    models: Sequence[ReadingModel], images: dict[InputSpec, np.ndarray], heads: Sequence[str], views: Views
) -> list[Tensor]:
    """Probabilities of each head: as of `mojika classify`, and of several heads as of `mojika infer-graphemes`."""
    of_models = [dict(zip(model.classes, _logits(model, images[model.spec], views), strict=True)) for model in models]
    logits = [torch.stack([of_heads[head] for of_heads in of_models]) for head in heads]
    if len(heads) == 1:
        return [logits[0].sum(0).softmax(1)]
    return [mean_log_probabilities(each.log_softmax(2), "arithmetic").exp() for each in logits]


def _logits(model: ReadingModel, images: np.ndarray, views: Views) -> list[Tensor]:
    """The centre as in validation; several views as they are of boxes."""
    if views == 1:
        return model.logits(centre_views(images, replace(model.spec, channels_exchanged=False)))
    return logits_of_views(model, torch.from_numpy(images).permute(0, 3, 1, 2), views)
