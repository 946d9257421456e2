"""The false-positive filter: five LightGBM boosters, each early-stopped on a fifth of the boxes that it did not see.

Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NeurIPS 2017. The mean of the five is the
probability that a box is a true positive.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from mojika.boxes.booster_text import checked_booster_text
from mojika.boxes.filter_features import feature_names, page_features
from mojika.boxes.filter_features_of_2019 import page_features_of_2019
from mojika.boxes.filter_samples import FilterSamples
from mojika.boxes.limits import KEPT_FROM
from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import named
from mojika.errors import ParameterError, UserError
from mojika.files.artifact import Header, JsonFile, Kind, expect_sealed, sealed
from mojika.files.atomic import atomic_folder, atomic_json
from mojika.files.faults import well_formed
from mojika.files.fingerprints import file_digest
from mojika.files.text_table import read_text

FILTER = Kind("filter", 1, JsonFile("meta.json"), "a filter of", "a filter, as `mojika filter-train` writes it")
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


@dataclass(frozen=True, eq=False)
class Filter:
    """A trained filter; `report` holds the numbers of its cross-validation, `made_from` what it was trained on.

    `of_2019` says that it expects features with the values of 2019.
    """

    boosters: tuple[lightgbm.Booster, ...]
    class_digest: str
    made_from: dict[str, Any]
    report: dict[str, float | int] = field(default_factory=dict)
    of_2019: bool = False

    @property
    def fingerprint(self) -> str:
        return FILTER.fingerprint(self.made_from)

    def importance(self) -> dict[str, float]:
        """The share that each feature has in the gain of all splits, the largest first; without what no split uses."""
        gains = np.sum([booster.feature_importance("gain") for booster in self.boosters], axis=0)
        order = np.argsort(-gains, kind="stable")[: np.count_nonzero(gains)]
        names = feature_names()
        return {names[number]: float(gains[number] / gains.sum()) for number in order.tolist()}

    def probabilities(self, boxes: PageBoxes, threads: int = 1) -> np.ndarray:
        """How likely each box is a true positive, `(M,) float32`.

        Raises `UserError` where the boxes were not read, or with another class list than those of the training.
        """
        features = (page_features_of_2019 if self.of_2019 else page_features)(boxes)
        who, instead = "the boxes' class list", "that of the filter's training"
        boxes.classes.expect_digest(self.class_digest, who, instead, "train the filter again")
        if not len(features):
            return np.zeros(0, np.float32)
        values = features.to_numpy()
        votes = [booster.predict(values, num_threads=threads) for booster in self.boosters]
        return np.mean(votes, axis=0).astype(np.float32)


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


def filter_boxes(
    boxes: PageBoxes, trained: Filter, made_from: dict[str, Any], *, threshold: float, keep_all: bool, threads: int = 1
) -> PageBoxes:
    """The boxes with a column `keep_prob`, without those below `threshold` unless `keep_all`; all pages stay."""
    rated = boxes.with_boxes(boxes.boxes.assign(keep_prob=trained.probabilities(boxes, threads)), made_from=made_from)
    return rated if keep_all else rated.with_boxes(rated.boxes[is_kept(rated, threshold)])


def is_kept(rated: PageBoxes, threshold: float) -> np.ndarray:
    """Whether each box of `filter_boxes` reaches the threshold, `(M,) bool`."""
    return (rated.boxes["keep_prob"] >= np.float32(threshold)).to_numpy()


def write_filter(path: Path | str, trained: Filter) -> None:
    """Write `booster_0.txt` … and `meta.json` into the folder `path`, whole or not at all."""
    with atomic_folder(path, "meta.json") as folder:
        files = [_booster_file(folder, number) for number in range(len(trained.boosters))]
        for file, booster in zip(files, trained.boosters, strict=True):
            file.write_text(booster.model_to_string(), encoding="utf-8")
        header = FILTER.header(
            trained.made_from,
            class_list=trained.class_digest,
            features=feature_names(),
            boosters=len(trained.boosters),
            report=trained.report,
            **({"values": "2019"} if trained.of_2019 else {}),
        )
        atomic_json(folder / "meta.json", sealed(header, [file_digest(file) for file in files]))


def read_filter(path: Path | str) -> Filter:
    """A filter as `write_filter` left it, also by the folder around it, as the stages make one.

    Raises `UserError` where there is none, or one of other features.
    """
    inner = Path(path) / "boosters"
    path = inner if inner.is_dir() else path
    about = FILTER.read(path)
    with well_formed(path, FILTER.expected):
        return _filter_of(Path(path), about)


def _filter_of(path: Path, about: Header) -> Filter:
    found, wanted = about["features"], feature_names()
    if found != wanted:
        text = [f"missing {named(sorted(set(wanted) - set(found)))}"] * bool(set(wanted) - set(found))
        text += [f"additional {named(sorted(set(found) - set(wanted)))}"] * bool(set(found) - set(wanted))
        reason = "; ".join(text) or "they are in another order"
        raise UserError(f"{path}: a filter of other features: {reason}; train it again")
    files = [_booster_file(path, number) for number in range(about["boosters"])]
    texts = [_booster_text(file, found) for file in files]
    expect_sealed(path, about, [file_digest(file) for file in files])  # LightGBM may crash on another text
    boosters = [_booster(file, text) for file, text in zip(files, texts, strict=True)]
    return Filter(tuple(boosters), about["class_list"], about["made_from"], about["report"], "values" in about)


def _booster_file(folder: Path, number: int) -> Path:
    return folder / f"booster_{number}.txt"


def _booster_text(path: Path, features: list[str]) -> str:
    try:
        text = read_text(path)
        names = re.search("^feature_names=(.*)$", text, re.MULTILINE)
        own = names[1].split() if names else []
        text = checked_booster_text(text, len(own))
    except FileNotFoundError:
        raise UserError(f"{path}: expected a booster, found none; train the filter again") from None
    except ValueError as error:
        raise _broken(path, error) from None
    if own != features:
        raise UserError(f"{path}: a booster of other features than meta.json names; train the filter again")
    return text


def _booster(path: Path, text: str) -> lightgbm.Booster:
    try:
        return lightgbm.Booster(model_str=text)
    except (ValueError, lightgbm.basic.LightGBMError) as error:
        raise _broken(path, error) from None


def _broken(path: Path, error: Exception) -> UserError:
    reason = f"found a broken file ({error}); train the filter again"
    return UserError(f"{path}: expected a booster, {' '.join(reason.split())}")
