"""Pages that were read, against labelled ones: as boxes, and as text in reading order."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from mojika.boxes.matching import match_boxes, page_numbers
from mojika.boxes.page_boxes import COLUMNS, PageBoxes
from mojika.data.class_list import ClassList, shown
from mojika.files.fingerprints import digest
from mojika.reading.order import reading_order
from mojika.reading.page import Character, Page
from mojika.reading.text_errors import edits, in_new_forms, out_of_order


def boxes_of_pages(pages: Sequence[Page], image_ids: Iterable[str]) -> PageBoxes:
    """Boxes with labels, page by page, in reading order without furigana; a page goes by the one of `image_ids` that is
    its name or the last part of it, else by its name. Raises `UserError` where two pages are the same."""
    known = set(image_ids)
    names = [next((name for name in (p.name, p.name.rpartition("/")[2]) if name in known), p.name) for p in pages]
    characters = [_read_aloud(page) for page in pages]
    rows = [
        (name, *character.box, character.box_score, character.label, character.prob)
        for name, of_page in zip(names, characters, strict=True)
        for character in of_page
    ]
    boxes = pd.DataFrame(rows, columns=[*COLUMNS, "label", "prob"]).astype({"image_id": "str", "label": "str"})
    sizes = pd.DataFrame(
        {
            "image_id": pd.Series(names, dtype="str"),
            "width": [p.width for p in pages],
            "height": [p.height for p in pages],
        }
    )
    made_from = {"stage": "pages", "boxes": digest([list(row) for row in rows]), "pages": digest(sizes.values.tolist())}
    return PageBoxes(sizes, boxes, ClassList.from_labels(boxes["label"]), made_from)


def score_text(read: PageBoxes, truth: PageBoxes) -> dict[str, float | int]:
    """The character error rate (`cer`) over all pages, as it is and with old kanji in new forms, and `order_error`: the
    share of the characters found, whatever was read in them, that are out of order.

    The rows of `read` are in reading order; the truth is put into it by its boxes. NaN where there is nothing to divide
    by. Raises `UserError` where a page is not in the truth.
    """
    matched = match_boxes(read, truth)
    chars, true_chars = (np.array([shown(label) for label in each.boxes["label"]], object) for each in (read, truth))
    numbers = page_numbers(read.pages["image_id"].tolist(), truth)
    wrong = wrong_in_new_forms = found = astray = 0
    sizes = read.pages[["width", "height"]].to_numpy(np.float64)
    for (width, height), number, (first, end) in zip(sizes, numbers, pairwise(read.offsets), strict=True):
        start, stop = truth.offsets[number : number + 2]
        order = np.array(reading_order(truth.coordinates[start:stop], width, height).rows, np.int64)
        text, true_text = "".join(chars[first:end]), "".join(true_chars[start:stop][order])
        wrong += edits(text, true_text)
        wrong_in_new_forms += edits(in_new_forms(text), in_new_forms(true_text))
        hits = matched[first:end][matched[first:end] >= 0] - start
        found, astray = found + len(hits), astray + out_of_order(np.argsort(order)[hits])
    length = sum(map(len, true_chars))
    return {
        "cer": wrong / length if length else np.nan,
        "cer_new_forms": wrong_in_new_forms / length if length else np.nan,
        "order_error": astray / found if found else np.nan,
    }


def _read_aloud(page: Page) -> list[Character]:
    return [character for column in page.columns if column.kind != "furigana" for character in column.characters]
