"""`mojika overlay`: pages with their boxes drawn on them, coloured by what became of each."""

import argparse
import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from mojika.boxes.outcomes import outcomes
from mojika.boxes.page_boxes import PageBoxes, read_boxes, truth_boxes
from mojika.boxes.scoring import of_pages
from mojika.data.class_list import named, shown
from mojika.data.images import read_image
from mojika.data.pages import find_pages
from mojika.errors import UserError
from mojika.files.atomic import atomic_write, remove_leftovers
from mojika.parameters.argument_types import positive
from mojika.pictures.page_overlay import Mark, Outcome, draw_page_overlay
from mojika.runtime.parallel import available_cores, ordered_map
from mojika.runtime.progress import track

EXAMPLE = """example:
  mojika overlay output/val/final_filtered.parquet --images input/kuzushiji-recognition/train_images \\
      --truth input/kuzushiji-recognition/train.csv --removed output/val/final_nms.parquet --out output/val/overlays
"""
_PNG_COMPRESSION = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("boxes", type=Path, metavar="BOXES", help="boxes, read or not")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of the page images")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder for one PNG a page")
    parser.add_argument("--truth", type=Path, metavar="CSV", help="image_id,labels: colour boxes by their outcome")
    parser.add_argument(
        "--removed", type=Path, nargs="+", default=[], metavar="BEFORE",
        help="boxes of the stage before (of `nms` all inputs): draw what BOXES no longer have",
    )  # fmt: skip
    parser.add_argument("--pages", nargs="+", metavar="ID", help="draw these pages alone (default: all)")
    parser.add_argument("--at-most", type=positive, metavar="N", help="draw the first N pages alone (default: all)")
    parser.add_argument(
        "--max-side", type=positive, default=2000, metavar="PIXELS", help="scale larger pages down (default: 2000)"
    )
    parser.add_argument(
        "--workers", type=positive, default=available_cores(), help="pages at a time (default: one for each core)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    boxes = _chosen(read_boxes(args.boxes), args)
    ids = boxes.pages["image_id"].tolist()
    files = find_pages(args.images)
    missing = [image_id for image_id in ids if image_id not in files]
    if missing:
        raise UserError(f"{args.images}: expected an image of every page, found none of {named(missing)}")
    if args.out.resolve() == args.images.resolve():
        raise UserError(f"{args.out}: expected a folder other than that of the page images")
    truth = of_pages(truth_boxes(args.truth), ids) if args.truth else None
    table = outcomes(boxes, truth, [read_boxes(path) for path in args.removed])
    legend = _legend(boxes, truth is not None, bool(args.removed))

    args.out.mkdir(parents=True, exist_ok=True)
    remove_leftovers(args.out)
    rows = table.groupby("image_id").indices
    work = [
        (files[page.image_id], (page.width, page.height), rows.get(page.image_id, []))
        for page in boxes.pages.itertuples()
    ]

    def draw(job: tuple[Path, tuple[int, int], Sequence[int]]) -> None:
        file, size, own = job
        image = _read(file, size)
        picture = draw_page_overlay(image, _marks(table.iloc[own]), file.stem, legend, args.max_side)
        _write(args.out / f"{file.stem}.png", picture)

    with closing(ordered_map(draw, work, args.workers)) as drawn:
        for _ in track(drawn, total=len(work), description="drawing"):
            pass
    counts = table["outcome"].value_counts()
    report = {"pages": len(work), **{outcome.replace(" ", "_"): int(counts.get(outcome, 0)) for outcome in legend}}
    if args.json:
        print(json.dumps(report))
        return
    print(f"{args.out}: {len(work):,} pages; " + ", ".join(f"{counts.get(name, 0):,} {name}" for name in legend))


def _chosen(boxes: PageBoxes, args: argparse.Namespace) -> PageBoxes:
    """The boxes of the pages that are to be drawn."""
    ids = boxes.pages["image_id"]
    unknown = [image_id for image_id in args.pages or [] if image_id not in set(ids)]
    if unknown:
        raise UserError(f"--pages: {args.boxes} has no page {named(unknown)}")
    ids = ids[ids.isin(args.pages)] if args.pages else ids
    return of_pages(boxes, ids[: args.at_most])


def _legend(boxes: PageBoxes, compared: bool, removed: bool) -> list[Outcome]:
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


def _read(file: Path, size: tuple[int, int]) -> np.ndarray:
    image = read_image(file, 3)
    height, width = image.shape[:2]
    if (width, height) != size:
        expected = f"{size[0]} x {size[1]} pixels, on which the boxes were made"
        raise UserError(f"{file}: expected a page of {expected}, found {width} x {height}")
    return image


def _write(path: Path, picture: np.ndarray) -> None:
    _, png = cv2.imencode(
        ".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, _PNG_COMPRESSION]
    )
    with atomic_write(path) as file:
        file.write(png.data)
