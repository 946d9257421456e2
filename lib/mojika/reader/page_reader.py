"""From the pixels of a page to its text: what is found is read, sifted and put into order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mojika.boxes.neighbourhood import judged
from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.suppression import suppress
from mojika.data.class_list import ClassList
from mojika.data.crops import have_area
from mojika.reader.engine import Engine
from mojika.reader.settings import ReaderSettings
from mojika.reading.furigana import size_beside
from mojika.reading.order import ReadingOrder, compose, reading_order
from mojika.reading.page import Block, Candidate, Character, Page

if TYPE_CHECKING:
    from mojika.boxes.filter_model import Filter
    from mojika.language.context import Context

CANDIDATES = 5
CONSIDERED = 20  # readings by looks, from which the context chooses
_CORNER_DIGITS, _SCORE_DIGITS = 2, 6  # of numbers in results


@dataclass(frozen=True, eq=False)
class PageReader:
    """An engine with its models loaded, and what becomes of the boxes that it reads.

    `made_by` are plain values that say what read a page. With a `context` characters are read by what they stand
    between, too; what is sifted out before is so by its looks.
    """

    engine: Engine
    settings: ReaderSettings
    made_by: Mapping[str, Any]
    filter: "Filter | None" = None
    context: "Context | None" = None

    def read(self, pixels: np.ndarray) -> Page:
        """The page whose upright pixels are `(H, W, 3) uint8`, without a source; one without text has no blocks."""
        height, width = pixels.shape[:2]
        boxes, scores = self.engine.find(pixels)
        boxes, scores = (found[have_area(np.round(boxes, _CORNER_DIGITS))] for found in (boxes, scores))
        boxes, scores = self._likely(boxes, scores)
        read = _Read(boxes, scores, self.engine.read(pixels, boxes))
        read = self._sifted(read, width, height)
        order = reading_order(read.boxes, width, height, pixels)
        considered = CONSIDERED if self.context else CANDIDATES
        blocks = compose(order, read.characters(self.engine.classes, considered))
        blocks = self.context.reread(blocks, CANDIDATES) if self.context else blocks
        if self.settings.certainty_threshold:
            order, blocks = self._certain(blocks, pixels)
        return Page(
            name="page",
            source="",
            width=width,
            height=height,
            blocks=blocks,
            confidence=round(order.confidence, 4),
            gutters=order.gutters,
            made_by=dict(self.made_by),
        )

    def _likely(self, boxes: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Judged by their neighbours, each of which counts once; a box less to read takes no time."""
        own = self.settings
        if not own.neighbour_threshold:
            return boxes, scores
        stay = judged(boxes, scores, own.nms_iou) >= np.float32(own.neighbour_threshold)
        return boxes[stay], scores[stay]

    def _sifted(self, read: "_Read", width: int, height: int) -> "_Read":
        own = self.settings
        judged_by = read.scores if own.nms_by == "box_score" else read.best
        read = read.only(suppress(read.boxes, judged_by, np.zeros(len(read.boxes), np.int64), own.nms_iou))
        if self.filter:
            kept = self.filter.probabilities(read.as_page_boxes(width, height, self.engine.classes))
            read = read.only(kept >= np.float32(own.filter_threshold))
        return read.only(size_beside(read.boxes) >= own.furigana_below) if own.furigana_below else read

    def _certain(self, blocks: Sequence[Block], pixels: np.ndarray) -> tuple[ReadingOrder, tuple[Block, ...]]:
        """The characters that are certain enough, put into order anew."""
        every = (each for block in blocks for column in block.columns for each in column.characters)
        kept = [each for each in every if each.box_score * each.prob >= self.settings.certainty_threshold]
        boxes = np.array([each.box for each in kept], np.float32).reshape(-1, 4)
        order = reading_order(boxes, pixels.shape[1], pixels.shape[0], pixels)
        return order, compose(order, kept)


@dataclass(frozen=True, eq=False)
class _Read:
    """Boxes `(K, 4)` of one page, the detector's scores `(K,)`, and probabilities `(K, classes)`, all float32."""

    boxes: np.ndarray
    scores: np.ndarray
    probabilities: np.ndarray

    @property
    def best(self) -> np.ndarray:
        best: np.ndarray = self.probabilities.max(axis=1, initial=0)
        return best

    def only(self, stay: np.ndarray) -> "_Read":
        return _Read(self.boxes[stay], self.scores[stay], self.probabilities[stay])

    def as_page_boxes(self, width: int, height: int, classes: ClassList) -> PageBoxes:
        """As the filter takes them."""
        pages = pd.DataFrame({"image_id": ["page"], "width": [width], "height": [height]})
        boxes = pd.DataFrame({"image_id": ["page"] * len(self.boxes)}, dtype="str")
        boxes[["x1", "y1", "x2", "y2"]] = self.boxes
        labels = np.array(classes.labels, object)[self.probabilities.argmax(axis=1)]
        boxes = boxes.assign(box_score=self.scores, label=pd.array(labels, dtype="str"), prob=self.best)
        return PageBoxes(pages, boxes, classes, {"stage": "recognize"}, checked=True)

    def characters(self, classes: ClassList, considered: int) -> list[Character]:
        labels, chars = classes.labels, classes.chars
        best = np.argsort(-self.probabilities, axis=1, kind="stable")[:, :considered]
        probs = np.take_along_axis(self.probabilities, best, axis=1)
        found = []
        for box, score, places, likely in zip(self.boxes, self.scores, best.tolist(), probs, strict=True):
            x1, y1, x2, y2 = tidy(box, _CORNER_DIGITS)
            readings = zip(places, tidy(likely, _SCORE_DIGITS), strict=True)
            candidates = tuple(Candidate(labels[place], chars[place], prob) for place, prob in readings)
            [box_score] = tidy([score], _SCORE_DIGITS)
            found.append(Character((x1, y1, x2, y2), box_score, candidates))
        return found


def tidy(numbers: Sequence[float] | np.ndarray, digits: int) -> list[float]:
    """As they are shown and stored, without the tail that a float32 has as a number of 64 bits."""
    return [round(float(number), digits) for number in numbers]
