"""The false-positive filter: five LightGBM boosters, whose mean is the probability that a box is a true positive.

Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NeurIPS 2017.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from mojika.boxes.booster_text import checked_booster_text
from mojika.boxes.filter_features import feature_names, page_features
from mojika.boxes.filter_features_of_2019 import page_features_of_2019
from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import named
from mojika.errors import UserError
from mojika.files.artifact import Header, JsonFile, Kind, expect_sealed, sealed
from mojika.files.atomic import atomic_folder, atomic_json
from mojika.files.faults import well_formed
from mojika.files.fingerprints import file_digest
from mojika.files.text_table import read_text

FILTER = Kind("filter", 1, JsonFile("meta.json"), "a filter of", "a filter, as `mojika filter-train` writes it")


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
