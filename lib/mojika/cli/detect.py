"""`mojika detect`: find the characters of pages with one or several detectors."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from mojika.boxes.boxed_pages import refuse_named
from mojika.boxes.page_boxes import BOXES, PageBoxes, read_boxes
from mojika.cli.boxes_output import faults_file, write_with_faults
from mojika.data.pages import find_pages
from mojika.errors import UserError
from mojika.files.faults import FaultLog
from mojika.files.fingerprints import file_digest, files_digest
from mojika.parameters.argument_types import fraction, positive, whole_numbers
from mojika.runtime.parallel import available_cores
from mojika.runtime.signals import StopRequest

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
    search = {name: getattr(args, name) for name in ("short_sides", "gray", "score_threshold", "at_most", "iou")}
    made_from = {
        "stage": "detect",
        "models": [file_digest(model) for model in args.models],
        "pages": files_digest(files.values()),
        **{name: list(value) if isinstance(value, tuple) else value for name, value in search.items()},
        "skip_bad": args.skip_bad,
    }
    exists = not args.force and BOXES.is_made_from(args.out, made_from)
    partial = args.out.with_suffix(".partial.jsonl")
    if exists:
        partial.unlink(missing_ok=True)  # of a search that was killed after it had written its boxes
        boxes = read_boxes(args.out)
    else:
        boxes = _search(args, files, search, made_from, partial)
    report = {"pages": len(boxes.pages), "boxes": len(boxes), "left_out": len(files) - len(boxes.pages)}
    if args.json:
        print(json.dumps(report))
        return
    left_out = f"; left out {report['left_out']:,} pages, see {faults_file(args.out)}" if report["left_out"] else ""
    state = "up to date, " if exists else ""
    print(f"{args.out}: {state}{report['boxes']:,} boxes of {report['pages']:,} pages{left_out}")


def _search(
    args: argparse.Namespace, files: dict[str, Path], search: dict[str, Any], made_from: dict[str, Any], partial: Path
) -> PageBoxes:
    """Search the pages `files` (by image id) and write the boxes; until then what is found is kept in `partial`.

    Raises `UserError` on a bad page without `--skip-bad`, and `Interrupted` between two pages after a stop signal.
    """
    from mojika.detection.detect_pages import Search, detect_pages
    from mojika.detection.detector_file import load_detector
    from mojika.detection.search_journal import SearchJournal
    from mojika.training.precision import choose_device

    device = choose_device(args.device)
    detectors = [load_detector(path, device) for path in args.models]
    log = FaultLog(args.skip_bad, lambda faults: refuse_named(faults, "pages"))
    # what is found on a page depends on neither the other pages nor on what is done about those that cannot be read
    each_page = {name: value for name, value in made_from.items() if name not in ("pages", "skip_bad")}
    with StopRequest() as stop, SearchJournal(partial, each_page, files, forget=args.force) as journal:
        if journal:
            print(f"going on: {len(journal):,} of {len(files):,} pages were searched before", file=sys.stderr)
        boxes = detect_pages(
            [(detector.network, detector.precision) for detector in detectors],
            files,
            Search(**search),
            made_from=made_from,
            workers=args.workers,
            before_page=stop.raise_if_requested,
            leave_out=log.add,
            kept=journal,
        )
        write_with_faults(args.out, boxes, log.faults)
        journal.remove()
    return boxes
