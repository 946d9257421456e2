"""Splits of packs with several label columns: stratified folds, or held-out writers, and graphemes held out as such."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mojika.data.class_list import named
from mojika.data.pack import Pack, common_classes
from mojika.data.split_graphemes import GraphemeSplit, among, split_graphemes, stratified_folds
from mojika.data.split_writer import (
    UNITS,
    existing_report,
    list_rows,
    origin,
    samples_of,
    times,
    write_lists,
)
from mojika.errors import ParameterError, UserError


@dataclass(frozen=True, kw_only=True)
class Folds:
    """Fold `fold` (from 0) of `folds` validates; stratified over the label columns `by_label`, or over all."""

    folds: int
    fold: int
    by_label: Sequence[str] = ()
    unseen: float = 0.0
    seed: int = 0

    def split(self, targets: np.ndarray, samples: pd.DataFrame, heads: tuple[str, ...]) -> GraphemeSplit:
        """Samples of graphemes that are held out join validation."""
        unknown = [head for head in self.by_label if head not in heads]
        if unknown:
            raise ParameterError(f"{{by_label}} {unknown[0]}: expected one of {', '.join(heads)}")
        if not 0 <= self.fold < self.folds:
            raise ParameterError(f"{{fold}} {self.fold}: expected a fold from 0 to {self.folds - 1}")
        columns = [heads.index(head) for head in self.by_label] or list(range(len(heads)))
        valid = stratified_folds(targets[:, columns], self.folds, self.seed) == self.fold
        return split_graphemes(targets, valid, self.unseen, validate_all=True, seed=self.seed)

    def held_out(self, samples: pd.DataFrame) -> np.ndarray:
        """None: no writer is held out as such."""
        return np.empty(0, object)

    def made_from(self) -> dict[str, Any]:
        return asdict(self) | {"by_label": sorted(set(self.by_label))}


@dataclass(frozen=True, kw_only=True)
class HeldOutGroups:
    """Whole writers (or other units that `by` of `UNITS` names) validate."""

    hold_out: Sequence[str]
    by: str = "group"
    unseen: float = 0.0
    seed: int = 0

    def split(self, targets: np.ndarray, samples: pd.DataFrame, heads: tuple[str, ...]) -> GraphemeSplit:
        """Samples of graphemes that are held out and not by these writers are left out."""
        groups = samples[UNITS[self.by]].to_numpy(object)
        unknown = sorted(set(self.hold_out) - set(groups))
        if unknown:
            known = named(sorted(set(groups)), at_most=50)
            raise UserError(f"nothing called {', '.join(unknown)} to hold out; there are {known}")
        valid = np.isin(groups, list(self.hold_out))
        return split_graphemes(targets, valid, self.unseen, validate_all=False, seed=self.seed)

    def held_out(self, samples: pd.DataFrame) -> np.ndarray:
        """The names among those of `samples` that must not be trained on."""
        return np.intersect1d(samples[UNITS[self.by]].to_numpy(object), list(self.hold_out))

    def made_from(self) -> dict[str, Any]:
        return asdict(self) | {"hold_out": sorted(set(self.hold_out))}


def write_grapheme_split(
    packs: Sequence[Pack],
    rule: Folds | HeldOutGroups,
    out: Path,
    *,
    appended: Sequence[Pack] = (),
    validate_on: Sequence[Pack] = (),
    repeat: int = 1,
    repeat_appended: int = 1,
    force: bool = False,
) -> tuple[dict[str, int], bool]:
    """Split the samples of `packs` together by `rule` and write the lists into the folder `out`.

    Every sample is in at most one list; in training those of `packs` come `repeat` times an epoch. `valid.csv` has
    a column `unseen`: 1 where the combination of labels does not occur in training. All samples of the `appended` packs
    are trained on, too, `repeat_appended` times, but those of graphemes that are held out. All samples of the packs
    `validate_on` validate and none trains; which samples of `packs` and `appended` train does not depend on them.

    Returns numbers for people and whether the same split was there before; nothing is written then. Raises `UserError`
    where another split is there, unless `force`, on packs with different label columns or class lists, where an
    appended pack has samples of a writer who is held out, and where a pack is to be trained and validated on.
    """
    classes = common_classes([*packs, *appended, *validate_on])
    heads = tuple(classes)
    if len(heads) == 1:
        raise ParameterError(
            f"{packs[0].place}: expected several label columns, found {heads[0]}; use {{hold_out}}, {{random}}"
        )
    learnt = {pack.fingerprint for pack in [*packs, *appended]}
    for pack in validate_on:
        if pack.fingerprint in learnt:
            raise ParameterError(f"{{validate_on}} {pack.place}: this pack is trained on")
    how = rule.made_from() | ({"repeat": repeat} if repeat > 1 else {}) | times(repeat_appended)
    made_from = origin(packs, how, out, appended=appended, validate_on=validate_on)
    existing = None if force else existing_report(out, made_from)
    if existing:
        return existing, True

    samples = samples_of(packs, out)
    targets = np.concatenate([pack.targets for pack in packs])
    split = rule.split(targets, samples, heads)
    more, further = (samples_of(given, out) if given else samples[:0] for given in (appended, validate_on))
    leaked = rule.held_out(more)
    if len(leaked):
        raise ParameterError(f"{{append}}: samples of {named(leaked)} are held out and must not be trained on")
    more_targets, further_targets = (
        np.concatenate([targets[:0], *(pack.targets for pack in given)]) for given in (appended, validate_on)
    )
    kept = ~among(more_targets, split.held_graphemes)
    more, more_targets = more[kept], more_targets[kept]

    trained = np.concatenate([targets[split.train], more_targets])
    validated = np.concatenate([targets[split.valid], further_targets])
    unseen = ~among(validated, trained)
    report = {
        "train": len(trained),
        "epoch": repeat * len(split.train) + repeat_appended * len(more),
        "valid": len(validated),
        **({"appended": len(more)} if appended else {}),
        **({"validated_on": len(further)} if validate_on else {}),
        "left_out": len(targets) - len(split.train) - len(split.valid) + int((~kept).sum()),
        "train_graphemes": len(np.unique(trained, axis=0)),
        "valid_graphemes": len(np.unique(validated, axis=0)),
        "unseen": int(unseen.sum()),
        "unseen_graphemes": len(np.unique(validated[unseen], axis=0)),
        "untrained_classes": sum(
            len(np.setdiff1d(found, known)) for found, known in zip(validated.T, trained.T, strict=True)
        ),
    }
    lists = {
        "train.csv": [
            list_rows(samples.loc[split.train], heads, repeat=repeat, shared=0),
            list_rows(more, heads, repeat=repeat_appended, shared=0),
        ],
        "valid.csv": [
            list_rows(pd.concat([samples.loc[split.valid], further]), heads, repeat=1, shared=0, unseen=unseen)
        ],
    }
    digests = {head: class_list.digest for head, class_list in classes.items()}
    write_lists(out, lists, digests, made_from, report)
    return report, False
