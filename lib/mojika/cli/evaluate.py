"""`mojika evaluate`: how well a trained model reads a labelled list."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from mojika.data.class_list import shown
from mojika.data.split_list import read_split_lists
from mojika.errors import UserError
from mojika.files.atomic import atomic_text, atomic_write
from mojika.files.cache import cache_folder
from mojika.pictures.contact_sheet import draw_contact_sheet

_CELLS_AT_MOST = 320

EXAMPLE = """example:
  mojika evaluate models/02_resnet152/best.model input/kuzushiji-recognition/splits/200015779/gray124/valid.csv \\
      --contact-sheet valid.png
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="a .model file of train.py")
    parser.add_argument("list", type=Path, metavar="LIST", help="a labelled split list (CSV)")
    parser.add_argument("--batch-size", type=int, default=256, help="images per step (default: 256)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="(default: auto)")
    parser.add_argument("--workers", type=int, help="input threads on a CPU (default: all cores)")
    parser.add_argument(
        "--contact-sheet", type=Path, metavar="PNG", help="draw crops with truth and prediction, wrong ones first"
    )
    parser.add_argument("--predictions", type=Path, metavar="CSV", help="write truth, prediction and probability")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    from mojika.data.centre_view import centre_recipe
    from mojika.data.input_pipeline import InputPipeline
    from mojika.training.evaluation import compare, read_list
    from mojika.training.model_file import load_model
    from mojika.training.precision import choose_device

    model = load_model(args.model, choose_device(args.device))
    spec, device = model.spec, model.precision.device
    (split,) = read_split_lists([args.list], scale_size=spec.scale_size, channels=spec.channels, cache=cache_folder())
    if split.heads != tuple(model.classes):
        reads = ", ".join(model.classes)
        raise UserError(f"{args.list}: label columns {', '.join(split.heads)}; the model reads {reads}")
    pipeline = InputPipeline(split, centre_recipe(spec), device, residency="host", workers=args.workers)
    results, table = compare(split, model.classes, read_list(model, pipeline, args.batch_size))

    if args.predictions:
        rows = pd.DataFrame({"pack": split.pack_index, "row": split.row, **table})
        atomic_text(args.predictions, rows.to_csv(index=False, lineterminator="\n"))
    if args.contact_sheet:
        _write_contact_sheet(args.contact_sheet, pipeline.gather, split.heads[0], table)
    _print(results, args)


def _write_contact_sheet(
    path: Path, gather: Callable[[np.ndarray], np.ndarray], name: str, table: dict[str, np.ndarray]
) -> None:
    """Wrong readings of the head `name` first, then right ones, as many as one can look at."""
    right = table[name] == table[f"predicted_{name}"]
    rows = np.argsort(right, kind="stable")[:_CELLS_AT_MOST]
    truths, predictions = ([shown(label) for label in table[column][rows]] for column in (name, f"predicted_{name}"))
    sheet = draw_contact_sheet(gather(rows), truths, predictions)
    with atomic_write(path) as file:
        sheet.save(file, "PNG")


def _print(results: dict, args: argparse.Namespace) -> None:
    if args.json:
        print(json.dumps({name: None if value != value else value for name, value in results.items()}))  # NaN
        return
    widest = max(28, *map(len, results))
    for name, value in results.items():
        print(f"{name:>{widest}}  {value:.4f}" if isinstance(value, float) else f"{name:>{widest}}  {value}")
    for path in (args.contact_sheet, args.predictions):
        if path:
            print(f"wrote {path}")
