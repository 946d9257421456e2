"""Overlays of pages as files, one PNG a page."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd

from mojika.boxes.outcomes import Outcome
from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import named, shown
from mojika.data.images import write_png
from mojika.data.pages import find_pages, read_page
from mojika.errors import UserError
from mojika.files.atomic import remove_leftovers
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
) -> None:
    """Write a picture of each page into the folder `out`; those that are done stay after an interruption.

    `pages` are those of `PageBoxes`, `table` has the rows of `outcomes`, `images` is the folder of the pages' images.
    Raises `UserError` where a page has no image, or one of another size than the boxes were made on.
    """
    files = find_pages(images)
    missing = [image_id for image_id in pages["image_id"] if image_id not in files]
    if missing:
        raise UserError(f"{images}: expected an image of every page, found none of {named(missing)}")
    if out.resolve() == images.resolve():
        raise UserError(f"{out}: expected a folder other than that of the page images")
    out.mkdir(parents=True, exist_ok=True)
    remove_leftovers(out)
    rows = table.groupby("image_id").indices
    work = [
        (files[page.image_id], (page.width, page.height), rows.get(page.image_id, [])) for page in pages.itertuples()
    ]

    def draw(job: tuple[Path, tuple[int, int], Sequence[int]]) -> None:
        file, size, own = job
        picture = draw_page_overlay(read_page(file, 3, size=size), _marks(table.iloc[own]), file.stem, legend, max_side)
        write_png(out / f"{file.stem}.png", picture)

    with closing(ordered_map(draw, work, workers)) as drawn:
        for _ in track(drawn, total=len(work), description="drawing"):
            pass


def legend_of(boxes: PageBoxes, *, compared: bool, removed: bool) -> list[Outcome]:
    """The outcomes that boxes can have, `compared` with a truth or not."""
    read = [Outcome.RIGHT, Outcome.WRONG] if boxes.class_list is not None else [Outcome.FOUND]
    own = [*read, Outcome.SURPLUS, Outcome.MISSED] if compared else [Outcome.BOX]
    return own + [Outcome.REMOVED] * removed


def _marks(table: pd.DataFrame) -> list[Mark]:
    """Beside a box stands what was read, of a wrong one the truth too, beside a missed one the truth alone."""
    marks = []
    for row in table.itertuples():
        labels = {Outcome.WRONG: (row.read, row.truth), Outcome.MISSED: (row.truth,), Outcome.REMOVED: ()}
        texts = tuple(shown(label) for label in labels.get(row.outcome, (row.read,)) if label is not None)
        marks.append(Mark(Outcome(row.outcome), (row.x1, row.y1, row.x2, row.y2), texts))
    return marks
