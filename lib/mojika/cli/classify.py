"""`mojika classify`: read the boxes of pages with one or several classifiers, which vote softly."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made
from mojika.files.fingerprints import files_digest
from mojika.files.reader_folder import model_digest, model_files
from mojika.parameters.argument_types import fraction
from mojika.runtime.lines import say
from mojika.runtime.signals import StopRequest

if TYPE_CHECKING:
    from mojika.boxes.page_boxes import PageBoxes

_PADDING = 0.10

EXAMPLE = """example:
  mojika classify models/01_efficientnet_b4/best.model models/02_resnet152/best.model --tta 7 \\
      --boxes output/test/detected.parquet --images input/kuzushiji-recognition/preprocessed/test_images \\
      --out output/test/first.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models",
        type=Path,
        nargs="+",
        metavar="MODEL",
        help=".model files, or readers' folders, with one class list",
    )
    boxes = parser.add_mutually_exclusive_group(required=True)
    boxes.add_argument("--boxes", type=Path, metavar="PARQUET", help="boxes to read, as `mojika detect` writes them")
    boxes.add_argument(
        "--labels",
        type=Path,
        metavar="CSV",
        help="read the labelled boxes of a train.csv instead and report the accuracy",
    )
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of the boxes' pages")
    add_out(parser, "PARQUET", "boxes with labels")
    add_flags(parser, "scale_size", tta=7)
    parser.add_argument(
        "--padding",
        type=fraction,
        default=_PADDING,
        help=f"margin on each side, as a share of the mean of a box's width and height (default: {_PADDING})",
    )
    add_flags(parser, "page_preprocessing", batch_size=128)
    add_flags(parser, "device", "workers", "skip_bad", "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.page_boxes import BOXES, read_boxes, truth_boxes
    from mojika.boxes.scoring import reading_accuracy

    args.models = model_files(args.models, "classifier")
    asked = truth_boxes(args.labels, args.images) if args.labels else read_boxes(args.boxes)
    pages = _pages(args, asked)
    went_through, prepared = _preparation(args, pages)
    made_from = _made_from(args, asked, pages, prepared)
    existed = is_up_to_date(args, BOXES, made_from)
    read = read_boxes(args.out) if existed else _read(args, asked, made_from, went_through)
    report = {
        "pages": len(read.pages),
        "boxes": len(read.boxes),
        "left_out": len(asked.boxes) - len(read.boxes),
        "models": len(args.models),
        "mean_prob": float(read.boxes["prob"].mean()) if len(read.boxes) else None,
        **({"accuracy": reading_accuracy(asked, read)} if args.labels else {}),
    }
    return made(args.out, report, _describe(report, args), existed=existed)


def _read(
    args: argparse.Namespace,
    asked: "PageBoxes",
    made_from: dict[str, Any],
    went_through: dict[Path, tuple[str, ...]],
) -> "PageBoxes":
    """Read the boxes `asked` and write them; `Interrupted` between two batches after a stop signal."""
    from mojika.boxes.page_boxes import write_with_faults
    from mojika.recognition.classify_pages import classify_pages
    from mojika.recognition.reading_scale import at_scale
    from mojika.training.model_file import load_model
    from mojika.training.precision import choose_device

    device = choose_device(args.device)
    models = [at_scale(load_model(path, device), args.scale_size) for path in args.models]
    with StopRequest() as stop:
        read, faults = classify_pages(
            models,
            asked,
            args.images,
            made_from=made_from,
            views=args.tta,
            padding=args.padding,
            batch_size=args.batch_size,
            workers=args.workers,
            skip_bad=args.skip_bad,
            went_through=went_through,
            before_batch=stop.raise_if_requested,
        )
        write_with_faults(args.out, read, faults)
    return read


def _pages(args: argparse.Namespace, asked: "PageBoxes") -> list[Path]:
    from mojika.data.pages import find_pages

    files = find_pages(args.images)
    return [files[image_id] for image_id in asked.pages["image_id"] if image_id in files]


def _preparation(args: argparse.Namespace, pages: list[Path]) -> tuple[dict[Path, tuple[str, ...]], list[list[str]]]:
    """What pages went through, by folder, and the different things that are still to be done to some; says these."""
    from mojika.data.prepared_pages import missing_steps, recorded_steps
    from mojika.training.model_file import read_input

    went_through = recorded_steps(pages, args.page_preprocessing)
    wanted = [(str(model), read_input(model).page_preprocessing) for model in args.models]
    missing = {missing_steps(*model, found) for model in wanted for found in set(went_through.values())}
    prepared = [list(steps) for steps in sorted(missing) if steps]
    for steps in prepared:
        told_of = f"{args.images}: pages are prepared as those of the training were: {', '.join(steps)}"
        say(f"{told_of} (`mojika preprocess` does it once for all)")
    return went_through, prepared


def _made_from(
    args: argparse.Namespace, asked: "PageBoxes", pages: list[Path], prepared: list[list[str]]
) -> dict[str, Any]:
    return {
        "stage": "classify",
        "boxes": asked.fingerprint,
        "pages": files_digest(pages),
        "models": [model_digest(model) for model in args.models],
        "tta": args.tta,
        "skip_bad": args.skip_bad,
        **({"prepared": prepared} if prepared else {}),
        **({"padding": args.padding} if args.padding != _PADDING else {}),
        **({"scale_size": [list(pair) for pair in args.scale_size.items()]} if args.scale_size else {}),
    }


def _describe(report: dict[str, Any], args: argparse.Namespace) -> str:
    from mojika.boxes.page_boxes import faults_file

    text = "{boxes:,} boxes of {pages:,} pages read by {models} models".format(**report)
    text += f", mean probability {report['mean_prob']:.4f}" if report["boxes"] else ""
    text += f", accuracy {report['accuracy']:.4f}" if report.get("accuracy") is not None else ""
    return text + (
        f"; left out {report['left_out']:,} boxes, see {faults_file(args.out)}" if report["left_out"] else ""
    )
