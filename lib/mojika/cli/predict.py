"""`mojika predict`: read images of one character, or one grapheme, each."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mojika.cli.stage import Report, add_flags, add_out, made
from mojika.errors import UserError
from mojika.files.cache import cache_folder
from mojika.files.fingerprints import digest
from mojika.files.reader_folder import is_model, model_digest, model_files
from mojika.parameters.argument_types import positive
from mojika.runtime.lines import say
from mojika.runtime.signals import StopRequest

if TYPE_CHECKING:
    from mojika.files.artifact import Header
    from mojika.files.faults import FaultLog
    from mojika.scans.scan import Scan
    from mojika.training.model_file import ReadingModel

EXAMPLE = """examples:
  mojika predict models/my_first_model/best.model crops/ --out predictions.csv
  mojika predict models/01/best.model models/02/best.model a.png b.png --top 3 --tta 5 --out predictions.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", metavar="MODEL", help="a .model file of a classifier, or a reader's folder; more of them vote"
    )
    parser.add_argument(
        "images",
        nargs="*",  # none are told below, where the model may be what is missing
        metavar="IMAGES",
        help="images of one character each: files, or folders with all below them; further models may stand among them",
    )
    add_out(parser, "CSV", "readings, one image a row,")
    parser.add_argument(
        "--top", type=positive, default=5, metavar="K", help="most probable labels listed of each image (default: 5)"
    )
    add_flags(parser, "scale_size", "grapheme_size", tta=1, batch_size=256)
    add_flags(parser, "device", "workers", "skip_bad", "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.boxed_pages import refuse_named
    from mojika.files.described import find_described
    from mojika.files.faults import FaultLog
    from mojika.recognition.predictions import PREDICTIONS
    from mojika.scans.find_scans import find_scans

    models, images = _models_and_images(args)
    if args.out.suffix != ".csv":
        raise UserError(f"--out {args.out}: expected a name that ends in .csv")
    scans, faults = find_scans(images, cache=cache_folder())
    log = FaultLog(args.skip_bad, lambda found: refuse_named(found, "images"))
    log.add(*faults)
    if not scans:
        raise UserError(f"{', '.join(images[:3])}: expected images to read, found none")
    made_from = _made_from(args, models, scans)
    header = None if args.force else find_described(PREDICTIONS, args.out, made_from)
    existed = header is not None
    report = (header or _read(args, models, scans, log, made_from))["report"]
    return made(args.out, report, _describe(report, args.out), existed=existed)


def _models_and_images(args: argparse.Namespace) -> tuple[list[Path], list[str]]:
    if not is_model(args.model):
        raise UserError(f"{args.model}: expected a .model file or a reader's folder first, and then images")
    models = [args.model, *filter(is_model, args.images)]
    images = [name for name in args.images if not is_model(name)]
    if not images:
        raise UserError("expected images behind the models: files or folders")
    return model_files(map(Path, models), "classifier"), images


def _read(
    args: argparse.Namespace, paths: list[Path], scans: "list[Scan]", log: "FaultLog", made_from: dict[str, Any]
) -> "Header":
    """Read the images and write the table; `Interrupted` between two batches after a stop signal."""
    from mojika.boxes.page_boxes import faults_file
    from mojika.files.faults import write_faults
    from mojika.recognition.loose_crops import read_crops, shared_classes
    from mojika.recognition.predictions import table_rows, write_predictions
    from mojika.runtime.progress import track

    models = _load(args, paths)
    classes, rows = shared_classes(models), []
    with StopRequest() as stop:
        batches = read_crops(
            models,
            scans,
            views=args.tta,
            batch_size=args.batch_size,
            workers=args.workers,
            leave_out=log.add,
            before_batch=stop.raise_if_requested,
        )
        found = (row for batch in batches for row in table_rows(batch, classes, args.top))
        rows = list(track(found, total=len(scans), description="reading", unit="image"))
        report = {
            "images": len(rows),
            "left_out": len(log.faults),
            "models": len(models),
            "mean_probability": round(sum(float(row[3]) for row in rows) / len(rows), 6) if rows else None,
        }
        if log.faults:
            write_faults(faults_file(args.out), log.faults)
        else:
            faults_file(args.out).unlink(missing_ok=True)
        return write_predictions(args.out, classes, rows, made_from, top=args.top, report=report)


def _load(args: argparse.Namespace, paths: list[Path]) -> "list[ReadingModel]":
    from mojika.data.grapheme_labels import HEADS
    from mojika.recognition.graphemes.inference import with_form
    from mojika.recognition.reading_scale import at_scale
    from mojika.training.model_file import load_model
    from mojika.training.precision import choose_device

    models, device = [], choose_device(args.device)
    for path in paths:
        model = load_model(path, device)
        if set(model.classes) == set(HEADS):
            model = with_form(model, args.grapheme_size)
        if steps := model.spec.page_preprocessing:
            told = f"{path}: trained on pages after {', '.join(steps)} (`mojika preprocess`)"
            say(f"{told}; the images are read as they are")
        models.append(at_scale(model, args.scale_size))
    return models


def _made_from(args: argparse.Namespace, models: list[Path], scans: "list[Scan]") -> dict[str, Any]:
    from mojika.runtime.parallel import ordered_map

    identities = ordered_map(_identity, scans, args.workers)
    return {
        "stage": "predict",
        "models": [model_digest(model, "classifier") for model in models],
        "images": digest([[scan.source, own] for scan, own in zip(scans, identities, strict=True)]),
        "top": args.top,
        "tta": args.tta,
        "skip_bad": args.skip_bad,
        "scale_size": args.scale_size and [list(pair) for pair in args.scale_size.items()],
        "grapheme_size": args.grapheme_size and str(args.grapheme_size),
    }


def _identity(scan: "Scan") -> str:
    try:
        return scan.fingerprint
    except UserError as error:
        return str(error)


def _describe(report: dict[str, Any], out: Path) -> str:
    from mojika.boxes.page_boxes import faults_file

    text = "{images:,} images read by {models} models".format(**report)
    text += f", mean probability {report['mean_probability']:.4f}" if report["images"] else ""
    return text + (f"; left out {report['left_out']:,} images, see {faults_file(out)}" if report["left_out"] else "")
