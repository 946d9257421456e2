import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
import yaml
from filter_pages import make_pages
from optuna.trial import TrialState
from sklearn.metrics import log_loss

from mojika.boxes import filter_search
from mojika.boxes.filter_samples import FilterSamples, filter_samples
from mojika.boxes.filter_search import (
    finished_trials,
    held_study,
    is_searched_from,
    open_study,
    read_settings,
    run_trial,
    suggest_settings,
    write_settings,
)
from mojika.boxes.filter_training import BoosterSettings, train_folds
from mojika.errors import Interrupted, UserError

MADE_FROM = {"stage": "filter-search", "boxes": "abc", "seed": 0}


@pytest.fixture(scope="module")
def samples() -> FilterSamples:
    boxes, truth, _ = make_pages(2)
    samples = filter_samples(boxes, truth, ["100", "brsk"])
    few = ["prob", "overlap", "near1_distance_by_page_width", "box_score"]
    return replace(samples, features=samples.features[few])


def search(path: Path, samples: FilterSamples, trials: int) -> optuna.Study:
    study = open_study(path, MADE_FROM)
    for _ in range(finished_trials(study), trials):
        run_trial(study, samples)
    return study


@pytest.fixture(scope="module")
def file_of_whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole") / "study.sqlite"


@pytest.fixture(scope="module")
def whole(samples: FilterSamples, file_of_whole: Path) -> optuna.Study:
    """A search of 11 trials that nothing interrupted."""
    return search(file_of_whole, samples, 11)


def outcomes(study: optuna.Study) -> list[tuple]:
    finished = study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))
    return [(trial.params, trial.value, trial.state) for trial in finished]


def test_a_search_that_was_interrupted_goes_on_as_if_it_had_not_been(samples, whole, tmp_path):
    path = tmp_path / "study.sqlite"
    search(path, samples, 3)
    calls = []

    def stop_before_the_third_fold() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        run_trial(open_study(path, MADE_FROM), samples, before_fold=stop_before_the_third_fold)
    study = open_study(path, MADE_FROM)
    assert finished_trials(study) == 3 and study.trials[3].state == TrialState.FAIL
    assert outcomes(search(path, samples, 11)) == outcomes(whole)


def test_each_trial_draws_settings_of_its_own(whole):
    assert len({trial.params["lambda_l1"] for trial in whole.trials}) == len(whole.trials) == 11


def test_a_trial_is_worth_the_log_loss_of_its_cross_validation(samples, whole):
    trial = whole.trials[0]
    probabilities = np.empty(len(samples.targets))
    for fold in train_folds(samples.features, samples.targets, BoosterSettings(**trial.params)):
        probabilities[fold.rows] = fold.probabilities
    assert trial.value == pytest.approx(log_loss(samples.targets, probabilities), rel=1e-12)
    assert sorted(trial.intermediate_values) == [0, 1, 2, 3, 4]


def test_a_trial_worse_than_the_median_of_ten_is_cut_short(samples, whole, tmp_path):
    study = open_study(tmp_path / "study.sqlite", MADE_FROM)
    earlier = whole.trials[0]
    perfect = dict.fromkeys(range(5), 0.0)
    for _ in range(10):
        study.add_trial(
            optuna.trial.create_trial(
                params=earlier.params, distributions=earlier.distributions, value=0.0, intermediate_values=perfect
            )
        )
    folds = []
    run_trial(study, samples, before_fold=lambda: folds.append(1))
    assert study.trials[10].state == TrialState.PRUNED and len(folds) == 1
    assert finished_trials(study) == 11


def test_settings_stay_within_their_ranges():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    drawn = [suggest_settings(study.ask()).to_plain() for _ in range(300)]
    ranges = {"lambda_l1": (1e-8, 10), "lambda_l2": (1e-8, 10), "num_leaves": (2, 256), "feature_fraction": (0.4, 1),
              "bagging_fraction": (0.4, 1), "bagging_freq": (1, 7), "min_child_samples": (5, 100)}  # fmt: skip
    assert set(drawn[0]) == set(ranges)
    for name, (low, high) in ranges.items():
        values = np.array([each[name] for each in drawn])
        assert low <= values.min() and values.max() <= high
        if name.startswith("lambda"):
            values, low, high = np.log(values), np.log(low), np.log(high)
        assert abs(values.mean() - (low + high) / 2) < (high - low) / 10  # all of the range is used


def test_the_best_settings_are_written_and_read_back(whole, tmp_path):
    path = tmp_path / "params.yaml"
    assert not is_searched_from(path, MADE_FROM)
    write_settings(path, whole)
    best = min((trial for trial in whole.trials if trial.state == TrialState.COMPLETE), key=lambda trial: trial.value)
    assert read_settings(path).to_plain() == best.params
    about = yaml.safe_load(path.read_text())
    assert (about["log_loss"], about["trials"]) == (best.value, 11)
    assert is_searched_from(path, MADE_FROM)
    with pytest.raises(UserError, match="seed was 0, now 1"):
        is_searched_from(path, {**MADE_FROM, "seed": 1})


def test_a_study_of_something_else_is_refused_or_started_over(samples, tmp_path):
    search(tmp_path / "study.sqlite", samples, 1)
    other = {**MADE_FROM, "boxes": "def"}
    with pytest.raises(UserError, match='boxes was "abc", now "def".*force'):
        open_study(tmp_path / "study.sqlite", other)
    assert finished_trials(open_study(tmp_path / "study.sqlite", other, start_over=True)) == 0
    assert finished_trials(open_study(tmp_path / "study.sqlite", other)) == 0


