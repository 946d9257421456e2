"""Images of one Bengali grapheme each, read by classifiers of its root and its two diacritics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mojika.data.class_list import ClassList
from mojika.data.grapheme_labels import HEADS
from mojika.reader.page_reader import CANDIDATES, tidy
from mojika.reading.page import Block, Candidate, Character, Column, Page
from mojika.recognition.graphemes.canvas import on_canvas
from mojika.recognition.graphemes.inference import prepare
from mojika.recognition.graphemes.probability_means import mean_log_probabilities
from mojika.samples.graphemes.components import compose_parts
from mojika.training.model_file import ReadingModel


@dataclass(frozen=True, eq=False)
class GraphemeReader:
    """`models` have the three heads and know the form of their packs; `mean` is that of their probabilities."""

    models: Sequence[ReadingModel]
    mean: str
    made_by: Mapping[str, Any]

    def read(self, pixels: np.ndarray) -> Page:
        """A page with one character, as large as the image `(H, W, 3) uint8`, ink dark: the likeliest graphemes as
        text, labelled by the numbers of root, vowel and consonant."""
        height, width = pixels.shape[:2]
        candidates = self._candidates(self._probabilities(on_canvas(pixels)))
        character = Character((0, 0, width, height), 1.0, candidates)
        return Page("page", "", width, height, (Block((Column((character,)),)),), made_by=dict(self.made_by))

    @torch.inference_mode()
    def _probabilities(self, canvas: np.ndarray) -> list[np.ndarray]:
        """Of each of `HEADS`, `(classes,) float32`."""
        logs: dict[str, list[torch.Tensor]] = {head: [] for head in HEADS}
        for model in self.models:
            logits = model.logits(prepare(canvas[None], model.spec))
            for head, scores in zip(model.classes, logits, strict=True):
                logs[head].append(scores.log_softmax(1))
        means = [mean_log_probabilities(torch.stack(logs[head]), self.mean) for head in HEADS]
        return [mean.exp()[0].cpu().numpy() for mean in means]

    def _candidates(self, probabilities: Sequence[np.ndarray]) -> tuple[Candidate, ...]:
        """The likeliest combinations of the three parts, which are read independently of each other."""
        classes = self.models[0].classes
        together = np.einsum("r,v,c->rvc", *probabilities)
        best = np.argsort(-together, axis=None, kind="stable")[:CANDIDATES]
        places = np.stack(np.unravel_index(best, together.shape), axis=1).tolist()
        probs = tidy(together.reshape(-1)[best], 6)
        return tuple(_candidate(classes, place, prob) for place, prob in zip(places, probs, strict=True))


def _candidate(classes: Mapping[str, ClassList], places: Sequence[int], prob: float) -> Candidate:
    of_heads = [(classes[head], place) for head, place in zip(HEADS, places, strict=True)]
    labels = (own.labels[place] for own, place in of_heads)
    return Candidate("-".join(labels), compose_parts(*(own.chars[place] for own, place in of_heads)), prob)
