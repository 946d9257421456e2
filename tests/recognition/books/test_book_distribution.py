import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import entropy

from mojika.recognition.books.book_distribution import certainty, estimate_shares, likeliest_priors, recommend_books

TRAINING_PRIORS = np.array([0.7, 0.2, 0.1])
PAGE_PRIORS = np.array([0.1, 0.2, 0.7])


def calibrated(count: int, seed: int) -> np.ndarray:
    """What Bayes' rule says of `count` pages, where each book is a normal density over one feature.

    The pages come from the books by PAGE_PRIORS; the classifier knows the densities and believes TRAINING_PRIORS.
    """
    generator = np.random.default_rng(seed)
    means = np.array([0.0, 1.2, 2.4])
    feature = generator.normal(means[generator.choice(3, count, p=PAGE_PRIORS)], 1)
    joint = np.exp(-0.5 * (feature[:, None] - means) ** 2) * TRAINING_PRIORS
    return (joint / joint.sum(1, keepdims=True)).astype(np.float32)


def test_priors_that_differ_from_those_of_training_are_recovered_where_counts_and_means_fail():
    shares = estimate_shares(calibrated(20_000, seed=1), np.array([700, 200, 100]))
    np.testing.assert_allclose(shares.by_likelihood, PAGE_PRIORS, atol=0.03)
    for biased in (shares.by_mean, shares.by_best):
        assert np.abs(biased - PAGE_PRIORS).max() > 0.15


def test_known_confusions_are_undone():
    """Three answers only, each as often as the book's row says: the counts are confused, the likelihood knows how."""
    confusion = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.2, 0.7]])  # book → what is seen of it
    posterior = (confusion * TRAINING_PRIORS[:, None]).T
    posterior /= posterior.sum(1, keepdims=True)
    seen = np.round(PAGE_PRIORS @ confusion * 1000).astype(int)
    shares = estimate_shares(np.repeat(posterior, seen, axis=0), 1000 * TRAINING_PRIORS)
    np.testing.assert_allclose(shares.by_likelihood, PAGE_PRIORS, atol=1e-3)


def test_two_answers_by_hand():
    """Equal priors; five pages of 0.75 / 0.25 and three of 0.25 / 0.75, so that 0.5 · q + 0.25 = 5/8 and q = 3/4."""
    probabilities = np.array([[0.75, 0.25]] * 5 + [[0.25, 0.75]] * 3)
    shares = estimate_shares(probabilities, np.array([9, 9]))
    np.testing.assert_allclose(shares.by_likelihood, [0.75, 0.25], atol=1e-6)
    np.testing.assert_allclose(shares.by_mean, [(5 * 0.75 + 3 * 0.25) / 8, (5 * 0.25 + 3 * 0.75) / 8])
    np.testing.assert_allclose(shares.by_best, [5 / 8, 3 / 8])


def test_the_likelihood_has_its_maximum_where_a_general_optimiser_finds_it():
    probabilities = calibrated(300, seed=2).astype(np.float64)
    likelihoods = probabilities / TRAINING_PRIORS
    found = minimize(
        lambda q: -np.log(likelihoods @ q).sum(),
        np.full(3, 1 / 3),
        method="SLSQP",
        bounds=[(0, 1)] * 3,
        constraints={"type": "eq", "fun": lambda q: q.sum() - 1},
        options={"ftol": 1e-12},
    )
    np.testing.assert_allclose(likeliest_priors(probabilities, TRAINING_PRIORS), found.x, atol=1e-3)


@given(st.integers(2, 6), st.integers(1, 40), st.integers(0, 1000))
def test_every_estimate_is_a_distribution(books, pages, seed):
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.full(books, 0.3), pages).astype(np.float32)
    shares = estimate_shares(probabilities, generator.integers(1, 500, books))
    for estimate in (shares.by_best, shares.by_mean, shares.by_likelihood):
        assert estimate.shape == (books,) and (estimate >= 0).all()
        assert estimate.sum() == pytest.approx(1, abs=1e-5)


def test_a_book_that_was_never_learnt_is_refused():
    with pytest.raises(ValueError, match="no likelihood"):
        likeliest_priors(np.full((3, 2), 0.5), np.array([1.0, 0.0]))


def test_certainty_is_told_in_three_numbers():
    probabilities = np.array([[1.0, 0.0, 0.0], [0.4, 0.3, 0.3], [0.5, 0.25, 0.25], [0.2, 0.6, 0.2]])
    found = certainty(probabilities)
    assert found.mean_best == pytest.approx((1 + 0.4 + 0.5 + 0.6) / 4)
    assert found.mean_entropy == pytest.approx(np.mean([entropy(row) for row in probabilities]))
    assert found.unlike == 0.25


def recommended(shares: list[float], pages: list[int], **options):
    return recommend_books("abcdefgh"[: len(shares)], np.array(shares), np.array(pages), **options)


def test_the_fewest_books_that_cover_the_pages_the_likeliest_first():
    found = recommended([0.1, 0.5, 0.02, 0.33, 0.05], [10, 10, 10, 10, 160])
    assert found.hold_out == ("b", "d") and found.covered == pytest.approx(0.83) and not found.kept_back
    assert recommended([0.1, 0.5, 0.02, 0.33, 0.05], [10, 10, 10, 10, 160], cover=0.9).hold_out == ("b", "d", "a")
    assert recommended([0.25] * 4, [10] * 4, cover=0.25).hold_out == ("a",)


def test_a_book_with_too_many_of_the_labelled_pages_is_named_and_not_recommended():
    found = recommended([0.6, 0.25, 0.15], [60, 20, 120])
    assert found.hold_out == ("b",) and found.covered == pytest.approx(0.25)
    assert found.kept_back == {"a": "it has 30% of the labelled pages"}


def test_books_that_only_together_take_too_much_from_training_are_kept_back():
    found = recommended([0.4, 0.3, 0.2, 0.1], [20, 10, 5, 65], cover=0.9)
    assert found.hold_out == ("a", "c")
    assert found.kept_back == {"b": "it has 10% of the labelled pages, 30% with those before it"}
    assert recommended([0.4, 0.3, 0.2, 0.1], [20, 10, 5, 65], cover=0.9, at_most=0.5).hold_out == ("a", "b", "c")


def test_no_book_without_pages_is_recommended():
    assert recommended([1.0, 0.0, 0.0], [10, 10, 80], cover=1.0).hold_out == ("a",)
