"""Finding the temperatures of a model, and storing them with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mojika.reports.readings import calibration_error, reliability
from mojika.training.checkpoints import load_checkpoint, save_checkpoint
from mojika.training.temperature import SomeLogits, crossed_probabilities, fit_temperature

_OF_TRAINING = ("optimizer", "scaler")


@dataclass(frozen=True, eq=False)
class Calibration:
    """The `temperature` of a head, its calibration error `before`, and its reliability afterwards.

    `bins` is a `reliability` table of probabilities that were calibrated without the sample's own half of the list.
    """

    temperature: float
    before: float
    bins: pd.DataFrame

    def numbers(self, suffix: str) -> dict[str, float]:
        return {
            f"temperature{suffix}": self.temperature,
            f"calibration_error{suffix}": self.before,
            f"calibration_error_calibrated{suffix}": calibration_error(self.bins),
        }


def calibrate(
    kept: SomeLogits, truths: Mapping[str, np.ndarray], temperatures: Mapping[str, float]
) -> dict[str, Calibration]:
    """The calibration of each head, by its truths `(N,)`; the logits were divided by `temperatures` already."""
    found = {}
    for (head, truth), logits in zip(truths.items(), kept.of_heads(), strict=True):
        known = truth[kept.rows] >= 0
        own, wanted = logits[known], truth[kept.rows][known]
        right = own.argmax(1) == wanted
        likeliest = 1 / np.exp(own.astype(np.float64) - own.max(1, keepdims=True)).sum(1)
        before = calibration_error(reliability(likeliest, right))
        temperature = fit_temperature(own, wanted) * temperatures.get(head, 1.0)
        found[head] = Calibration(temperature, before, reliability(crossed_probabilities(own, wanted), right))
    return found


def write_calibrated(path: Path, model: Path, temperatures: Mapping[str, float]) -> None:
    """Write the model of a file, or of a reader's folder, with other temperatures and without what only training needs.

    What was at `path` is kept as its previous file.
    """
    state = load_checkpoint(model, "classifier")
    kept = {name: value for name, value in state.items() if name not in _OF_TRAINING}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(path, {**kept, "temperatures": dict(temperatures)})
