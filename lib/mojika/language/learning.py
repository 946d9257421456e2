"""A language model from texts, and how well it foresees others."""

from collections.abc import Iterable, Sequence

import numpy as np

from mojika.language.counts import count_ngrams
from mojika.language.kneser_ney import smoothed
from mojika.language.model import LanguageModel
from mojika.language.texts import Text

ALPHABET = 2**13  # characters that may occur, those that no text has included
LEAST = (1, 1, 2)


def learn(texts: Iterable[Text], order: int, least: Sequence[int] = LEAST) -> LanguageModel:
    """The model of n-grams of up to `order` characters, without those that `least` is too much for, see `smoothed`.

    Raises `ValueError` where there is no text.
    """
    runs = [run for text in texts for run in text.runs if run]
    characters = "".join(sorted(set().union(*runs)))
    if not characters:
        raise ValueError("expected texts, found none")
    tokens = {character: token for token, character in enumerate(characters, 1)}
    encoded = [np.array([tokens[character] for character in run], np.int64) for run in runs]
    levels, unseen = smoothed(count_ngrams(encoded, order), max(ALPHABET, len(characters)), least)
    return LanguageModel.of_levels(characters, levels, unseen)


def perplexity(model: LanguageModel, text: Text) -> float:
    """The exponential of the mean negative logarithm of the probability of each character of the text; a character that
    the model does not know counts as one of the many that it does not know. NaN without text."""
    logarithms = model.log_probabilities([model.encoded(run) for run in text.runs if run])
    return float(np.exp(-np.concatenate(logarithms).mean())) if logarithms else float("nan")
