import json

import lightgbm
import numpy as np
import pandas as pd
import pytest
from filter_pages import make_pages

from mojika.boxes.filter_features import page_features
from mojika.boxes.filter_model import FILTER, Filter, read_filter, write_filter
from mojika.boxes.filter_samples import FilterSamples, filter_samples
from mojika.boxes.filter_training import (
    PATIENCE,
    BoosterSettings,
    cross_validation_report,
    train_filter,
    train_folds,
)
from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import ClassList
from mojika.errors import UserError

QUICK = BoosterSettings(num_leaves=7, bagging_fraction=0.8, bagging_freq=1, feature_fraction=0.7)
MADE_FROM = {"stage": "filter-train", "boxes": "abc"}


@pytest.fixture(scope="module")
def samples() -> FilterSamples:
    boxes, truth, _ = make_pages()
    return filter_samples(boxes, truth, ["100", "brsk"])


def train(samples: FilterSamples, settings: BoosterSettings = QUICK, **made_from: str) -> Filter:
    folds = train_folds(samples.features, samples.targets, settings)
    return train_filter(folds, samples, {**MADE_FROM, **made_from})


@pytest.fixture(scope="module")
def trained(samples: FilterSamples) -> Filter:
    return train(samples)


def test_false_boxes_of_unseen_pages_are_told_from_true_ones(trained):
    boxes, _, is_true = make_pages(seed=1)
    kept = trained.probabilities(boxes) >= 0.5
    assert kept[is_true].mean() > 0.97
    assert kept[~is_true].mean() < 0.1


@pytest.mark.parametrize("rounds", [200, 20])
def test_boosters_of_2019_end_together_fifty_rounds_after_the_best_mean_of_the_folds(samples, rounds):
    """Against each fold's own curve of log-losses, from boosters that nothing stops."""
    settings = BoosterSettings(max_depth=3, rounds=rounds, num_leaves=5)
    folds = list(train_folds(samples.features, samples.targets, settings, stop_by="2019", seed=7))
    whole = lightgbm.Dataset(samples.features.to_numpy(), samples.targets.astype(float)).construct()
    told = {"objective": "binary", "verbosity": -1, "seed": 7, "deterministic": True, "force_row_wise": True}
    curves = []
    for fold in folds:
        others = np.setdiff1d(np.arange(len(samples.targets)), fold.rows)
        curve, held_out = {}, whole.subset(fold.rows)
        lightgbm.train(
            {**told, "num_leaves": 5, "max_depth": 3, "num_threads": 1},
            whole.subset(others),
            rounds,
            valid_sets=[held_out],
            callbacks=[lightgbm.record_evaluation(curve)],
        )
        curves.append(curve["valid_0"]["binary_logloss"])
    best = int(np.argmin(np.mean(curves, 0))) + 1
    assert {fold.booster.num_trees() for fold in folds} == {min(rounds, best + 50)}
    assert {fold.booster.best_iteration for fold in folds} == {-1}
    for fold, curve in zip(folds, curves, strict=True):
        said, true = fold.probabilities, samples.targets[fold.rows]
        log_loss = -np.log(np.where(true, said, 1 - said)).mean()
        assert log_loss == pytest.approx(curve[min(rounds, best + 50) - 1])


def test_depth_and_rounds_have_limits(samples):
    shallow = train(samples, BoosterSettings(max_depth=2, rounds=9))
    trees = [booster.trees_to_dataframe() for booster in shallow.boosters]
    assert max(table["node_depth"].max() for table in trees) == 3  # a root counts one, and two splits below each other
    assert all(booster.num_trees() <= 9 for booster in shallow.boosters)


def test_a_probability_is_the_mean_of_five_boosters(trained):
    boxes, _, _ = make_pages(2, seed=1)
    votes = [booster.predict(page_features(boxes)) for booster in trained.boosters]
    assert len(votes) == 5 and len({vote.tobytes() for vote in votes}) == 5
    found = trained.probabilities(boxes)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.mean(votes, axis=0), rtol=1e-6)


def test_each_box_is_held_out_once_with_equal_shares_of_true_boxes(samples):
    folds = list(train_folds(samples.features, samples.targets, QUICK))
    rows = np.concatenate([fold.rows for fold in folds])
    assert sorted(rows) == list(range(len(samples.targets)))
    shares = [samples.targets[fold.rows].mean() for fold in folds]
    np.testing.assert_allclose(shares, samples.targets.mean(), atol=0.02)


def test_a_booster_ends_at_the_round_with_the_lowest_loss_on_its_own_fold(samples):
    wrong = np.random.default_rng(0).random(len(samples.targets)) < 0.15
    targets = samples.targets ^ wrong
    fold = next(train_folds(samples.features, targets, QUICK))
    held_out, truth = samples.features.iloc[fold.rows], targets[fold.rows]
    rounds = range(1, fold.booster.num_trees() + 1)
    losses = [log_loss(truth, fold.booster.predict(held_out, num_iteration=number)) for number in rounds]
    assert 1 < len(losses) < PATIENCE and np.argmin(losses) == len(losses) - 1


def log_loss(truth: np.ndarray, probabilities: np.ndarray) -> float:
    return float(-np.log(np.where(truth, probabilities, 1 - probabilities)).mean())


