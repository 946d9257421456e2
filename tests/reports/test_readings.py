"""Mistakes and certainty of a classifier, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, recall_score

from mojika.data.class_list import ClassList
from mojika.reports.readings import (
    Readings,
    by_frequency,
    calibration_error,
    confusions,
    reliability,
    worst_classes,
)

CLASSES = ClassList(tuple("abcdefgh"), (3, 5000, 40, 9, 10, 99, 100, 0))


@pytest.fixture(scope="module")
def readings() -> Readings:
    generator = np.random.default_rng(0)
    truth = generator.integers(-1, 7, 500)  # of some samples the model has no class, and of the last class no sample
    read = np.where(generator.random(500) < 0.6, np.maximum(truth, 0), generator.integers(0, 8, 500))
    return Readings("label", CLASSES, truth, read, generator.uniform(0.1, 1, 500))


def test_confusions_are_those_of_scikit_learn(readings):
    expected = confusion_matrix(readings.truth[readings.known], readings.read[readings.known], labels=range(8))
    table = confusions(readings)
    found = np.zeros((8, 8), np.int64)
    found[table["truth_class"], table["read_class"]] = table["count"]
    np.testing.assert_array_equal(found, expected * (1 - np.eye(8, dtype=np.int64)))
    assert table["count"].is_monotonic_decreasing
    assert table["support"].tolist() == expected.sum(1)[table["truth_class"]].tolist()
    classes, counts = worst_classes(readings, 10)
    np.testing.assert_array_equal(counts, expected[np.ix_(classes, classes)])
    wrong = expected - np.diag(np.diag(expected))
    mistakes = wrong.sum(0) + wrong.sum(1)
    classes, counts = worst_classes(readings, 3)
    assert set(mistakes[classes]) == set(np.sort(mistakes)[-3:]) and (np.diff(classes) > 0).all()
    np.testing.assert_array_equal(counts, expected[np.ix_(classes, classes)])


def test_reliability_is_that_of_scikit_learn(readings):
    table = reliability(readings.probability, readings.right, 10)
    accuracy, probability = calibration_curve(readings.right, readings.probability, n_bins=10)
    filled = table[table["samples"] > 0]
    np.testing.assert_allclose(filled["accuracy"], accuracy)
    np.testing.assert_allclose(filled["probability"], probability)
    assert table["samples"].sum() == 500 and len(table) == 10


def test_calibration_error_by_hand():
    """Two samples at 0.9 of which one is right, and one at 0.3 that is right: (2 · 0.4 + 1 · 0.7) / 3."""
    table = reliability(np.array([0.9, 0.9, 0.3]), np.array([True, False, True]))
    assert calibration_error(table) == pytest.approx(0.5)
    assert np.isnan(calibration_error(table[:0]))
    edges = reliability(np.array([0.0, 1.0]), np.array([False, True]))
    assert edges["samples"].iloc[[0, -1]].tolist() == [1, 1] and calibration_error(edges) == 0


def test_classes_are_set_apart_by_their_training_samples(readings):
    table = by_frequency(readings).set_index("training_samples")
    assert table.index.tolist() == ["fewer than 10", "10–99", "100–999", "1,000 and more"]
    assert table["classes"].tolist() == [2, 3, 1, 1] and table["samples"].sum() == len(readings.known)
    rows = np.isin(readings.truth, [2, 4, 5])
    expected = recall_score(readings.truth[rows], readings.read[rows], labels=[2, 4, 5], average="macro")
    assert table.loc["10–99", "macro_recall"] == pytest.approx(expected)
    assert table.loc["10–99", "accuracy"] == pytest.approx(readings.right[rows].mean())


def test_without_a_mistake_there_are_no_confusions():
    perfect = Readings("label", CLASSES, np.arange(7), np.arange(7), np.ones(7))
    assert len(confusions(perfect)) == 0
    assert [len(worst_classes(perfect, most)[0]) for most in (3, 7)] == [0, 7]
