"""`mojika import-detections`: detections that were published in 2019, as boxes of pages."""

import argparse
from pathlib import Path

from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made

EXAMPLE = """example:
  mojika import-detections models/2019/test_060000.pth --pages models/2019/test_images.list \\
      --images input/kuzushiji-recognition/preprocessed/test_images --out output/test/detected_060000.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="PTH", help="detections of 2019, such as test_060000.pth")
    parser.add_argument(
        "--pages", type=Path, required=True, metavar="LIST",
        help="image ids in the order of the detections, one a line: val_images.list or test_images.list of 2019",
    )  # fmt: skip
    parser.add_argument(
        "--images", type=Path, required=True, metavar="DIR", help="folder with these pages, for their sizes"
    )
    add_out(parser, "PARQUET", "boxes")
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.page_boxes import BOXES, write_boxes
    from mojika.detection.published_detections import imported_boxes, page_sizes, read_detections, read_page_order
    from mojika.files.fingerprints import file_digest

    order, detections = read_page_order(args.pages), read_detections(args.file)
    boxes = imported_boxes(detections, order, page_sizes(args.images, order), file_digest(args.file))
    existed = is_up_to_date(args, BOXES, boxes.made_from)
    if not existed:
        write_boxes(args.out, boxes)
    found = sum(len(vars(page)["bbox"]) for page in detections)
    report = {"pages": len(boxes.pages), "boxes": len(boxes), "left_out": found - len(boxes)}
    text = "{boxes:,} boxes of {pages:,} pages, {left_out:,} without an area left out".format(**report)
    return made(args.out, report, text, existed=existed)
