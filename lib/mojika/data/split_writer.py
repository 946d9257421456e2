"""`train.csv`, `valid.csv` and `split.json`: a split as files that `train.py` reads."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from mojika.data.class_list import named
from mojika.data.pack import Pack, common_classes
from mojika.data.split import Split, split_at_random, split_by_book
from mojika.errors import ParameterError, UserError
from mojika.files.artifact import JsonFile, Kind
from mojika.files.atomic import atomic_json, atomic_text
from mojika.files.urls import Place

_SUMMARY = "split.json"
SPLIT = Kind("split", 1, JsonFile(_SUMMARY), "split", "a split, as `mojika split` makes it")
UNITS = {
    "book": "group",
    "page": "image_id",
    "group": "group",
}  # what is held out -> the column of a pack's samples that names it


@dataclass(frozen=True, kw_only=True)
class UnitRules:
    """The rules of `split_by_book`, whatever is held out; `by` is one of `UNITS`."""

    by: str = "book"
    fill: int = 20
    fill_fraction: float = 0.1
    min_train: int = 100
    min_valid: int = 1
    copy_rare: bool = False
    extra_copy: bool = False
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class HoldOut(UnitRules):
    """Whole books or pages are held out."""

    hold_out: Sequence[str]

    def split(self, targets: np.ndarray, samples: pd.DataFrame) -> Split:
        return split_by_book(
            targets,
            samples[UNITS[self.by]].to_numpy(object),
            self.hold_out,
            min_train=self.min_train,
            fill=self.fill,
            fill_fraction=self.fill_fraction,
            min_valid=self.min_valid,
            copy_rare=self.copy_rare,
            extra_copy=self.extra_copy,
            seed=self.seed,
        )

    def held_out(self, samples: pd.DataFrame) -> np.ndarray:
        """The names of books or pages among those of `samples` that must not be trained on."""
        return np.intersect1d(samples[UNITS[self.by]].to_numpy(object), list(self.hold_out))

    def made_from(self) -> dict[str, Any]:
        """Without the rules of 2019 where they are off, as before there were any."""
        unsaid = {
            name for name in ("min_valid", "copy_rare", "extra_copy") if getattr(self, name) == getattr(HoldOut, name)
        }
        rules = {name: value for name, value in asdict(self).items() if name not in {"hold_out", *unsaid}}
        return {"hold_out": sorted(set(self.hold_out)), **rules}


@dataclass(frozen=True, kw_only=True)
class RandomShare:
    """A share of every class, after the rules of `split_at_random`."""

    share: float
    min_train: int = 100
    seed: int = 0

    def split(self, targets: np.ndarray, samples: pd.DataFrame) -> Split:
        return split_at_random(targets, self.share, min_train=self.min_train, seed=self.seed)

    def held_out(self, samples: pd.DataFrame) -> np.ndarray:
        """None: no book or page is held out as such."""
        return np.empty(0, object)

    def made_from(self) -> dict[str, Any]:
        return {"random": self.share, "min_train": self.min_train, "seed": self.seed}


class Unresolved(Protocol):
    """A rule that makes another of the samples: what to hold out."""

    def of(self, targets: np.ndarray, samples: pd.DataFrame) -> HoldOut: ...

    def made_from(self) -> dict[str, Any]: ...


def write_split(
    packs: Sequence[Pack],
    rule: HoldOut | RandomShare | Unresolved,
    out: Path,
    *,
    appended: Sequence[Pack] = (),
    repeat_appended: int = 1,
    force: bool = False,
) -> tuple[dict[str, int], bool]:
    """Split the samples of `packs` together by `rule` and write the lists into the folder `out`.

    All samples of the `appended` packs (pseudo-labels) are trained on as well, `repeat_appended` times an epoch; which
    samples of `packs` train, how often, and which validate does not depend on them.

    Returns numbers for people and whether the same split was there before; nothing is written then. Raises `UserError`
    where another split is there, unless `force`, on packs with several label columns (`write_grapheme_split` is for
    them) or different class lists, and where an appended pack has samples of a book or page that is held out.
    """
    classes = common_classes([*packs, *appended])
    if len(classes) != 1:
        raise UserError(f"{packs[0].place}: expected one label column, found {', '.join(classes)}")
    made_from = origin(packs, rule.made_from() | times(repeat_appended), out, appended=appended)
    existing = None if force else existing_report(out, made_from)
    if existing:
        return existing, True

    samples = samples_of(packs, out)
    targets = np.concatenate([pack.targets[:, 0] for pack in packs])
    if not isinstance(rule, HoldOut | RandomShare):
        rule = rule.of(targets, samples)
    split = rule.split(targets, samples)
    more = samples_of(appended, out) if appended else samples[:0]
    leaked = rule.held_out(more)
    if len(leaked):
        raise ParameterError(f"{{append}}: samples of {named(leaked)} are held out and must not be trained on")
    ((head, class_list),) = classes.items()
    train_targets = np.concatenate([targets[split.train], *(pack.targets[:, 0] for pack in appended)])
    report = {
        "train": len(train_targets),
        "valid": len(split.valid),
        "shared": int(split.train_shared.sum()),
        "epoch": int(split.repeat.sum()) + repeat_appended * len(more),
        **({"appended": len(more)} if appended else {}),
        "train_classes": len(np.unique(train_targets)),
        "valid_classes": len(np.unique(targets[split.valid])),
        "shared_classes": len(np.unique(targets[split.train[split.train_shared]])),
        "classes": len(class_list),
    }
    lists = {
        "train.csv": [
            list_rows(samples.loc[split.train], [head], repeat=split.repeat, shared=split.train_shared),
            list_rows(more, [head], repeat=repeat_appended, shared=0),
        ],
        "valid.csv": [
            list_rows(samples.loc[split.valid], [head], repeat=split.valid_repeat, shared=split.valid_shared)
        ],
    }
    write_lists(out, lists, class_list.digest, made_from, report)
    return report, False


def origin(packs: Sequence[Pack], rule: dict[str, Any], out: Path, **further: Sequence[Pack]) -> dict[str, Any]:
    """All that decides a split, with `further` packs that the rule does not split under their names, if any."""
    return {
        "stage": "split",
        "packs": [pack.fingerprint for pack in packs],
        "pack_folders": [_named_from(pack.place, out) for pack in packs],
        **rule,
        **{
            name: [[pack.fingerprint, _named_from(pack.place, out)] for pack in given]
            for name, given in further.items()
            if given
        },
    }


def times(repeat_appended: int) -> dict[str, int]:
    """How often appended samples come, for `origin`; nothing where that is once, as it was for all older splits."""
    return {"repeat_appended": repeat_appended} if repeat_appended > 1 else {}


def existing_report(out: Path, made_from: dict[str, Any]) -> dict[str, int] | None:
    """The report of the same split where it is in `out`; raises `UserError` where another one is."""
    header = SPLIT.find(out, made_from) if (out / _SUMMARY).exists() else None
    return header["report"] if header else None


def write_lists(
    out: Path,
    lists: dict[str, list[pd.DataFrame]],
    class_list_digest: str | dict[str, str],
    made_from: dict[str, Any],
    report: dict[str, int],
) -> None:
    """Write the lists, each of several tables one below the other, and then the summary, which completes them."""
    texts = {
        name: pd.concat(tables).to_csv(index=False, lineterminator="\n", float_format="%g")
        for name, tables in lists.items()
    }
    write_texts(out, texts, class_list_digest, made_from, report)


def write_texts(
    out: Path,
    texts: dict[str, str],
    class_list_digest: str | dict[str, str],
    made_from: dict[str, Any],
    report: dict[str, int],
) -> None:
    """Write lists that are texts, and then the summary, which completes them."""
    (out / _SUMMARY).unlink(missing_ok=True)
    for name, text in texts.items():
        atomic_text(out / name, text)
    header = SPLIT.header(made_from, class_list_digest=class_list_digest, report=report)
    atomic_json(out / _SUMMARY, header)


def samples_of(packs: Sequence[Pack], out: Path) -> pd.DataFrame:
    """The samples of all packs, each with its pack as the list will name it and its row there."""
    tables = [pack.samples.assign(pack=_named_from(pack.place, out), row=np.arange(len(pack))) for pack in packs]
    return pd.concat(tables, ignore_index=True)


def list_rows(samples: pd.DataFrame, heads: Sequence[str], **columns: np.ndarray | int) -> pd.DataFrame:
    """Samples of `samples_of` as a list has them, with further `columns` of whole numbers."""
    numbers = {name: np.asarray(values).astype(np.int64) for name, values in columns.items()}
    return samples[["pack", "row", *heads, "weight"]].assign(**numbers)


def _named_from(pack: Place, start: Path) -> str:
    """As a list in the folder `start` names a pack: by its relative path, or by its address in a store."""
    if not isinstance(pack, Path):
        return str(pack)
    return Path(os.path.relpath(pack.resolve(), start.resolve())).as_posix()
