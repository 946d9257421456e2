"""Readings of single images as a table: the likeliest labels with what they show and how probable they are."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mojika.data.class_list import ClassList
from mojika.data.grapheme_labels import HEADS
from mojika.files.artifact import Header, JsonFile, Kind
from mojika.files.described import write_described
from mojika.files.text_table import csv_text
from mojika.recognition.loose_crops import ReadCrops
from mojika.samples.graphemes.components import compose_parts

PREDICTIONS = Kind("predictions", 1, JsonFile(), "predictions of", "what describes predictions")
_DIGITS = 6


def likeliest(probabilities: Sequence[Tensor], top: int) -> tuple[Tensor, Tensor]:
    """The `top` likeliest combinations of the classes of heads, which are read independently of each other.

    Of probabilities `(N, classes)` for each head: those of the combinations, `(N, K)`, falling, and their classes
    `(N, K, heads) int64`. K is smaller than `top` where there are not as many combinations.
    """
    first, *others = (each.topk(min(top, each.shape[1])) for each in probabilities)
    probs, places = first.values, first.indices[..., None]
    for other in others:
        together = (probs[:, :, None] * other.values[:, None, :]).flatten(1)
        best = together.topk(min(top, together.shape[1]))
        before, after = best.indices // other.values.shape[1], best.indices % other.values.shape[1]
        kept = places.gather(1, before[..., None].expand(-1, -1, places.shape[2]))
        places = torch.cat([kept, other.indices.gather(1, after)[..., None]], dim=2)
        probs = best.values
    return probs, places


def column_names(classes: Mapping[str, ClassList], top: int) -> list[str]:
    """file, then label, character and probability of the likeliest, the labels of several heads, and the next likely
    ones with their place behind the names."""
    combinations = 1
    for own in classes.values():
        combinations *= len(own)
    names = ["file", "label", "character", "probability"]
    if len(classes) > 1:
        names += [name for head in classes for name in (head, f"probability_{head}")]
    places = range(2, min(top, combinations) + 1)
    return names + [f"{name}_{place}" for place in places for name in ("label", "character", "probability")]


def table_rows(read: ReadCrops, classes: Mapping[str, ClassList], top: int) -> list[list[str | float]]:
    """The rows of `column_names`. Labels of several heads are joined by `-`; the parts of graphemes are composed."""
    probs, places = (each.cpu() for each in likeliest(read.probabilities, top))
    rows = []
    for number, source in enumerate(read.sources):
        first, *others = (
            [*named_combination(classes, of_heads), round(prob, _DIGITS)]
            for of_heads, prob in zip(places[number].tolist(), probs[number].tolist(), strict=True)
        )
        rows.append([source, *first, *_parts(read, classes, number), *(value for other in others for value in other)])
    return rows


def write_predictions(
    out: Path,
    classes: Mapping[str, ClassList],
    rows: Sequence[Sequence[str | float]],
    made_from: dict[str, Any],
    *,
    top: int,
    report: Mapping[str, Any],
) -> Header:
    """A CSV with `rows` below `column_names`; its header, with the `report`, lies beside it."""
    text = csv_text(column_names(classes, top), rows)
    return write_described(PREDICTIONS, out, text, made_from, report=dict(report))


def named_combination(classes: Mapping[str, ClassList], places: Sequence[int]) -> tuple[str, str]:
    """Label and text of one combination."""
    of_heads = list(zip(classes.values(), places, strict=True))
    texts = {head: own.chars[place] for head, (own, place) in zip(classes, of_heads, strict=True)}
    is_grapheme = set(texts) == set(HEADS)
    text = compose_parts(*(texts[head] for head in HEADS)) if is_grapheme else "".join(texts.values())
    return "-".join(own.labels[place] for own, place in of_heads), text


def _parts(read: ReadCrops, classes: Mapping[str, ClassList], number: int) -> list[str | float]:
    """Label and probability of each head, where there are several."""
    if len(classes) == 1:
        return []
    best = (of_head[number].max(0) for of_head in read.probabilities)
    found = (
        (own.labels[int(most.indices)], float(most.values)) for own, most in zip(classes.values(), best, strict=True)
    )
    return [value for label, prob in found for value in (label, round(prob, _DIGITS))]
