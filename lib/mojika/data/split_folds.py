"""Folds of whole books, pages or single images: every class is spread over them as evenly as these allow."""

import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from mojika.data.split_writer import UNITS, HoldOut, UnitRules
from mojika.errors import ParameterError


@dataclass(frozen=True, kw_only=True)
class BookFolds(UnitRules):
    """Fold `fold` (from 0) of `folds` validates.

    Without `fill` every sample validates in just one fold, but for those of classes that would not be learnt otherwise.
    """

    folds: int
    fold: int
    fill: int = 0

    def of(self, targets: np.ndarray, samples: pd.DataFrame) -> HoldOut:
        """The units to hold out of samples of the classes `targets` `(N,) int64`."""
        groups = samples[UNITS[self.by]].to_numpy(object)
        fold = folds_of(targets, groups, self.folds, self.fold, self.seed, f"{self.by}s; {{by}} page divides pages")
        rules = {name: value for name, value in asdict(self).items() if name not in ("folds", "fold")}
        return HoldOut(hold_out=np.unique(groups[fold == self.fold]).tolist(), **rules)

    def made_from(self) -> dict[str, Any]:
        return asdict(self)


def folds_of(
    targets: np.ndarray, groups: np.ndarray, folds: int, fold: int, seed: int, units: str = "images"
) -> np.ndarray:
    """The fold of each sample, `(N,) int64`: classes `targets` `(N,) int64`, `groups` `(N,)` that stay together.

    Scikit-learn's `StratifiedGroupKFold`, or `StratifiedKFold` where each sample is a group. Raises `UserError` where
    there is no such `fold`, or there are fewer groups than folds; the message calls them `units`.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if not 0 <= fold < folds:
        raise ParameterError(f"{{fold}} {fold}: expected a fold from 0 to {folds - 1}")
    count = len(np.unique(groups))
    if not 2 <= folds <= count:
        raise ParameterError(f"{{folds}} {folds}: expected from 2 to {count:,}, the number of {units}")
    alone = count == len(groups)
    method = (StratifiedKFold if alone else StratifiedGroupKFold)(folds, shuffle=True, random_state=seed)
    together = None if alone else groups
    found = np.full(len(targets), -1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")
        try:
            parts = list(method.split(targets, targets, together))
        except ValueError:  # every class is smaller than the number of folds
            parts = list(method.split(targets, np.zeros_like(targets), together))
    for number, (_, rows) in enumerate(parts):
        found[rows] = number
    if not (found == fold).any():
        raise ParameterError(f"{{fold}} {fold}: nothing is in it; ask for fewer {{folds}}")
    return found
