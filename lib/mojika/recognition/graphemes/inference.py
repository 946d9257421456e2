"""What one or several classifiers say of grapheme shards, as a stream: memory does not grow with the shards."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mojika.data.centre_view import centre_views
from mojika.data.class_list import ClassList
from mojika.data.derived_packs import convert_images
from mojika.data.grapheme_labels import HEADS
from mojika.data.grapheme_shards import GraphemeShard
from mojika.errors import ParameterError, UserError
from mojika.models.input_spec import InputSpec
from mojika.preprocessing.graphemes import GraphemeForm
from mojika.recognition.graphemes.probabilities import GraphemeProbabilities
from mojika.recognition.graphemes.probability_means import mean_log_probabilities
from mojika.runtime.parallel import ordered_map
from mojika.runtime.prefetch import prefetch
from mojika.sizes import height_width
from mojika.training.model_file import ReadingModel

_WINDOW = 8192  # images that are decoded at a time (265 MB)
_WAITING = 1024  # decoded images that wait for the networks (33 MB)


def with_form(model: ReadingModel, form: GraphemeForm | None) -> ReadingModel:
    """The model of graphemes, told the `form` of its packs where its file does not say it.

    Raises `UserError` where it reads something else, or its form is unknown or another.
    """
    if set(model.classes) != set(HEADS):
        heads = ", ".join(model.classes)
        raise UserError(f"{model.name}: expected a model that reads {', '.join(HEADS)}, found {heads}")
    known = model.spec.grapheme_form
    if known is None and form is None:
        raise ParameterError(f"{model.name}: does not record the form of its packs; give it with {{grapheme_size}}")
    if known and form and known != str(form):
        raise ParameterError(f"{model.name}: was trained on packs of {{grapheme_size}} {known}, found {form}")
    return model if known else replace(model, spec=replace(model.spec, grapheme_form=str(form)))


def prepare(images: np.ndarray, spec: InputSpec) -> Tensor:
    """From a shard's images `(n, 137, 236) uint8`, ink dark, to a network's `(n, C, h, w) float32`.

    This is how training saw its validation images; `spec` has the form of its packs.
    """
    return centre_views(as_packed(images, spec), spec)


def as_packed(images: np.ndarray, spec: InputSpec) -> np.ndarray:
    """A shard's images in the form of a network's packs, scaled but not cropped: `(n, H, W, C) uint8`."""
    if spec.grapheme_form is None:
        raise ValueError("expected a spec with the form of its packs, which `with_form` adds")
    packed = GraphemeForm.parse(spec.grapheme_form).prepare(images)
    if packed.shape[1:] != (*height_width(spec.scale_size), spec.channels):
        packed = convert_images(packed, spec.scale_size, spec.channels)
    return packed


def common_classes(models: Sequence[ReadingModel]) -> dict[str, ClassList]:
    """The class lists that all models share; raises `UserError`, with the digests, where they do not."""
    first, *others = models
    for other in others:
        for head, classes in first.classes.items():
            classes.expect_same(other.classes[head], f"{first.name} and {other.name} have different classes of {head}")
    return first.classes


@torch.inference_mode()
def read_shard(
    models: Sequence[ReadingModel],
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

    It gets the models' mean by `method` and `weights` (see `mean_log_probabilities`). One thread decodes
    ahead, `workers` threads prepare them, and this one runs the networks. `before_batch` may raise to
    stop the work. Raises `UserError` at a shard that cannot be decoded.
    """
    first = 0
    with closing(_inputs(models, shard, batch_size, workers)) as batches:
        for ids, inputs in batches:
            before_batch()
            logs = [_logs(model, inputs[model.spec]) for model in models]
            for head, rows in room.of_heads.items():
                mean = mean_log_probabilities(torch.stack([of_model[head] for of_model in logs]), method, weights)
                rows[first : first + len(ids)] = mean.exp().cpu().numpy()
            first += len(ids)
            yield from ids


def _logs(model: ReadingModel, inputs: Tensor) -> dict[str, Tensor]:
    """Logarithms of the probabilities of each head, `(N, classes) float32`, on the device."""
    return {head: scores.log_softmax(1) for head, scores in zip(model.classes, model.logits(inputs), strict=True)}


def _inputs(
    models: Sequence[ReadingModel], shard: GraphemeShard, batch_size: int, workers: int
) -> Generator[tuple[list[str], dict[InputSpec, Tensor]], None, None]:
    """Batches in the shard's order: the ids, and what each model is shown; equal specs give equal inputs."""
    specs = list(dict.fromkeys(model.spec for model in models))

    def prepare_all(lot: tuple[list[str], np.ndarray]) -> tuple[list[str], dict[InputSpec, Tensor]]:
        ids, images = lot
        return ids, {spec: prepare(images, spec) for spec in specs}

    waiting = max(1, _WAITING // batch_size)
    with closing(prefetch(shard.batches(batch_size, _WINDOW), waiting)) as decoded:
        yield from ordered_map(prepare_all, decoded, workers)
