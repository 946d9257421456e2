import numpy as np
import pytest

from mojika.recognition.graphemes.reweighting import prediction_counts, reweighted

# class 0 is predicted 4 times, class 1 once, class 2 twice, class 3 never: n = 4, 1, 2, 1
TABLE = np.array(
    [
        [0.60, 0.10, 0.25, 0.05],
        [0.50, 0.12, 0.20, 0.18],
        [0.40, 0.05, 0.35, 0.20],
        [0.90, 0.02, 0.04, 0.04],
        [0.20, 0.50, 0.20, 0.10],
        [0.30, 0.10, 0.40, 0.20],
        [0.05, 0.00, 0.90, 0.05],
    ],
    np.float32,
)


def test_predictions_are_counted_ties_for_the_first_class():
    assert prediction_counts(TABLE).tolist() == [4, 1, 2, 0]
    assert prediction_counts(np.array([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4]])).tolist() == [1, 1, 0]


def test_the_hand_computed_table():
    expected = [
        [0.1500, 0.10, 0.125, 0.05],
        [0.1250, 0.12, 0.100, 0.18],
        [0.1000, 0.05, 0.175, 0.20],
        [0.2250, 0.02, 0.020, 0.04],
        [0.0500, 0.50, 0.100, 0.10],
        [0.0750, 0.10, 0.200, 0.20],
        [0.0125, 0.00, 0.450, 0.05],
    ]
    found = reweighted(TABLE, 1)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.dtype == np.float32
    assert found.argmax(1).tolist() == [0, 3, 3, 0, 1, 2, 2]


def test_the_exponent_of_the_competition_raises_rare_classes_more():
    """4^1.2 = 5.278, 2^1.2 = 2.2974."""
    found = reweighted(TABLE, 1.2)
    assert found[0] == pytest.approx([0.6 / 5.2780316, 0.1, 0.25 / 2.2973967, 0.05], rel=1e-6)
    assert found.argmax(1).tolist() == [0, 3, 3, 0, 1, 3, 2]


def test_exponent_0_changes_nothing():
    np.testing.assert_array_equal(reweighted(TABLE, 0), TABLE)


def test_the_table_itself_stays(tmp_path):
    before = TABLE.copy()
    reweighted(TABLE, 2)
    np.testing.assert_array_equal(TABLE, before)


def test_rare_classes_gain_macro_recall():
    """A classifier that knows the classes' frequencies too well: dividing them out is what the measure rewards."""
    generator = np.random.default_rng(1)
    prior = np.array([0.7, 0.2, 0.1])
    truth = generator.choice(3, 20_000, p=prior)
    evidence = np.exp(generator.normal(size=(20_000, 3)) + 1.5 * np.eye(3)[truth])
    posterior = evidence**1.5 * prior
    posterior /= posterior.sum(1, keepdims=True)

    def recall(scores: np.ndarray) -> float:
        return np.mean([(scores.argmax(1)[truth == label] == label).mean() for label in range(3)])

    assert recall(reweighted(posterior, 1.0)) > recall(posterior) + 0.03
