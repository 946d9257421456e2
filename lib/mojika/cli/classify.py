"""`mojika classify`: read the boxes of pages with one or several classifiers, which vote softly."""

import argparse
import json
from pathlib import Path
from typing import Any

from mojika.boxes.page_boxes import BOXES, PageBoxes, read_boxes, truth_boxes
from mojika.cli.boxes_output import faults_file, write_with_faults
from mojika.data.pages import find_pages
from mojika.files.fingerprints import file_digest, files_digest
from mojika.parameters.argument_types import positive
from mojika.runtime.parallel import available_cores
from mojika.runtime.signals import StopRequest

EXAMPLE = """example:
  mojika classify models/01_efficientnet_b4/best.model models/02_resnet152/best.model --tta 7 \\
      --boxes output/test/detected.parquet --images input/kuzushiji-recognition/preprocessed/test_images \\
      --out output/test/first.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help=".model files of one class list")
    boxes = parser.add_mutually_exclusive_group(required=True)
    boxes.add_argument("--boxes", type=Path, metavar="PARQUET", help="boxes to read, as `mojika detect` writes them")
    boxes.add_argument(
        "--truth-boxes", type=Path, metavar="CSV", help="read the labelled boxes of a train.csv instead, and count hits"
    )
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of the boxes' pages")
    parser.add_argument("--out", type=Path, required=True, metavar="PARQUET", help="boxes with labels to write")
    parser.add_argument(
        "--tta", type=int, choices=(1, 5, 7), default=7,
        help="views of each crop: centre; corners and centre; these, half-way out and the whole (default: 7)",
    )  # fmt: skip
    parser.add_argument("--batch-size", type=positive, default=128, help="boxes per step (default: 128)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="(default: auto)")
    parser.add_argument("--workers", type=positive, default=available_cores(), help="threads that decode (all cores)")
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave boxes of bad pages out and list the pages in OUT.skipped.csv"
    )
    parser.add_argument("--force", action="store_true", help="replace boxes that were made differently")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    asked = truth_boxes(args.truth_boxes, args.images) if args.truth_boxes else read_boxes(args.boxes)
    made_from = _made_from(args, asked)
    exists = not args.force and BOXES.is_made_from(args.out, made_from)
    read = read_boxes(args.out) if exists else _read(args, asked, made_from)
    report = {
        "pages": len(read.pages),
        "boxes": len(read.boxes),
        "left_out": len(asked.boxes) - len(read.boxes),
        "models": len(args.models),
        "mean_prob": float(read.boxes["prob"].mean()) if len(read.boxes) else None,
        **({"accuracy": _accuracy(asked, read)} if args.truth_boxes else {}),
    }
    if args.json:
        print(json.dumps(report))
        return
    print(f"{args.out}: {'up to date, ' if exists else ''}{_describe(report, args)}")


def _read(args: argparse.Namespace, asked: PageBoxes, made_from: dict[str, Any]) -> PageBoxes:
    """Read the boxes `asked` and write them; `Interrupted` between two batches after a stop signal."""
    from mojika.recognition.classify_pages import classify_pages
    from mojika.training.model_file import load_model
    from mojika.training.precision import choose_device

    device = choose_device(args.device)
    models = [load_model(path, device) for path in args.models]
    with StopRequest() as stop:
        read, faults = classify_pages(
            models,
            asked,
            args.images,
            made_from=made_from,
            views=args.tta,
            batch_size=args.batch_size,
            workers=args.workers,
            skip_bad=args.skip_bad,
            before_batch=stop.raise_if_requested,
        )
        write_with_faults(args.out, read, faults)
    return read


def _made_from(args: argparse.Namespace, asked: PageBoxes) -> dict[str, Any]:
    files = find_pages(args.images)
    pages = [files[image_id] for image_id in asked.pages["image_id"] if image_id in files]
    return {
        "stage": "classify",
        "boxes": asked.fingerprint,
        "pages": files_digest(pages),
        "models": [file_digest(model) for model in args.models],
        "tta": args.tta,
        "skip_bad": args.skip_bad,
    }


def _accuracy(truth: PageBoxes, read: PageBoxes) -> float | None:
    """The share of labelled boxes that are read right, of those that are read at all; both are in the same order."""
    rectangle = ["image_id", "x1", "y1", "x2", "y2"]
    labels = [
        table.assign(again=table.groupby(rectangle).cumcount()).set_index([*rectangle, "again"])["label"]
        for table in (truth.boxes, read.boxes)
    ]
    expected, found = labels[0].loc[labels[1].index], labels[1]
    return float((expected == found).mean()) if len(found) else None


def _describe(report: dict[str, Any], args: argparse.Namespace) -> str:
    text = "{boxes:,} boxes of {pages:,} pages read by {models} models".format(**report)
    text += f", mean probability {report['mean_prob']:.4f}" if report["boxes"] else ""
    text += f", accuracy {report['accuracy']:.4f}" if report.get("accuracy") is not None else ""
    return text + (
        f"; left out {report['left_out']:,} boxes, see {faults_file(args.out)}" if report["left_out"] else ""
    )
