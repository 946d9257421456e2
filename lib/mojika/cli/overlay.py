"""`mojika overlay`: pages with their boxes drawn on them, coloured by what became of each."""

import argparse
from pathlib import Path

from mojika.cli.stage import Report, add_flags, add_out, made
from mojika.errors import UserError
from mojika.parameters.argument_types import positive

EXAMPLE = """example:
  mojika overlay output/val/final_filtered.parquet --images input/kuzushiji-recognition/train_images \\
      --labels input/kuzushiji-recognition/train.csv --removed output/val/final_nms.parquet --out output/val/overlays
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("boxes", type=Path, metavar="BOXES", help="boxes to draw, with or without labels")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of the page images")
    add_out(parser, "FOLDER", "folder with one PNG a page")
    parser.add_argument(
        "--labels", type=Path, metavar="CSV", help="label file image_id,labels; boxes are coloured by their outcome"
    )
    parser.add_argument(
        "--removed", type=Path, nargs="+", default=[], metavar="BEFORE",
        help="boxes of the previous stage (for `nms` all inputs); those missing from BOXES are drawn as removed",
    )  # fmt: skip
    parser.add_argument("--pages", nargs="+", metavar="ID", help="draw only these pages (default: all)")
    parser.add_argument("--first", type=positive, metavar="N", help="draw only the first N pages (default: all)")
    parser.add_argument(
        "--max-side",
        type=positive,
        default=2000,
        metavar="PIXELS",
        help="largest side of a picture in pixels; larger pages are scaled down (default: 2000)",
    )
    add_flags(parser, "workers", "skip_bad", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.outcomes import outcomes
    from mojika.boxes.page_boxes import read_boxes, truth_boxes
    from mojika.boxes.scoring import of_pages
    from mojika.data.class_list import named
    from mojika.pictures.overlay_pages import draw_overlays, legend_of

    boxes = read_boxes(args.boxes)
    ids = boxes.pages["image_id"]
    unknown = [image_id for image_id in args.pages or [] if image_id not in set(ids)]
    if unknown:
        raise UserError(f"--pages: {args.boxes} has no page {named(unknown)}")
    ids = ids[ids.isin(args.pages)] if args.pages else ids
    boxes = of_pages(boxes, ids[: args.first].tolist())

    truth = of_pages(truth_boxes(args.labels), boxes.pages["image_id"].tolist()) if args.labels else None
    table = outcomes(boxes, truth, [read_boxes(path) for path in args.removed])
    legend = legend_of(boxes, compared=truth is not None, removed=bool(args.removed))
    faults = draw_overlays(
        boxes.pages,
        table,
        args.images,
        args.out,
        legend=legend,
        max_side=args.max_side,
        workers=args.workers,
        skip_bad=args.skip_bad,
    )
    counts = {outcome: int((table["outcome"] == outcome).sum()) for outcome in legend}
    report = {"pages": len(boxes.pages), **{name.replace(" ", "_"): count for name, count in counts.items()}}
    if faults:
        report["left_out"] = len(faults)
    left_out = f", {len(faults):,} of them left out, see skipped.csv" if faults else ""
    text = f"{len(boxes.pages):,} pages{left_out}; " + ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return made(args.out, report, text)
