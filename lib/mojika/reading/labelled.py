"""Labelled pages as pages that were read, in reading order."""

from typing import Any

import numpy as np

from mojika.data.code_points import character_of
from mojika.data.page_labels import PageLabels
from mojika.reading.order import ReadingOrder, compose, reading_order
from mojika.reading.page import Candidate, Character, Page


def order_of_labels(labels: PageLabels) -> ReadingOrder:
    return reading_order(labels.boxes, *size_of_labels(labels))


def size_of_labels(labels: PageLabels) -> tuple[int, int]:
    """Width and height of what is labelled, from the page's upper left corner: labels do not tell more."""
    width, height = np.ceil(labels.boxes[:, 2:].max(0, initial=0)).astype(int).tolist()
    return width, height


def page_of_labels(labels: PageLabels) -> Page:
    """The page with its labelled characters in reading order."""
    order = order_of_labels(labels)
    width, height = size_of_labels(labels)
    characters = [
        Character((x1, y1, x2, y2), 1.0, (Candidate(label, character_of(label) or label, 1.0),))
        for label, (x1, y1, x2, y2) in zip(labels.labels, labels.boxes.tolist(), strict=True)
    ]
    blocks = compose(order, characters)
    return Page(labels.image_id, labels.image_id, width, height, blocks, order.confidence, order.gutters)


def columns_as_json(page: Page) -> list[list[dict[str, Any]]]:
    """The columns in reading order, each a list of characters: `char`, `label`, and `x`, `y`, `w`, `h` in pixels."""
    return [[_as_json(character) for character in column.characters] for column in page.columns]


def _as_json(character: Character) -> dict[str, Any]:
    x1, y1, x2, y2 = (int(value) if value == int(value) else value for value in character.box)
    return {"char": character.char, "label": character.label, "x": x1, "y": y1, "w": x2 - x1, "h": y2 - y1}
