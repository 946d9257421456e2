"""`mojika import-model`: a classifier that the 2019 scripts trained, as a checkpoint of ours."""

import argparse
from pathlib import Path

from mojika.cli.stage import Report, add_flags, made
from mojika.errors import UserError
from mojika.files.fingerprints import file_digest

EXAMPLE = """example:
  mojika import-model 02_refine_resnet152_l2softmax_gray112-0069.model --out models/2019/02_resnet152.model
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a .model file of the 2019 scripts")
    parser.add_argument(
        "--out", type=Path, metavar="MODEL", help=".model file to write (default: beside FILE, as NAME.imported.model)"
    )
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.training.checkpoints import load_checkpoint
    from mojika.training.model_of_2019 import import_model

    digest, out = file_digest(args.file), args.out or args.file.with_suffix(".imported.model")
    if out.absolute() == args.file.absolute():
        raise UserError(f"--out {out} is the file that is imported; give another path")
    existed = out.exists() and not args.force
    state = load_checkpoint(out) if existed else import_model(args.file, digest, out)
    if state.get("imported_from", {}).get("sha256") != digest:
        raise UserError(f"--out {out}: exists and is not made from {args.file}; give another path or --force")
    classes, arch = len(state["classes"]["label"]["labels"]), state["arch"]
    text = f"{arch['model']} with {classes:,} classes, {'gray' if arch['channels'] == 1 else 'RGB'}"
    return made(out, {"classes": classes, "epoch": state["epoch"]}, text, existed=existed)
