"""`mojika export-onnx`: a trained network as an ONNX file, compared with torch."""

import argparse
from pathlib import Path

from mojika.cli.stage import VIEWS, Report, add_flags, is_up_to_date, made
from mojika.errors import UserError
from mojika.files.urls import output
from mojika.parameters.argument_types import fraction, positive, views

_SUFFIX = ".onnx"

EXAMPLE = """example:
  mojika export-onnx models/01_refine_resnet152/best.model --out exported/01_resnet152.onnx
  mojika export-onnx readers/kuzushiji --out readers/kuzushiji_onnx
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
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.files.reader_folder import is_reader_folder

    return _export_reader(args) if is_reader_folder(args.model) else _export_network(args)


def _export_network(args: argparse.Namespace) -> Report:
    from mojika.reader.onnx_export import export, load, network_made_from, stored_settings, write_network
    from mojika.reader.onnx_network import ONNX

    if args.out.suffix != _SUFFIX:
        raise UserError(f"--out {args.out}: expected a file name that ends in {_SUFFIX}")
    settings = {"views": args.tta, "score_threshold": args.score_threshold}
    made_from = network_made_from(args.model, args.at_most, **settings)
    existed = is_up_to_date(args, ONNX, made_from)
    difference = None
    if not existed:
        model = load(args.model)
        content, difference = export(model, made_from, stored_settings(model, made_from))
        write_network(args.out, content)
    header = ONNX.read(args.out)
    numbers = {"model": header["model"], "bytes": args.out.stat().st_size, "largest_difference": difference}
    text = "{model}, {bytes:,} bytes".format(**numbers) + _compared(difference)
    return made(args.out, numbers, text, existed=existed)


def _export_reader(args: argparse.Namespace) -> Report:
    from mojika.files.reader_folder import READER, ReaderFolder
    from mojika.reader.onnx_folder import folder_made_from, write_onnx_reader

    source, differences = ReaderFolder.open(args.model), dict[str, float]()
    made_from = folder_made_from(source, args.at_most)
    existed = is_up_to_date(args, READER, made_from)
    if not existed:
        write_onnx_reader(args.out, source, made_from, differences.__setitem__)
    folder = ReaderFolder.open(args.out)
    size = sum(each["size"] for each in folder.files.values())
    difference = max(differences.values(), default=None)
    numbers = {"networks": len(folder.members()), "bytes": size, "largest_difference": difference}
    text = "{networks} networks, {bytes:,} bytes".format(**numbers) + _compared(difference)
    return made(args.out, numbers, text, existed=existed)


def _compared(difference: float | None) -> str:
    return "" if difference is None else f", largest difference from torch {difference:.1e}"
