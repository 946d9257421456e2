"""Training the false-positive filter: five boosters, each early-stopped on a fifth of the boxes that it did not see."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from mojika.boxes.filter_model import Filter
from mojika.boxes.filter_samples import FilterSamples
from mojika.boxes.limits import KEPT_FROM
from mojika.errors import ParameterError

FOLDS = 5
PATIENCE = 50  # rounds without a lower log-loss on the fold that is held out


@dataclass(frozen=True)
class BoosterSettings:
    """What `filter-search` looks for, by LightGBM's names; the defaults are LightGBM's.

    `max_depth` (-1: no limit) and the most `rounds`, before which early stopping may end, are not searched for.
    """

    lambda_l1: float = 0.0
    lambda_l2: float = 0.0
    num_leaves: int = 31
    feature_fraction: float = 1.0
    bagging_fraction: float = 1.0
    bagging_freq: int = 0
    min_child_samples: int = 20
    max_depth: int = -1
    rounds: int = 1000

    def to_plain(self) -> dict[str, Any]:
        """Without `max_depth` and `rounds` where they are the defaults, as before they could be chosen."""
        unsaid = {name for name in ("max_depth", "rounds") if getattr(self, name) == getattr(BoosterSettings, name)}
        return {name: value for name, value in asdict(self).items() if name not in unsaid}


@dataclass(frozen=True, eq=False)
class Fold:
    """A booster and what it says, `(n,) float64`, of the `rows (n,)` that were held out from it."""

    booster: lightgbm.Booster
    rows: np.ndarray
    probabilities: np.ndarray


def train_folds(
    features: pd.DataFrame,
    targets: np.ndarray,
    settings: BoosterSettings,
    *,
    seed: int = 0,
    threads: int = 1,
    stop_by: str = "fold",
) -> Iterator[Fold]:
    """Train on all folds but one, for each of the five in turn; folds have equal shares of true boxes.

    `stop_by` "fold" cuts each booster at its own best round; "2019" ends all of them together 50 rounds after the best
    mean of the five, and they keep these.

    `features (M, features) float32`, `targets (M,) bool`. The same data, settings and seed give the same boosters.
    Raises `UserError` where there are fewer true or false boxes than folds.
    """
    true = int(np.count_nonzero(targets))
    if min(true, len(targets) - true) < FOLDS:
        raise ParameterError(
            f"expected at least {FOLDS} true and {FOLDS} false boxes, found {true:,} and {len(targets) - true:,}; "
            "choose more {books}"
        )
    values, names, wanted = features.to_numpy(), list(map(str, features)), targets.astype(np.float64)
    searched = asdict(settings)
    rounds = searched.pop("rounds")
    parameters = {
        **searched,
        **{"objective": "binary", "metric": "binary_logloss", "verbosity": -1},
        **{"seed": seed, "deterministic": True, "force_row_wise": True, "num_threads": threads},
    }
    parts = list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(values, wanted))
    if stop_by == "2019":
        boosters = _stopped_together(parameters, lightgbm.Dataset(values, wanted, feature_name=names), parts, rounds)
        for booster, (_, held_out) in zip(boosters, parts, strict=True):
            yield Fold(booster, held_out, np.asarray(booster.predict(values[held_out], num_threads=threads)))
        return
    for train, held_out in parts:
        data = lightgbm.Dataset(values[train], wanted[train], feature_name=names)
        booster = lightgbm.train(
            parameters,
            data,
            rounds,
            valid_sets=[lightgbm.Dataset(values[held_out], wanted[held_out], reference=data)],
            callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
        )
        yield Fold(booster, held_out, np.asarray(booster.predict(values[held_out], num_threads=threads)))


def _stopped_together(
    parameters: dict[str, Any], data: lightgbm.Dataset, parts: list[tuple[np.ndarray, np.ndarray]], rounds: int
) -> list[lightgbm.Booster]:
    stopping = lightgbm.early_stopping(PATIENCE, verbose=False)
    trained: dict[str, Any] = lightgbm.cv(
        parameters, data, rounds, folds=parts, callbacks=[stopping], return_cvbooster=True
    )
    for booster in trained["cvbooster"].boosters:
        booster.best_iteration = -1  # all rounds count
    return trained["cvbooster"].boosters


def train_filter(folds: Iterable[Fold], samples: FilterSamples, made_from: dict[str, Any]) -> Filter:
    """The filter of all folds that `train_folds` trains on `samples`, with the numbers of what they were not shown."""
    probabilities = np.full(len(samples.targets), np.nan)
    boosters = []
    for fold in folds:
        probabilities[fold.rows] = fold.probabilities
        boosters.append(fold.booster)
    report = cross_validation_report(probabilities, samples.targets, samples.truth)
    trees = sum(booster.num_trees() for booster in boosters)
    return Filter(tuple(boosters), samples.class_digest, made_from, {**report, "trees": trees})


def cross_validation_report(probabilities: np.ndarray, targets: np.ndarray, truth: int) -> dict[str, float | int]:
    """Log-loss, AUC, and what keeping the boxes from 0.5 on does to the F1 of pages with `truth` characters."""
    kept = probabilities >= KEPT_FROM
    true, kept_true = int(targets.sum()), int((targets & kept).sum())
    return {
        "log_loss": float(log_loss(targets, probabilities)),
        "auc": float(roc_auc_score(targets, probabilities)),
        "truth": truth,
        "true_positives": true,
        "false_positives": len(targets) - true,
        "kept_true_positives": kept_true,
        "kept_false_positives": int(kept.sum()) - kept_true,
        "f1_before": 2 * true / (len(targets) + truth),
        "f1_after": 2 * kept_true / (int(kept.sum()) + truth),
    }
