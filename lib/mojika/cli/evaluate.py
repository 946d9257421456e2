"""`mojika evaluate`: how well a trained model reads a labelled list."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from mojika.data.class_list import ClassList, shown
from mojika.data.input_pipeline import Batch, InputPipeline
from mojika.data.split_list import SplitList, read_split_lists
from mojika.errors import UserError
from mojika.experiment.training_setup import build_augmentation, recipe_of
from mojika.files.atomic import atomic_text, atomic_write
from mojika.files.cache import cache_folder
from mojika.pictures.contact_sheet import draw_contact_sheet
from mojika.training.inference import load_classifier, predict
from mojika.training.metrics import Counted, measure
from mojika.training.precision import choose_device, choose_precision

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
    device = choose_device(args.device)
    model, classes, saved = load_classifier(args.model, device)
    recipe = recipe_of(saved)
    (split,) = read_split_lists(
        [args.list], scale_size=recipe.scale_size, channels=model.architecture.channels, cache=cache_folder()
    )
    if split.heads != tuple(classes):
        raise UserError(f"{args.list}: label columns {', '.join(split.heads)}; the model reads {', '.join(classes)}")
    pipeline = InputPipeline(split, build_augmentation(recipe), device, residency="host", workers=args.workers)
    precision = choose_precision(recipe.amp, device)

    readings = _readings(predict(model, pipeline, args.batch_size, precision, precision.channels_last))
    results, table = _compare(split, classes, readings)

    if args.predictions:
        rows = pd.DataFrame({"pack": split.pack_index, "row": split.row, **table})
        atomic_text(args.predictions, rows.to_csv(index=False, lineterminator="\n"))
    if args.contact_sheet:
        _write_contact_sheet(args.contact_sheet, pipeline, split, table)
    _print(results, args)


Reading = tuple[torch.Tensor, torch.Tensor]  # probability and class, (N,) each


def _compare(
    split: SplitList, classes: dict[str, ClassList], readings: list[Reading]
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """The numbers, and columns of labels, readings and probabilities; what the model has no class for is left out."""
    parts = {"": np.ones(len(split), bool), "_unshared": ~split.shared}
    if split.unseen is not None:
        parts |= {"_seen": ~split.unseen, "_unseen": split.unseen}
    counted: dict[str, dict[str, Counted]] = {part: {} for part in parts}
    numbers, table = {}, {}
    for head, (name, (confidence, predicted)) in enumerate(zip(classes, readings, strict=True)):
        truth = _truth_in_model_order(split, head, classes[name].labels)
        known = truth >= 0
        suffix = f"_{name}" if len(classes) > 1 else ""
        for part, of_part in parts.items():
            rows = known & torch.from_numpy(of_part)
            chosen = truth[rows], predicted[rows], truth[rows & (predicted == truth)]
            counted[part][name] = Counted(*(torch.bincount(lot, minlength=len(classes[name])) for lot in chosen))
        numbers[f"classes{suffix}"] = len(truth[known].unique())
        numbers[f"samples_of_unknown_classes{suffix}"] = int((~known).sum())
        labels = np.array(split.classes[name].labels, dtype=object)
        table[name] = labels[split.targets[:, head]]
        table[f"predicted_{name}"] = np.array(classes[name].labels, dtype=object)[predicted.numpy()]
        table[f"prob_{name}"] = confidence.numpy().round(6)

    results = {"samples": len(split)}
    for part, of_heads in counted.items():
        results |= measure(of_heads, part)
    return results | numbers, table


def _readings(batches: Iterable[tuple[Batch, list[torch.Tensor]]]) -> list[Reading]:
    """The best reading of each sample, per head; the logits of a whole set would not fit."""
    collected = [[scores.float().softmax(1).max(1) for scores in logits] for _, logits in batches]
    return [tuple(torch.cat(parts).cpu() for parts in zip(*best, strict=True)) for best in zip(*collected, strict=True)]


def _truth_in_model_order(split: SplitList, head: int, model_labels: tuple[str, ...]) -> torch.Tensor:
    """The list's targets as the model numbers its classes; −1 where the model has no such class."""
    number = {label: i for i, label in enumerate(model_labels)}
    translation = np.array([number.get(label, -1) for label in split.classes[split.heads[head]].labels])
    return torch.from_numpy(translation[split.targets[:, head]])


def _write_contact_sheet(path: Path, pipeline: InputPipeline, split: SplitList, table: dict) -> None:
    """Wrong readings first, then right ones, as many as one can look at."""
    name = split.heads[0]
    right = table[name] == table[f"predicted_{name}"]
    rows = np.argsort(right, kind="stable")[:_CELLS_AT_MOST]
    truths, predictions = ([shown(label) for label in table[column][rows]] for column in (name, f"predicted_{name}"))
    sheet = draw_contact_sheet(pipeline.gather(rows), truths, predictions)
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