def test_a_file_that_is_no_study_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("not a database" * 100)
    with pytest.raises(UserError, match=r"notes\.txt: expected a study"):
        open_study(tmp_path / "notes.txt", MADE_FROM)


def test_a_study_is_an_sqlite_file(samples, tmp_path):
    search(tmp_path / "new" / "study.sqlite", samples, 1)
    assert sqlite3.connect(tmp_path / "new" / "study.sqlite").execute("SELECT count(*) FROM trials").fetchone() == (1,)


def test_settings_may_be_written_by_hand(tmp_path):
    (tmp_path / "params.yaml").write_text("settings: {num_leaves: 12, lambda_l2: 1}\n")
    assert read_settings(tmp_path / "params.yaml") == BoosterSettings(num_leaves=12, lambda_l2=1)


@pytest.mark.parametrize("number", ["1e-8", "1E-08", "+.1e-7", "1.e-8", "0.00000001"])
def test_numbers_may_be_written_as_people_write_them(tmp_path, number):
    (tmp_path / "params.yaml").write_text(f"settings: {{lambda_l1: {number}, num_leaves: 12}}\n")
    assert read_settings(tmp_path / "params.yaml") == BoosterSettings(num_leaves=12, lambda_l1=float(number))


@pytest.mark.parametrize(
    ("written", "said"),
    [("1:30", "to be a number, found 1:30"), ("1_000", "found 1_000"), (".inf", "found inf"), (".nan", "found nan"),
     ("no", "found False"), ("2020-01-01", "found 2020-01-01"), ("1, lambda_l1: 2", "'lambda_l1' twice")],
)  # fmt: skip
def test_what_yaml_could_take_for_another_number_is_told(tmp_path, written, said):
    (tmp_path / "params.yaml").write_text(f"settings: {{lambda_l1: {written}}}\n")
    with pytest.raises(UserError, match=said):
        read_settings(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_text("settings: {lambda_l1: 017, num_leaves: 0o17}\n")
    assert read_settings(tmp_path / "params.yaml") == BoosterSettings(lambda_l1=17, num_leaves=15)


def test_a_study_that_another_process_writes_is_waited_for_then_told(tmp_path, monkeypatch):
    study = tmp_path / "study.sqlite"
    open_study(study, MADE_FROM)
    with closing(sqlite3.connect(study)) as other:
        other.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr(filter_search, "PATIENCE", 0.1)
        with pytest.raises(UserError, match=r"study\.sqlite: database is locked; another process may hold it"):
            open_study(study, MADE_FROM)
        monkeypatch.undo()
        other.rollback()
    assert finished_trials(open_study(study, MADE_FROM)) == 0


def test_a_study_is_searched_by_one_process_at_a_time(tmp_path, monkeypatch):
    study = tmp_path / "study.sqlite"
    with held_study(study):
        with (
            pytest.raises(UserError, match=r"study\.sqlite is being searched by process \d+ on .*; wait"),
            held_study(study),
        ):
            pass
        monkeypatch.setattr(filter_search, "PATIENCE", 0.1)
        opened = open_study(study, MADE_FROM)
    with (
        pytest.raises(UserError, match=r"study\.sqlite: database is locked; run the same command again"),
        held_study(study),
        closing(sqlite3.connect(study)) as other,
    ):
        other.execute("BEGIN EXCLUSIVE")
        opened.ask()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1, 2]", "expected numbers under `settings:`"),
        ("settings: 3", "expected numbers under `settings:`"),
        ("settings: {leaves: 3}", "unknown settings leaves"),
        ("settings: {num_leaves: 3.5}", "expected num_leaves to be a whole number, found 3.5"),
        ("settings: {lambda_l1: yes}", "expected lambda_l1 to be a number, found True"),
        ("settings: {num_leaves: 1}", "expected num_leaves from 2 to 131,072, found 1"),
        ("settings: {feature_fraction: 0}", "expected feature_fraction from 1e-06 to 1, found 0"),
        (f"settings: {{lambda_l1: {10**400}}}", "expected lambda_l1 from 0 to 2,147,483,647, found 1000"),
        ("settings: {", "expected settings in YAML"),
    ],
)
def test_settings_that_are_wrong_are_refused(tmp_path, text, reason):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UserError, match=reason):
        read_settings(tmp_path / "params.yaml")
    with pytest.raises(UserError, match="no such settings"):
        read_settings(tmp_path / "none.yaml")


FORGED = {
    "no JSON": "update study_user_attributes set value_json = '{'",
    "nested": f"update study_user_attributes set value_json = '{'[' * 100_000}'",
    "state": "update trials set state = 'DONE'",
    "distribution": """update trial_params set distribution_json = '{"name": "os.system", "attributes": {}}'""",
    "range": "update trial_params set distribution_json = replace(distribution_json, '10.0', '1e300')",
    "no parameters": "delete from trial_params",
    "direction": "update study_directions set direction = 'UP'",
    "another version": "update alembic_version set version_num = 'x'",
    "trigger": "create trigger t after insert on trials begin delete from trials; end",
    "endless view": "create view v as with recursive c(x) as (select 1 union all select x + 1 from c) select x from c",
}


@pytest.mark.parametrize("statement", FORGED.values(), ids=FORGED)
@pytest.mark.usefixtures("whole")
def test_a_forged_study_is_one_line(file_of_whole, tmp_path, statement):
    path = tmp_path / "study.sqlite"
    with closing(sqlite3.connect(file_of_whole)) as database:
        database.execute("vacuum into ?", [str(path)])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
    with pytest.raises(UserError, match="expected a study|a study of another version"):
        open_study(path, MADE_FROM)
