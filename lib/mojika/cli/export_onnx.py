"""`mojika export-onnx`: a trained network as an ONNX file, compared with torch."""

import argparse
from pathlib import Path
from typing import Any

from mojika.cli.stage import VIEWS, Report, add_flags, is_up_to_date, made
from mojika.errors import UserError
from mojika.files.urls import output
from mojika.parameters.argument_types import fraction, positive, views

_SUFFIX = ".onnx"

EXAMPLE = """example:
  mojika export-onnx models/01_refine_resnet152/best.model --out exported/01_resnet152.onnx
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", type=Path, metavar="MODEL", help="a .model file or a model of a reader's folder, of either kind"
    )
    parser.add_argument("--out", type=output, required=True, metavar="FILE.onnx", help="ONNX file to write")
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
    from mojika.reader.onnx_export import TOLERANCE, export, load, made_from, stored_settings, write_network
    from mojika.reader.onnx_network import ONNX

    if args.out.suffix != _SUFFIX:
        raise UserError(f"--out {args.out}: expected a file name that ends in {_SUFFIX}")
    settings = {"views": args.tta, "score_threshold": args.score_threshold}
    sources = made_from(args.model, args.at_most, **settings)
    existed = is_up_to_date(args, ONNX, sources)
    if not existed:
        model = load(args.model)
        content, difference = export(model, sources, stored_settings(model, sources))
        write_network(args.out, content)
    header = ONNX.read(args.out)
    numbers: dict[str, Any] = {"model": header["model"], "bytes": args.out.stat().st_size}
    text = "{model}, {bytes:,} bytes".format(**numbers)
    if not existed:
        numbers["largest_difference"] = difference
        text += f", largest difference from torch {difference:.1e} (at most {TOLERANCE:.0e})"
    return made(args.out, numbers, text, existed=existed)
