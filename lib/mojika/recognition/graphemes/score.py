"""The score of bengaliai-cv19 for labels of images, also separately for graphemes seen and unseen in training."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch

from mojika.data.class_list import named
from mojika.data.grapheme_labels import HEADS, read_grapheme_labels, read_label_triples
from mojika.errors import UserError
from mojika.files.urls import Place
from mojika.training.metrics import Counted, count, measure

SHORT = {"grapheme_root": "root", "vowel_diacritic": "vowel", "consonant_diacritic": "consonant"}


def score_graphemes(
    truth: Mapping[str, np.ndarray], predicted: Mapping[str, np.ndarray], seen: np.ndarray | None = None
) -> dict[str, float]:
    """`samples`, `score`, `recall_root`, `recall_vowel` and `recall_consonant` of labels `(N,)` by head.

    A recall is the mean over the classes that are true or predicted at least once (`union_recall`), the score
    (2 · root + vowel + consonant) / 4. With `seen (N,) bool` the same follows for the seen and the unseen samples
    apart, as `…_seen` and `…_unseen`, NaN where there are none.
    """
    everything = np.ones(len(truth[HEADS[0]]), bool)
    parts = {"": everything} if seen is None else {"": everything, "_seen": seen, "_unseen": ~seen}
    result: dict[str, float] = {}
    for part, rows in parts.items():
        measured = measure({head: _count(truth[head][rows], predicted[head][rows]) for head in HEADS})
        result[f"samples{part}"] = int(rows.sum())
        result[f"score{part}"] = measured["score"]
        result |= {f"recall_{SHORT[head]}{part}": measured[f"union_recall_{head}"] for head in HEADS}
    return result


def read_truth(path: Place, image_ids: Sequence[str]) -> dict[str, np.ndarray]:
    """The true labels of these images, by head; raises `UserError` unless the file labels each of them once."""
    labels = read_grapheme_labels(path)
    twice = labels["image_id"][labels["image_id"].duplicated()].unique()
    if len(twice):
        raise UserError(f"{path}: expected each image once, found {named(twice)} again")
    labels = labels.set_index("image_id")
    missing = pd.Index(image_ids).difference(labels.index, sort=False)
    if len(missing):
        raise UserError(f"{path}: {len(missing):,} images of the shards have no label: {named(missing)}")
    labels = labels.loc[list(image_ids)]
    return {head: labels[head].to_numpy(object) for head in HEADS}


def seen_in_training(truth: Mapping[str, np.ndarray], train_labels: Sequence[Place]) -> np.ndarray:
    """Whether a sample's combination of labels occurs in one of the label files or split lists, `(N,) bool`."""
    triples = [read_label_triples(path) for path in train_labels]
    own = pd.MultiIndex.from_arrays([truth[head] for head in HEADS])
    return np.logical_or.reduce([own.isin(known) for known in triples])


def _count(truth: np.ndarray, predicted: np.ndarray) -> Counted:
    codes, labels = pd.factorize(np.concatenate([truth, predicted]))
    true, read = np.split(codes, [len(truth)])
    return count(torch.from_numpy(true), torch.from_numpy(read), len(labels))
