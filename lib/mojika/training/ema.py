"""A moving average of a model's weights, for evaluation."""

from typing import Any, Generic, TypeVar

from timm.utils import ModelEmaV3
from torch import nn

Model = TypeVar("Model", bound=nn.Module)


class WeightAverage(Generic[Model]):
    """`average = d · average + (1 − d) · weights` after every optimizer step, d = min(`decay`, (1 + t) / (10 + t)).

    t counts the updates before: the average of a short run is not held back by the weights it began with. Everything in
    the state dict takes part: floating-point buffers (batch statistics) are averaged, integer ones copied. `model` is
    the averaged copy, in evaluation mode, without gradients, on the device of the original. Polyak and Juditsky 1992.
    """

    def __init__(self, model: Model, decay: float):
        self.decay, self.updates = decay, 0
        self._average = ModelEmaV3(model, decay=decay)
        self.model: Model = self._average.module.requires_grad_(False)

    def update(self, model: nn.Module) -> None:
        """Take in the weights after a step. Nothing is read back from the device."""
        self._average.decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self._average.update(model)
        self.updates += 1

    def state_dict(self) -> dict[str, Any]:
        return {"model": self.model.state_dict(), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.updates = state["updates"]
