"""`mojika detect`: find the characters of pages with one or several detectors."""

import argparse
from pathlib import Path

from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made
from mojika.errors import UserError
from mojika.files.fingerprints import files_digest
from mojika.files.reader_folder import model_digest, model_files
from mojika.parameters.argument_types import fraction, positive, whole_numbers
from mojika.runtime.lines import say

EXAMPLE = """example:
  mojika detect models/00_detector/iteration-060000.model \\
      --images input/kuzushiji-recognition/preprocessed/test_images \\
      --short-sides 1000,1200,1400,1600 --gray --out output/test/detected_060000.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models", type=Path, nargs="+", metavar="MODEL", help="detectors: .model files or readers' folders"
    )
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of pages")
    add_out(parser, "PARQUET", "boxes")
    parser.add_argument(
        "--short-sides", type=whole_numbers, metavar="PIXELS,…",
        help="short sides to which a page is scaled and searched (default: spread over those of the training)",
    )  # fmt: skip
    parser.add_argument("--gray", action="store_true", help="also search every scale in gray")
    add_flags(parser, "two_views")
    parser.add_argument("--score-threshold", type=fraction, default=0.05, help="lowest score of a box (default: 0.05)")
    parser.add_argument(
        "--at-most", type=positive, default=1300, help="largest number of boxes of a page (default: 1300)"
    )
    parser.add_argument(
        "--iou",
        type=fraction,
        default=0.5,
        help="overlap (IoU) above which only the better of two boxes is kept (default: 0.5)",
    )
    add_flags(parser, "page_preprocessing", "device", "workers", "skip_bad", "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.page_boxes import BOXES, faults_file, read_boxes
    from mojika.data.pages import find_pages
    from mojika.detection.search_journal import journal_file

    args.models = model_files(args.models, "detector")
    files = find_pages(args.images)
    if not files:
        raise UserError(f"{args.images}: no page images")
    if args.short_sides is None:
        args.short_sides = _short_sides_of_training(args.models)
    steps = _missing_steps(args, files)
    search = {name: getattr(args, name) for name in ("short_sides", "gray", "score_threshold", "at_most", "iou")}
    if args.two_views:
        search["two_views"] = True
    made_from = {
        "stage": "detect",
        "models": [model_digest(model) for model in args.models],
        "pages": files_digest(files.values()),
        **{name: list(value) if isinstance(value, tuple) else value for name, value in search.items()},
        "skip_bad": args.skip_bad,
        **({"prepared": list(steps)} if steps else {}),
    }
    existed = is_up_to_date(args, BOXES, made_from)
    if existed:
        boxes = read_boxes(args.out)
        # of a search that was killed after it had written its boxes
        journal_file(args.out).unlink(missing_ok=True)
    else:
        from mojika.detection.detect_pages import Search
        from mojika.detection.resumable_search import search_pages
        from mojika.training.precision import choose_device

        boxes = search_pages(
            args.models,
            _prepared(args, files, steps),
            Search(**search),
            args.out,
            made_from,
            device=choose_device(args.device),
            workers=args.workers,
            skip_bad=args.skip_bad,
            start_over=args.force,
        )
    report = {"pages": len(boxes.pages), "boxes": len(boxes), "left_out": len(files) - len(boxes.pages)}
    left_out = f"; left out {report['left_out']:,} pages, see {faults_file(args.out)}" if report["left_out"] else ""
    text = "{boxes:,} boxes of {pages:,} pages".format(**report) + left_out
    return made(args.out, report, text, existed=existed)


def _missing_steps(args: argparse.Namespace, files: dict[str, Path]) -> tuple[str, ...]:
    """What is still to be done to the pages for the detectors; says it."""
    from mojika.data.prepared_pages import missing_steps, recorded_steps
    from mojika.detection.detector_file import read_detector_input

    wanted = [(str(model), read_detector_input(model).page_preprocessing) for model in args.models]
    found = set(recorded_steps(files.values(), args.page_preprocessing).values())
    missing = {missing_steps(*model, steps) for model in wanted for steps in found}
    if len(missing) > 1:
        different = "; ".join(", ".join(steps) or "nothing" for steps in sorted(missing))
        raise UserError(
            f"{args.images}: detectors or pages need different preparation ({different}); search them apart"
        )
    steps = missing.pop()
    if steps:
        say(f"{args.images}: pages are prepared as those of the training were: {', '.join(steps)}")
    return steps


def _prepared(args: argparse.Namespace, files: dict[str, Path], steps: tuple[str, ...]) -> dict[str, Path]:
    from mojika.data.prepared_pages import prepared_copies
    from mojika.files.cache import cache_folder

    if not steps:
        return files
    options = {"workers": args.workers, "skip_bad": args.skip_bad}
    return prepared_copies(files, args.images, steps, cache_folder(), **options)


def _short_sides_of_training(models: list[Path]) -> tuple[int, ...]:
    """What a reader's folder would search at; says so."""
    from mojika.detection.detector_file import read_detector_input
    from mojika.detection.search_scales import spread_sides

    ranges = [read_detector_input(model).short_sides for model in models]
    sides = spread_sides(ranges)
    trained = ", ".join(f"{low} to {high}" for low, high in dict.fromkeys(ranges))
    say(f"--short-sides {','.join(map(str, sides))}: the detector was trained at {trained}")
    return sides