def test_settings_reach_the_boosters(samples):
    settings = BoosterSettings(0.25, 0.5, 3, 0.625, 0.75, 2, 15)
    booster = next(train_folds(samples.features, samples.targets, settings, seed=7)).booster
    told = ["lambda_l1: 0.25", "lambda_l2: 0.5", "num_leaves: 3", "feature_fraction: 0.625", "bagging_fraction: 0.75",
            "bagging_freq: 2", "min_data_in_leaf: 15", "seed: 7", "objective: binary"]  # fmt: skip
    assert set(told) <= {line.strip("[]") for line in booster.model_to_string().splitlines()}
    assert max(tree["num_leaves"] for tree in booster.dump_model()["tree_info"]) == 3


def test_training_again_gives_the_same_files(samples, trained, tmp_path):
    write_filter(tmp_path / "a", trained)
    write_filter(tmp_path / "b", train(samples))
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [*(f"booster_{number}.txt" for number in range(5)), "meta.json"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_filter_read_back_says_the_same(trained, tmp_path):
    write_filter(tmp_path / "filter", trained)
    read = read_filter(tmp_path / "filter")
    boxes, _, _ = make_pages(2, seed=1)
    np.testing.assert_array_equal(read.probabilities(boxes), trained.probabilities(boxes))
    assert (read.made_from, read.report, read.fingerprint) == (MADE_FROM, trained.report, trained.fingerprint)
    assert isinstance(lightgbm.Booster(model_file=tmp_path / "filter" / "booster_4.txt"), lightgbm.Booster)


def test_pages_without_boxes_have_no_probabilities(trained):
    boxes, _, _ = make_pages(2)
    assert trained.probabilities(boxes.with_boxes(boxes.boxes[:0])).shape == (0,)


def test_the_report_counts_by_hand():
    probabilities = np.array([0.9, 0.5, 0.4, 0.8, 0.1])
    report = cross_validation_report(probabilities, np.array([True, True, True, False, False]), truth=4)
    assert report["log_loss"] == pytest.approx(-np.log([0.9, 0.5, 0.4, 0.2, 0.9]).mean())
    assert report["auc"] == pytest.approx(4 / 6)  # of the pairs of a true and a false box, those in the right order
    counts = ["truth", "true_positives", "false_positives", "kept_true_positives", "kept_false_positives"]
    assert [report[name] for name in counts] == [4, 3, 2, 2, 1]
    assert (report["f1_before"], report["f1_after"]) == pytest.approx((2 * 3 / (5 + 4), 2 * 2 / (3 + 4)))


def test_too_few_false_boxes_are_refused(samples):
    targets = np.ones(len(samples.targets), bool)
    targets[:4] = False
    with pytest.raises(UserError, match=r"at least 5 true and 5 false boxes, found 380 and 4; choose more books"):
        next(train_folds(samples.features, targets, QUICK))


def test_boxes_of_another_class_list_are_refused(trained):
    boxes, _, _ = make_pages(2)
    classes = ClassList((*boxes.class_list.labels, "U+5B58"), (*boxes.class_list.counts, 1))
    other = PageBoxes(boxes.pages, boxes.boxes, classes, {})
    with pytest.raises(UserError, match=f"{classes.digest[:12]}.*{boxes.class_list.digest[:12]}"):
        trained.probabilities(other)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"schema": 2}, "expected a filter of schema 1, found filter schema 2"),
        ({"kind": "pack"}, "found pack schema 1"),
        ({"features": lambda names: names[1:]}, "missing prob"),
        ({"features": lambda names: [*names, "age"]}, "additional age"),
        ({"features": lambda names: names[::-1]}, "another order"),
    ],
)
def test_a_filter_of_another_kind_is_refused(trained, tmp_path, change, reason):
    write_filter(tmp_path / "filter", trained)
    meta = tmp_path / "filter" / "meta.json"
    about = json.loads(meta.read_text())
    about |= {key: value(about[key]) if callable(value) else value for key, value in change.items()}
    meta.write_text(json.dumps(about))
    with pytest.raises(UserError, match=reason):
        read_filter(tmp_path / "filter")


def test_broken_filters_are_refused(trained, tmp_path):
    with pytest.raises(UserError, match=r"found no meta\.json"):
        read_filter(tmp_path)
    write_filter(tmp_path / "filter", trained)
    booster = tmp_path / "filter" / "booster_3.txt"
    booster.write_text("tree\n")
    with pytest.raises(UserError, match=r"booster_3\.txt: expected a booster, found a broken file"):
        read_filter(tmp_path / "filter")
    others = lightgbm.train({"verbosity": -1}, lightgbm.Dataset(pd.DataFrame({"a": range(50)}), np.arange(50)), 1)
    booster.write_text(others.model_to_string())
    with pytest.raises(UserError, match=r"booster_3\.txt: a booster of other features"):
        read_filter(tmp_path / "filter")
    booster.unlink()
    with pytest.raises(UserError, match=r"booster_3\.txt: expected a booster, found none"):
        read_filter(tmp_path / "filter")


def test_another_filter_is_not_taken_for_the_one_in_question(trained, tmp_path):
    assert not FILTER.is_made_from(tmp_path / "filter", MADE_FROM)
    write_filter(tmp_path / "filter", trained)
    assert FILTER.is_made_from(tmp_path / "filter", MADE_FROM)
    with pytest.raises(UserError, match='boxes was "abc", now "def"'):
        FILTER.is_made_from(tmp_path / "filter", {**MADE_FROM, "boxes": "def"})
