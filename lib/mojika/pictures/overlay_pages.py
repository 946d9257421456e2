"""Overlays of pages as files, one PNG a page."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd

from mojika.boxes.boxed_pages import refuse_named
from mojika.boxes.outcomes import Outcome
from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import shown
from mojika.data.images import write_png
from mojika.data.near_ids import named_with_hint
from mojika.data.pages import find_pages, page_or_fault
from mojika.errors import UserError
from mojika.files.atomic import remove_leftovers
from mojika.files.faults import Fault, FaultLog, write_faults
from mojika.pictures.page_overlay import Mark, draw_page_overlay
from mojika.runtime.parallel import ordered_map
from mojika.runtime.progress import track


def draw_overlays(
    pages: pd.DataFrame,
    table: pd.DataFrame,
    images: Path,
    out: Path,
    *,
    legend: Sequence[Outcome],
    max_side: int = 2000,
    workers: int = 1,
    skip_bad: bool = False,
) -> list[Fault]:
    """Write a picture of each page into the folder `out`; those that are done stay after an interruption.

    With `skip_bad` pages that cannot be drawn are left out, listed in `skipped.csv` there, and returned.

    `pages` are those of `PageBoxes`, `table` has the rows of `outcomes`, `images` is the folder of the pages' images.
    Raises `UserError` where a page has no image, or one that cannot be read or is of another size than the boxes were
    made on.
    """
    files = find_pages(images)
    missing = [image_id for image_id in pages["image_id"] if image_id not in files]
    if missing and not skip_bad:
        raise UserError(f"{images}: expected an image of every page, found none of {named_with_hint(missing, files)}")
    if out.resolve() == images.resolve():
        raise UserError(f"{out}: expected a folder other than that of the page images")
    out.mkdir(parents=True, exist_ok=True)
    remove_leftovers(out)
    of_page = dict(list(table.groupby("image_id")))
    sizes = zip(pages["width"].tolist(), pages["height"].tolist(), strict=True)
    work = list(zip(pages["image_id"].tolist(), sizes, strict=True))
    log = FaultLog(skip_bad, lambda faults: refuse_named(faults, "pages"))

    def draw(job: tuple[str, tuple[int, int]]) -> Fault | None:
        image_id, size = job
        if image_id not in files:
            return Fault(f"{images.name}/{image_id}", None, "no such image")
        file, marks = files[image_id], _marks(of_page.get(image_id, table[:0]))
        page = page_or_fault(file, 3, size=size)
        if isinstance(page, Fault):
            return page
        write_png(out / f"{file.stem}.png", draw_page_overlay(page, marks, file.stem, legend, max_side))
        return None

    with closing(ordered_map(draw, work, workers)) as drawn:
        for fault in filter(None, track(drawn, total=len(work), description="drawing")):
            log.add(fault)
    if log.faults:
        write_faults(out / "skipped.csv", log.faults)
    return log.faults


def legend_of(boxes: PageBoxes, *, compared: bool, removed: bool) -> list[Outcome]:
    """The outcomes that boxes can have, `compared` with a truth or not."""
    read = [Outcome.RIGHT, Outcome.WRONG] if boxes.class_list is not None else [Outcome.FOUND]
    own = [*read, Outcome.SURPLUS, Outcome.MISSED] if compared else [Outcome.BOX]
    return own + [Outcome.REMOVED] * removed


def _marks(table: pd.DataFrame) -> list[Mark]:
    """Texts of a box: the prediction; for a wrong one also the truth; for a missed one only the truth."""
    marks = []
    outcomes = map(Outcome, table["outcome"])
    boxes = table[["x1", "y1", "x2", "y2"]].itertuples(index=False, name=None)
    for outcome, box, read, truth in zip(outcomes, boxes, table["read"], table["truth"], strict=True):
        labels = {Outcome.WRONG: (read, truth), Outcome.MISSED: (truth,), Outcome.REMOVED: ()}.get(outcome, (read,))
        marks.append(Mark(outcome, box, tuple(shown(label) for label in labels if label is not None)))
    return marks
