"""`mojika evaluate`: how well a trained model reads a labelled list."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mojika.cli.stage import Report, add_flags, aligned
from mojika.errors import UserError
from mojika.files.urls import place
from mojika.parameters.argument_types import positive
from mojika.runtime.lines import say

if TYPE_CHECKING:
    from mojika.data.split_list import SplitList

EXAMPLE = """example:
  mojika evaluate models/02_resnet152/best.model input/kuzushiji-recognition/splits/200015779/gray124/valid.csv \\
      --report reports/02_resnet152
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="a .model file of train.py, or a reader's folder")
    parser.add_argument("labels", type=place, metavar="LIST", help="a labelled split list (CSV)")
    add_flags(parser, "device", "workers", "scale_size", batch_size=256, tta=1)
    parser.add_argument(
        "--topk",
        type=positive,
        default=1,
        metavar="K",
        help="also report how often the label is among the K most probable; --predictions lists these (default: 1)",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help="folder for a report, a page (index.html) and its tables: confusions with crops, certainty, rare classes; "
        "a name that ends in .csv gets precision, recall, F1 and number of samples of each class alone",
    )
    parser.add_argument(
        "--contact-sheet",
        type=Path,
        metavar="PNG",
        help="picture to draw: crops with truth and prediction, wrong ones first",
    )
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="CSV",
        help="file for truth, prediction and probability of each sample, and its image file where the list names files",
    )
    parser.add_argument(
        "--calibrate",
        type=Path,
        metavar="MODEL",
        help="model file to write: the same model with the temperature at which the labels of LIST are most probable; "
        "every command that reads with it divides the logits by it",
    )
    add_flags(parser, "json")


def run(args: argparse.Namespace) -> Report:
    import pandas as pd

    from mojika.data.input_pipeline import InputPipeline
    from mojika.files.text_table import write_csv
    from mojika.pictures.contact_sheet import write_contact_sheet
    from mojika.recognition.reading_scale import at_scale
    from mojika.recognition.test_time_augmentation import read_views, views_augmentation
    from mojika.reports.calibration import calibrate, write_calibrated
    from mojika.reports.classifier_report import head_readings, write_classifier_report
    from mojika.reports.page import expect_place
    from mojika.training.class_report import class_report
    from mojika.training.evaluation import best_readings, compare, read_list_for
    from mojika.training.model_file import load_model
    from mojika.training.precision import choose_device
    from mojika.training.temperature import SomeLogits

    if args.calibrate and args.calibrate.suffix != ".model":
        raise UserError(f"--calibrate {args.calibrate}: expected a name that ends in .model")
    if args.calibrate and args.calibrate.resolve() == args.model.resolve():
        raise UserError(f"--calibrate {args.calibrate}: expected another file than MODEL, which stays as it is")
    if report := _report_folder(args):
        expect_place(report)
    model = at_scale(load_model(args.model, choose_device(args.device)), args.scale_size)
    spec, device = model.spec, model.precision.device
    split = read_list_for(model, args.labels)
    _tell_other_pages(split, spec.page_preprocessing, args.model)
    augmentation = views_augmentation(spec, args.tta)
    pipeline = InputPipeline(split, augmentation, device, residency="host", workers=args.workers)
    logits, kept = read_views(model, pipeline, args.tta, args.batch_size), SomeLogits(len(split))
    readings = best_readings(kept.passing(logits) if args.calibrate else logits, args.topk)
    found = compare(split, model.classes, readings)
    calibrations = calibrate(kept, found.truths, model.temperatures) if args.calibrate else {}
    for head, calibration in calibrations.items():
        found.numbers.update(calibration.numbers(f"_{head}" if len(calibrations) > 1 else ""))
    if args.calibrate:
        write_calibrated(args.calibrate, args.model, {head: each.temperature for head, each in calibrations.items()})

    samples = pd.DataFrame({"pack": split.pack_index, "row": split.row, **found.table, **_files(split)})
    classes, written = class_report(found.counted, model.classes), args.report
    if report:
        written = write_classifier_report(
            report,
            (f"{args.model.parent.name}/{args.model.stem}".lstrip("/"), f"{args.model}, read on {args.labels}"),
            head_readings(model.classes, found.truths, readings),
            (classes, samples),
            pipeline.gather,
            found.numbers,
            {head: each.bins for head, each in calibrations.items()},
        )
    elif args.report:
        write_csv(args.report, classes)
    if args.predictions:
        write_csv(args.predictions, samples)
    if args.contact_sheet:
        name = split.heads[0]
        write_contact_sheet(args.contact_sheet, pipeline.gather, found.table[name], found.table[f"predicted_{name}"])
    files = (args.contact_sheet, args.predictions, args.calibrate)
    return Report(found.numbers, aligned(found.numbers), written=[*files, written])


def _report_folder(args: argparse.Namespace) -> Path | None:
    """Where a whole report is wanted; a table alone is not one."""
    return args.report if args.report and args.report.suffix != ".csv" else None


def _files(split: "SplitList") -> dict[str, list[str]]:
    """The column of the image files of a `label,path` list; of packs, which may be of pages, none."""
    if any(pack.meta["made_from"]["stage"] != "image list" for pack in split.packs):
        return {}
    names = [pack.samples["image_id"].tolist() for pack in split.packs]
    return {"file": [names[pack][row] for pack, row in zip(split.pack_index, split.row, strict=True)]}


def _tell_other_pages(split: "SplitList", wanted: tuple[str, ...] | None, model: Path) -> None:
    found = split.preprocessing.get("page_preprocessing")
    if None not in (wanted, found) and list(wanted or ()) != found:
        own, other = (", ".join(steps or ()) or "none" for steps in (wanted, found))
        say(f"{model}: trained on pages after the steps {own}; the packs are of pages after {other}")
