"""`mojika evaluate`: how well a trained model reads a labelled list."""

import argparse
from pathlib import Path

from mojika.cli.stage import Report, add_flags, aligned
from mojika.errors import UserError
from mojika.files.urls import place

EXAMPLE = """example:
  mojika evaluate models/02_resnet152/best.model input/kuzushiji-recognition/splits/200015779/gray124/valid.csv \\
      --contact-sheet valid.png
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="a .model file of train.py")
    parser.add_argument("list", type=place, metavar="LIST", help="a labelled split list (CSV)")
    add_flags(parser, "device", "workers", batch_size=256)
    parser.add_argument(
        "--contact-sheet",
        type=Path,
        metavar="PNG",
        help="picture to draw: crops with truth and prediction, wrong ones first",
    )
    parser.add_argument(
        "--predictions", type=Path, metavar="CSV", help="file for truth, prediction and probability of each sample"
    )
    add_flags(parser, "json")


def run(args: argparse.Namespace) -> Report:
    import pandas as pd

    from mojika.data.centre_view import centre_augmentation
    from mojika.data.input_pipeline import InputPipeline
    from mojika.data.split_list import read_split_lists
    from mojika.files.cache import cache_folder
    from mojika.files.text_table import write_csv
    from mojika.pictures.contact_sheet import write_contact_sheet
    from mojika.training.evaluation import compare, read_list
    from mojika.training.model_file import load_model
    from mojika.training.precision import choose_device

    model = load_model(args.model, choose_device(args.device))
    spec, device = model.spec, model.precision.device
    (split,) = read_split_lists(
        [args.list],
        scale_size=spec.scale_size,
        channels=spec.channels,
        cache=cache_folder(),
        exchanged=spec.channels_exchanged,
    )
    if split.heads != tuple(model.classes):
        reads = ", ".join(model.classes)
        raise UserError(f"{args.list}: label columns {', '.join(split.heads)}; the model reads {reads}")
    pipeline = InputPipeline(split, centre_augmentation(spec), device, residency="host", workers=args.workers)
    results, table = compare(split, model.classes, read_list(model, pipeline, args.batch_size))

    if args.predictions:
        write_csv(args.predictions, pd.DataFrame({"pack": split.pack_index, "row": split.row, **table}))
    if args.contact_sheet:
        name = split.heads[0]
        write_contact_sheet(args.contact_sheet, pipeline.gather, table[name], table[f"predicted_{name}"])
    return Report(results, aligned(results), written=(args.contact_sheet, args.predictions))
