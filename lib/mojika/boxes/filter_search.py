"""Settings of the filter's boosters, found by Optuna's TPE in a study that can be stopped and resumed.

Akiba et al., "Optuna: A Next-generation Hyperparameter Optimization Framework", KDD 2019; Bergstra et al., "Algorithms
for Hyper-Parameter Optimization", NeurIPS 2011 (TPE). A trial is one cross-validation; it ends early when its log-loss
after some folds is above the median of the trials before it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import sqlalchemy.exc
import yaml
from optuna.trial import TrialState
from sklearn.metrics import log_loss

from mojika.boxes.filter_samples import FilterSamples
from mojika.boxes.filter_training import BoosterSettings, train_folds
from mojika.errors import ParameterError, UserError
from mojika.files.atomic import atomic_text
from mojika.files.faults import well_formed
from mojika.files.fingerprints import differences, expect_made_from
from mojika.files.text_table import read_text
from mojika.runtime.progress import track
from mojika.runtime.run_lock import RunHeldElsewhere, RunLock
from mojika.runtime.signals import StopRequest
from mojika.yaml_text import load_yaml

PATIENCE = 60.0  # seconds to wait for another process that writes the study
_STUDY = "filter"
_MOST = 2**31 - 1
_LIMITS = {  # of LightGBM; others from 0
    "num_leaves": (2, 2**17), "feature_fraction": (1e-6, 1), "bagging_fraction": (1e-6, 1), "max_depth": (-1, _MOST),
    "rounds": (1, _MOST),
}  # fmt: skip
_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def open_study(path: Path, made_from: dict[str, Any], *, start_over: bool = False) -> optuna.Study:
    """The study in the SQLite file `path`, made where there is none; `start_over` deletes the trials it has.

    Raises `UserError` where the file is no study, or one of something other than `made_from`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _expect_database(path)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    options = {"connect_args": {"timeout": PATIENCE}}
    try:
        with well_formed(path, "a study, as `mojika filter-search` makes it"):
            storage = optuna.storages.RDBStorage(f"sqlite:///{path.resolve()}", engine_kwargs=options)
            if start_over and _STUDY in optuna.get_all_study_names(storage):
                optuna.delete_study(study_name=_STUDY, storage=storage)
            pruner = optuna.pruners.MedianPruner(n_startup_trials=10, n_warmup_steps=0)
            study = optuna.create_study(storage=storage, study_name=_STUDY, load_if_exists=True, pruner=pruner)
            _expect_our_trials(study)
            found = study.user_attrs.get("made_from")
    except RuntimeError as error:
        raise UserError(f"{path}: a study of another version of Optuna: {str(error).splitlines()[0]}") from None
    if found is None:
        study.set_user_attr("made_from", made_from)
    elif found != made_from:
        raise ParameterError(
            f"{path}: a study of something else: {differences(found, made_from)}; "
            "choose another {study}, or {force} to start over"
        )
    return study


