"""Reading at another scale than that of the training: the network sees larger or smaller characters."""

from collections.abc import Mapping
from dataclasses import replace

from mojika.errors import ParameterError
from mojika.sizes import height_width, size_text
from mojika.training.model_file import ReadingModel


def at_scale(model: ReadingModel, scales: Mapping[int | None, int] | None) -> ReadingModel:
    """The model whose images are scaled to another square before the input is cut out of them.

    `scales` has the new side in pixels by the model's own `scale_size`, or for every model under None; a model that it
    does not name stays as it is. Raises `ParameterError` where the new square is smaller than the model's input.
    """
    if not scales:
        return model
    own = model.spec.scale_size
    side = scales.get(own if isinstance(own, int) else None, scales.get(None))
    if side is None:
        return model
    if side < max(height_width(model.spec.input_size)):
        sees = size_text(model.spec.input_size)
        raise ParameterError(f"{{scale_size}} {side}: {model.name} sees {sees} pixels of it; expected at least as many")
    return replace(model, spec=replace(model.spec, scale_size=side))
