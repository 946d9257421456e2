"""Pages as a competition of kuzushiji recognition takes them: `image_id,labels` with `U+XXXX x y …` at box centres."""

from collections.abc import Iterable
from typing import IO

from mojika.boxes.limits import MOST_PREDICTIONS
from mojika.data.code_points import code_point_of, label_of
from mojika.formats.format import PageOnImage
from mojika.reading.page import Character, Page


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """A row for each page, in reading order; of a page with more characters than the competition takes, the most
    probable ones. What is not one code point, as graphemes of several, is left out."""
    for number, each in enumerate(pages):
        text = _rows(each.page)
        file.write((text if number == 0 else text.split("\n", 1)[1]).encode())


def _rows(page: Page) -> str:
    """The header, and the row of the page."""
    import numpy as np

    from mojika.boxes.submission import Points, format_submission

    characters = _most_probable([each for each in page.characters if _label(each) is not None])
    boxes = np.array([each.box for each in characters], np.float64).reshape(-1, 4)
    positions = np.rint((boxes[:, :2] + boxes[:, 2:]) / 2)
    labels = np.array([_label(each) for each in characters], object)
    return format_submission(Points((page.name,), np.zeros(len(labels), np.int64), labels, positions))


def _label(character: Character) -> str | None:
    if code_point_of(character.label) is not None:
        return character.label
    return label_of(character.char) if len(character.char) == 1 else None


def _most_probable(characters: list[Character]) -> list[Character]:
    by_probability = sorted(range(len(characters)), key=lambda at: -characters[at].prob)
    return [characters[at] for at in sorted(by_probability[:MOST_PREDICTIONS])]