@contextmanager
def held_study(path: Path) -> Iterator[None]:
    """Hold the study's file for this process; raises `UserError` where another one searches in it, and where the
    database cannot be read or written within."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with RunLock(path, path.with_name(f".{path.name}.lock"), "is being searched"):
            yield
    except RunHeldElsewhere as elsewhere:
        raise ParameterError(f"{elsewhere}; wait for its end, or choose another {{study}}") from None
    except (optuna.exceptions.StorageInternalError, sqlalchemy.exc.SQLAlchemyError) as error:
        reason = str(error.__cause__ or error).splitlines()[0].removeprefix("(sqlite3.OperationalError) ")
        raise UserError(f"{path}: {reason}; run the same command again to continue the study") from None


def finished_trials(study: optuna.Study) -> int:
    """How many trials came to an end, those that were cut short for being worse included."""
    return len(study.get_trials(deepcopy=False, states=_FINISHED))


def pruned_trials(study: optuna.Study) -> int:
    """How many trials were cut short for being worse than the others."""
    return len(study.get_trials(deepcopy=False, states=(TrialState.PRUNED,)))


def search(study: optuna.Study, samples: FilterSamples, trials: int, *, seed: int, threads: int) -> None:
    """Run trials until the study has `trials`; raises `Interrupted` between two folds after a stop signal."""
    missing = range(finished_trials(study), trials)
    if not missing:
        return
    with StopRequest() as stop:
        for _ in track(missing, total=len(missing), description="filter-search", unit="trial"):
            run_trial(study, samples, seed=seed, threads=threads, before_fold=stop.raise_if_requested)


def run_trial(
    study: optuna.Study,
    samples: FilterSamples,
    *,
    seed: int = 0,
    threads: int = 1,
    before_fold: Callable[[], None] = lambda: None,
) -> None:
    """Cross-validate one more choice of settings.

    The drawn settings depend only on `seed` and on the finished trials, so a search that was stopped continues as if it
    had not been. An exception of `before_fold` ends the trial without a trace in what follows.
    """
    study.sampler = optuna.samplers.TPESampler(seed=seed + finished_trials(study))
    trial = study.ask()
    try:
        loss = _cross_validate(trial, samples, seed, threads, before_fold)
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except BaseException:
        study.tell(trial, state=TrialState.FAIL)
        raise
    else:
        study.tell(trial, loss)


def suggest_settings(trial: optuna.trial.BaseTrial) -> BoosterSettings:
    """Settings within the ranges of the search; the weights of the penalties are drawn by their logarithm."""
    return BoosterSettings(
        lambda_l1=trial.suggest_float("lambda_l1", 1e-8, 10.0, log=True),
        lambda_l2=trial.suggest_float("lambda_l2", 1e-8, 10.0, log=True),
        num_leaves=trial.suggest_int("num_leaves", 2, 256),
        feature_fraction=trial.suggest_float("feature_fraction", 0.4, 1.0),
        bagging_fraction=trial.suggest_float("bagging_fraction", 0.4, 1.0),
        bagging_freq=trial.suggest_int("bagging_freq", 1, 7),
        min_child_samples=trial.suggest_int("min_child_samples", 5, 100),
    )


def write_settings(path: Path, study: optuna.Study) -> None:
    """Write the best settings so far, with their log-loss and what they were searched on, as YAML."""
    about = {
        "settings": suggest_settings(optuna.trial.FixedTrial(study.best_params)).to_plain(),
        "log_loss": study.best_value,
        "trials": finished_trials(study),
        "made_from": study.user_attrs["made_from"],
    }
    atomic_text(path, yaml.safe_dump(about, sort_keys=False, allow_unicode=True))


def read_settings(path: Path) -> BoosterSettings:
    """Settings as `write_settings` left them or as someone wrote them: numbers under `settings`, by LightGBM's names.

    What is not named keeps its default. Raises `UserError` where the file is not such a table.
    """
    given = _read_yaml(path).get("settings")
    types = {each.name: each.type for each in fields(BoosterSettings)}
    if not isinstance(given, dict):
        raise UserError(f"{path}: expected numbers under `settings:`, found none")
    unknown = [str(name) for name in given if name not in types]
    if unknown:
        raise UserError(f"{path}: unknown settings {', '.join(unknown)}; there are {', '.join(types)}")
    for name, value in given.items():
        allowed, expected = (int, "whole number") if types[name] is int else ((int, float), "number")
        if isinstance(value, bool) or not isinstance(value, allowed):
            raise UserError(f"{path}: expected {name} to be a {expected}, found {str(value)[:40]}")
        least, most = _LIMITS.get(name, (0, _MOST))
        if not least <= value <= most:
            raise UserError(f"{path}: expected {name} from {least:g} to {most:,}, found {str(value)[:40]}")
    return BoosterSettings(**given)


def is_searched_from(path: Path, made_from: dict[str, Any]) -> bool:
    """Whether `path` holds settings that were searched on this; False where there is no file.

    Raises `UserError`, naming what differs, where they were searched on something else.
    """
    if not path.exists():
        return False
    found = _read_yaml(path).get("made_from")
    expect_made_from(path, found if isinstance(found, dict) else {}, made_from)
    return True


def _cross_validate(
    trial: optuna.Trial, samples: FilterSamples, seed: int, threads: int, before_fold: Callable[[], None]
) -> float:
    """The log-loss over all folds; after each fold but the last, that over the folds so far decides about pruning."""
    rows, probabilities = np.zeros(0, np.int64), np.zeros(0)
    before_fold()
    settings = suggest_settings(trial)
    for number, fold in enumerate(train_folds(samples.features, samples.targets, settings, seed=seed, threads=threads)):
        rows, probabilities = np.concatenate([rows, fold.rows]), np.concatenate([probabilities, fold.probabilities])
        loss = float(log_loss(samples.targets[rows], probabilities))
        trial.report(loss, number)
        if len(rows) < len(samples.targets):
            if trial.should_prune():
                raise optuna.TrialPruned
            before_fold()
    return loss


def _expect_our_trials(study: optuna.Study) -> None:
    """Raises `ValueError` where a finished trial has other parameters, or other ranges, than those of this search."""
    for trial in study.get_trials(deepcopy=False, states=_FINISHED):
        ours = optuna.trial.FixedTrial(trial.params)
        suggest_settings(ours)
        if trial.distributions != ours.distributions:
            raise ValueError(f"trial {trial.number} is one of another search")


def _expect_database(path: Path) -> None:
    if path.is_dir():
        raise UserError(f"{path}: expected a study (an SQLite file), found a folder")
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as database:
            kinds = {kind for (kind,) in database.execute("SELECT type FROM sqlite_master")}
    except sqlite3.OperationalError as error:
        raise UserError(f"{path}: {error}; another process may hold it, or it cannot be opened") from None
    except sqlite3.DatabaseError as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: expected a study (an SQLite file), found something else: {reason}") from None
    if not kinds <= {"table", "index"}:  # a view may have no end, a trigger changes what is written
        raise UserError(f"{path}: expected a study of tables, found a database with views or triggers")


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = load_yaml(read_text(path))
    except FileNotFoundError:
        raise UserError(f"{path}: no such settings; `mojika filter-search` finds some") from None
    except yaml.YAMLError as error:
        reason = getattr(error, "problem", None) or "found something else"
        raise UserError(f"{path}: expected settings in YAML: {reason}") from None
    return content if isinstance(content, dict) else {}
