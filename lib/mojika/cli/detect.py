"""`mojika detect`: find the characters of pages with one or several detectors."""

import argparse
import json
from pathlib import Path

from mojika.boxes.page_boxes import BOXES, read_boxes
from mojika.cli.boxes_output import faults_file
from mojika.data.pages import find_pages
from mojika.detection.search import Search
from mojika.errors import UserError
from mojika.files.fingerprints import file_digest, files_digest
from mojika.parameters.argument_types import fraction, positive, whole_numbers
from mojika.runtime.parallel import available_cores

EXAMPLE = """example:
  mojika detect models/00_detector/iteration-060000.model \\
      --images input/kuzushiji-recognition/preprocessed/test_images \\
      --short-sides 1000,1200,1400,1600 --gray --out output/test/detected_060000.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help=".model files of train-detector")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of pages")
    parser.add_argument("--out", type=Path, required=True, metavar="PARQUET", help="boxes to write")
    parser.add_argument(
        "--short-sides", type=whole_numbers, default=tuple(range(1000, 2501, 100)), metavar="PIXELS,…",
        help="scales at which a page is searched (default: 1000 to 2500 by 100)",
    )  # fmt: skip
    parser.add_argument("--gray", action="store_true", help="search every scale in gray too")
    parser.add_argument("--score-threshold", type=fraction, default=0.05, help="(default: 0.05)")
    parser.add_argument("--at-most", type=positive, default=1300, help="boxes a page (default: 1300)")
    parser.add_argument("--iou", type=fraction, default=0.5, help="above which two boxes are the same (default: 0.5)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="(default: auto)")
    parser.add_argument("--workers", type=positive, default=available_cores(), help="threads that decode (all cores)")
    parser.add_argument("--skip-bad", action="store_true", help="leave bad pages out and list them in OUT.skipped.csv")
    parser.add_argument("--force", action="store_true", help="search anew, whatever is there")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    files = find_pages(args.images)
    if not files:
        raise UserError(f"{args.images}: no page images")
    search = Search(
        short_sides=args.short_sides,
        gray=args.gray,
        score_threshold=args.score_threshold,
        at_most=args.at_most,
        iou=args.iou,
    )
    made_from = {
        "stage": "detect",
        "models": [file_digest(model) for model in args.models],
        "pages": files_digest(files.values()),
        **{name: list(value) if isinstance(value, tuple) else value for name, value in vars(search).items()},
        "skip_bad": args.skip_bad,
    }
    exists = not args.force and BOXES.is_made_from(args.out, made_from)
    partial = args.out.with_suffix(".partial.jsonl")
    if exists:
        partial.unlink(missing_ok=True)  # of a search that was killed after it had written its boxes
        boxes = read_boxes(args.out)
    else:
        from mojika.cli.page_search import search_pages  # takes torch's seconds, which a look at the boxes need not

        boxes = search_pages(args, files, search, made_from, partial)
    report = {"pages": len(boxes.pages), "boxes": len(boxes), "left_out": len(files) - len(boxes.pages)}
    if args.json:
        print(json.dumps(report))
        return
    left_out = f"; left out {report['left_out']:,} pages, see {faults_file(args.out)}" if report["left_out"] else ""
    state = "up to date, " if exists else ""
    print(f"{args.out}: {state}{report['boxes']:,} boxes of {report['pages']:,} pages{left_out}")
