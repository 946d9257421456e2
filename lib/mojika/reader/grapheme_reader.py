"""Images of one Bengali grapheme each, read by classifiers of its root and its two diacritics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mojika.data.grapheme_labels import HEADS
from mojika.reader.page_reader import CANDIDATES, tidy
from mojika.reading.page import Block, Candidate, Character, Column, Page
from mojika.recognition.graphemes.canvas import on_canvas
from mojika.recognition.graphemes.inference import prepare
from mojika.recognition.graphemes.probability_means import mean_log_probabilities
from mojika.recognition.predictions import likeliest, named_combination
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
    def _probabilities(self, canvas: np.ndarray) -> list[torch.Tensor]:
        """Of each of `HEADS`, `(1, classes) float32`."""
        logs: dict[str, list[torch.Tensor]] = {head: [] for head in HEADS}
        for model in self.models:
            logits = model.logits(prepare(canvas[None], model.spec))
            for head, scores in zip(model.classes, logits, strict=True):
                logs[head].append(scores.log_softmax(1))
        means = [mean_log_probabilities(torch.stack(logs[head]), self.mean) for head in HEADS]
        return [mean.exp().cpu() for mean in means]

    def _candidates(self, probabilities: Sequence[torch.Tensor]) -> tuple[Candidate, ...]:
        """The likeliest combinations of the three parts."""
        classes = {head: self.models[0].classes[head] for head in HEADS}
        probs, places = likeliest(probabilities, CANDIDATES)
        named = (named_combination(classes, of_heads) for of_heads in places[0].tolist())
        return tuple(Candidate(*each, prob) for each, prob in zip(named, tidy(probs[0].numpy(), 6), strict=True))
