"""`mojika export-onnx`: a trained network as an ONNX file, compared with torch."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mojika.cli.stage import VIEWS, Report, add_flags, is_up_to_date, made
from mojika.errors import UserError
from mojika.files.urls import output
from mojika.parameters.argument_types import fraction, positive, views

_SUFFIX = ".onnx"

_WORDS = {  # of the numbers of a comparison
    "largest_difference": ", largest difference from torch {:.1e}",
    "float32_bytes": "; {:,} bytes in float32",
    "same_boxes": "; in 8 bits {:.2%} of the boxes are the same",
    "same_readings": "; {:.2%} of the readings in 8 bits are the same",
    "accuracy_before": "; accuracy {:.4f}",
    "accuracy_after": ", in 8 bits {:.4f}",
}

EXAMPLE = """example:
  mojika export-onnx models/01_refine_resnet152/best.model --out exported/01_resnet152.onnx
  mojika export-onnx readers/kuzushiji --out readers/kuzushiji_onnx
  mojika export-onnx readers/kuzushiji --out readers/kuzushiji_int8 --int8 input/val_images
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        type=Path,
        metavar="MODEL",
        help="a .model file, a .safetensors file of a reader, or a reader's folder, which becomes one of ONNX files",
    )
    parser.add_argument(
        "--out", type=output, required=True, metavar="FILE.onnx|DIR", help="file, or reader's folder, to write"
    )
    parser.add_argument(
        "--tta", type=views, choices=VIEWS, default=5, help="views of each crop, stored for whoever reads (default: 5)"
    )
    parser.add_argument(
        "--score-threshold", type=fraction, default=0.1, help="lowest score of a box, stored likewise (default: 0.1)"
    )
    parser.add_argument(
        "--at-most", type=positive, default=1300, help="boxes that a detector gives of an image (default: 1300)"
    )
    parser.add_argument(
        "--int8", type=Path, metavar="IMAGES",
        help="compute in 8 bits, calibrated on half of these images and compared on the others: a folder of pages for "
        "a detector or a reader, a labelled split list for a classifier",
    )  # fmt: skip
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.files.reader_folder import is_reader_folder

    return _export_reader(args) if is_reader_folder(args.model) else _export_network(args)


def _export_network(args: argparse.Namespace) -> Report:
    from mojika.reader.onnx_export import export, load, network_made_from, stored_settings, write_network
    from mojika.reader.onnx_network import ONNX
    from mojika.reader.onnx_network_int8 import images_digest, reduced

    if args.out.suffix != _SUFFIX:
        raise UserError(f"--out {args.out}: expected a file name that ends in {_SUFFIX}")
    chosen = {"views": args.tta, "score_threshold": args.score_threshold}
    made_from = network_made_from(args.model, args.at_most, **chosen, **_calibrated(args, images_digest))
    existed = is_up_to_date(args, ONNX, made_from)
    compared: dict[str, Any] = {}
    if not existed:
        model = load(args.model)
        settings = stored_settings(model, made_from)
        content, difference = export(model, made_from, settings)
        compared = {"largest_difference": difference}
        if args.int8:
            compared["float32_bytes"] = len(content)
            content, loss = reduced(model, content, settings, args.int8)
            compared |= loss
        write_network(args.out, content)
    numbers = {"networks": 1, "bytes": args.out.stat().st_size, **compared}
    return made(args.out, numbers, _describe(ONNX.read(args.out)["model"], numbers), existed=existed)


def _export_reader(args: argparse.Namespace) -> Report:
    from mojika.files.reader_folder import READER, ReaderFolder
    from mojika.reader.onnx_folder import folder_made_from, write_onnx_reader
    from mojika.reader.onnx_int8 import calibration_pages, pages_digest

    source = ReaderFolder.open(args.model)
    made_from = folder_made_from(source, args.at_most, **_calibrated(args, pages_digest))
    existed = is_up_to_date(args, READER, made_from)
    compared: dict[str, Any] = {}
    if not existed:
        pages = calibration_pages(args.int8) if args.int8 else ()
        difference, loss = write_onnx_reader(args.out, source, made_from, pages)
        compared = {"largest_difference": difference, **loss}
    folder = ReaderFolder.open(args.out)
    sizes = [folder.files[member.about["file"]]["size"] for member in folder.members()]
    numbers = {"networks": len(sizes), "bytes": sum(sizes), **compared}
    return made(args.out, numbers, _describe(f"{len(sizes)} networks", numbers), existed=existed)


def _calibrated(args: argparse.Namespace, digest: Callable[[Path], str]) -> dict[str, str]:
    return {"int8": digest(args.int8)} if args.int8 else {}


def _describe(what: str, numbers: dict[str, Any]) -> str:
    text = f"{what}, {numbers['bytes']:,} bytes"
    for name, words in _WORDS.items():
        text += words.format(numbers[name]) if name in numbers else ""
    return text
