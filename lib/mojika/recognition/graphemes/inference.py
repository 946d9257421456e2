"""What one or several classifiers say of grapheme shards, as a stream: memory does not grow with the shards."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from mojika.augmentation.opencv_backend import augment_opencv
from mojika.augmentation.parameters import centre_parameters
from mojika.augmentation.recipe import AugmentationRecipe
from mojika.data.class_list import ClassList
from mojika.data.derived_packs import convert_images
from mojika.data.grapheme_shards import GraphemeShard
from mojika.preprocessing.graphemes import GraphemeForm
from mojika.recognition.graphemes.probabilities import GraphemeProbabilities
from mojika.recognition.graphemes.probability_means import mean_log_probabilities
from mojika.runtime.parallel import ordered_map
from mojika.runtime.prefetch import prefetch
from mojika.sizes import height_width
from mojika.training.inference import laid_out
from mojika.training.precision import Precision

_WINDOW = 8192  # images that are decoded at a time (265 MB)
_WAITING = 1024  # decoded images that wait for the networks (33 MB)


@dataclass(frozen=True)
class Preparation:
    """From a shard's images to a network's input, as training saw its validation images.

    `form` is that of the packs; `recipe` scales, crops the centre and normalises, and augments nothing. Equal
    preparations give equal inputs.
    """

    form: GraphemeForm
    recipe: AugmentationRecipe

    def __call__(self, images: np.ndarray) -> Tensor:
        """Images `(n, 137, 236) uint8`, ink dark, as `(n, C, h, w) float32`."""
        recipe, rows = self.recipe, np.arange(len(images))
        packed = self.form.prepare(images)
        if packed.shape[1:] != (*height_width(recipe.scale_size), recipe.channels):
            packed = convert_images(packed, recipe.scale_size, recipe.channels)
        parameters = centre_parameters(recipe, len(rows), recipe.scale_size, recipe.channels)
        return augment_opencv(packed, rows, parameters, recipe)


@dataclass(frozen=True, eq=False)
class GraphemeReader:
    """A trained classifier with what it wants to be shown.

    `model` maps inputs to a list of logits `(N, classes)`, one for each of `classes` in their order; it is on
    `precision.device`, in evaluation mode. `name` is for messages.
    """

    name: str
    model: nn.Module
    classes: dict[str, ClassList]
    preparation: Preparation
    precision: Precision

    def logs(self, inputs: Tensor) -> dict[str, Tensor]:
        """Logarithms of the probabilities of each head, `(N, classes) float32`, on the device."""
        with self.precision.autocast():
            inputs = inputs.to(self.precision.device, non_blocking=True)
            logits = self.model(laid_out(inputs, self.precision.channels_last))
        return {head: scores.float().log_softmax(1) for head, scores in zip(self.classes, logits, strict=True)}


def common_classes(readers: Sequence[GraphemeReader]) -> dict[str, ClassList]:
    """The class lists that all readers share; raises `UserError`, with the digests, where they do not."""
    first, *others = readers
    for other in others:
        for head, classes in first.classes.items():
            classes.expect_same(other.classes[head], f"{first.name} and {other.name} have different classes of {head}")
    return first.classes


@torch.inference_mode()
def read_shard(
    readers: Sequence[GraphemeReader],
    shard: GraphemeShard,
    room: GraphemeProbabilities,
    *,
    method: str,
    weights: Sequence[float] | None,
    batch_size: int,
    workers: int,
    before_batch: Callable[[], None] = lambda: None,
) -> Iterator[str]:
    """Yield the ids of a shard's images, in order, while `room`, which is for just these, is filled.

    It gets the readers' mean by `method` and `weights` (see `mean_log_probabilities`). One thread decodes
    ahead, `workers` threads prepare them, and this one runs the networks. `before_batch` may raise to
    stop the work. Raises `UserError` at a shard that cannot be decoded.
    """
    first = 0
    with closing(_inputs(readers, shard, batch_size, workers)) as batches:
        for ids, inputs in batches:
            before_batch()
            logs = [reader.logs(inputs[reader.preparation]) for reader in readers]
            for head, rows in room.of_heads.items():
                mean = mean_log_probabilities(torch.stack([of_model[head] for of_model in logs]), method, weights)
                rows[first : first + len(ids)] = mean.exp().cpu().numpy()
            first += len(ids)
            yield from ids


def _inputs(
    readers: Sequence[GraphemeReader], shard: GraphemeShard, batch_size: int, workers: int
) -> Iterator[tuple[list[str], dict[Preparation, Tensor]]]:
    """Batches in the shard's order: the ids, and the input of each preparation that a reader asks for."""
    preparations = list(dict.fromkeys(reader.preparation for reader in readers))

    def prepare(lot: tuple[list[str], np.ndarray]) -> tuple[list[str], dict[Preparation, Tensor]]:
        ids, images = lot
        return ids, {preparation: preparation(images) for preparation in preparations}

    waiting = max(1, _WAITING // batch_size)
    with closing(prefetch(shard.batches(batch_size, _WINDOW), waiting)) as decoded:
        yield from ordered_map(prepare, decoded, workers)
