"""Which books a set of unlabelled pages comes from, as told by a classifier that is not always right.

Counting its answers carries its errors into the counts, and its probabilities lean towards the books that had many
pages in training. Both can be undone, given what it was trained on, without a single label.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MAX_ITERATIONS = 10_000
_CLOSE_ENOUGH = 1e-9  # of all pages: what an iteration may still move between the books


@dataclass(frozen=True)
class BookShares:
    """Three estimates of the share of each book among the pages, each `(books,) float64` with the sum 1."""

    by_best: np.ndarray  # how often a book is the most probable one
    by_mean: np.ndarray  # the mean of the probabilities
    by_likelihood: np.ndarray  # the shares under which what the classifier says of the pages is most likely


@dataclass(frozen=True)
class Certainty:
    """How sure the classifier is of the pages; a page is `unlike` any book where no book has a probability of ½."""

    mean_best: float
    mean_entropy: float  # nats: 0 is sure, ln(books) knows nothing
    unlike: float  # share of the pages


@dataclass(frozen=True)
class Recommendation:
    """Books to validate on, the likeliest first, and those that had to stay in training, with the reason.

    `covered` is the share of the unlabelled pages that the books of `hold_out` represent.
    """

    hold_out: tuple[str, ...]
    covered: float
    kept_back: dict[str, str]


def estimate_shares(probabilities: np.ndarray, training_counts: np.ndarray) -> BookShares:
    """Shares of the books, from probabilities `(pages, books)` and the labelled pages of each book, all above 0."""
    pages, books = probabilities.shape
    return BookShares(
        by_best=np.bincount(probabilities.argmax(1), minlength=books) / pages,
        by_mean=probabilities.mean(0, dtype=np.float64),
        by_likelihood=likeliest_priors(probabilities, training_counts / training_counts.sum()),
    )


def likeliest_priors(probabilities: np.ndarray, training_priors: np.ndarray) -> np.ndarray:
    """Class priors `(classes,) float64` of unlabelled samples, by maximum likelihood.

    `probabilities` `(N, classes)` are a classifier's, trained where the classes had the shares `training_priors`, none
    of them 0. Divided by those they are likelihoods, and only the mixture's weights are unknown: each round of EM
    weighs the likelihoods with the priors so far and takes the mean. Calibrated probabilities are assumed. Saerens,
    Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities: a simple
    procedure", Neural Computation 14 (2002).
    """
    if not (training_priors > 0).all():
        raise ValueError("a class without training samples has no likelihood")
    likelihoods = probabilities.astype(np.float64) / training_priors
    priors = training_priors.astype(np.float64)
    for _ in range(MAX_ITERATIONS):
        weighted = likelihoods * priors
        new_priors = (weighted / weighted.sum(1, keepdims=True)).mean(0)
        moved = np.abs(new_priors - priors).sum()
        priors = new_priors
        if moved < _CLOSE_ENOUGH:
            break
    return priors


def certainty(probabilities: np.ndarray) -> Certainty:
    """Sureness over pages, from probabilities `(pages, books)`."""
    best = probabilities.max(1)
    logarithms = np.log(probabilities, out=np.zeros_like(probabilities), where=probabilities > 0)
    entropies = -(probabilities * logarithms).sum(1)
    return Certainty(float(best.mean()), float(entropies.mean()), float((best < 0.5).mean()))


def recommend_books(
    books: Sequence[str],
    shares: np.ndarray,
    labelled_pages: np.ndarray,
    *,
    cover: float = 0.8,
    at_most: float = 0.25,
) -> Recommendation:
    """The fewest books that represent `cover` of the unlabelled pages, as far as training can spare them.

    `shares` and `labelled_pages` are `(books,)`. Books are taken by falling share until those named, taken or not,
    reach `cover`. One that would bring the held-out pages above `at_most` of all labelled pages is kept back.
    """
    held_out: list[str] = []
    kept_back, named_share, held_share, held_pages = {}, 0.0, 0.0, 0
    all_pages = labelled_pages.sum()
    for index in np.argsort(-shares, kind="stable"):
        if named_share >= cover - _CLOSE_ENOUGH or shares[index] <= 0:
            break
        named_share += shares[index]
        own, together = labelled_pages[index] / all_pages, (held_pages + labelled_pages[index]) / all_pages
        if together > at_most:
            with_others = f", {together:.0%} with those before it" if held_out else ""
            kept_back[books[index]] = f"it has {own:.0%} of the labelled pages{with_others}"
            continue
        held_out.append(books[index])
        held_share += shares[index]
        held_pages += labelled_pages[index]
    return Recommendation(tuple(held_out), float(held_share), kept_back)
