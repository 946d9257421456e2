"""`mojika import-model`: files that were published in 2019, as files of ours."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mojika.cli.stage import Report, add_flags, made
from mojika.errors import UserError
from mojika.files.fingerprints import file_digest

EXAMPLE = """example:
  mojika import-model 02_refine_resnet152_l2softmax_gray112-0069.model --out models/2019/02_resnet152.model
"""


class Import(NamedTuple):
    """How files of one kind are imported.

    `read` gets the published file and its SHA-256, the file to write, and whether an existing one is replaced. It
    returns the numbers and the line of the report, and whether the output was there already; it raises `UserError` for
    a file that is something else, without executing anything in it.
    """

    what: str
    suffix: str  # of the file that is written
    read: Callable[[Path, str, Path, bool], tuple[Mapping[str, Any], str, bool]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = ", ".join(f"{kind.what} ({suffix})" for suffix, kind in IMPORTS.items())
    parser.add_argument("file", type=Path, metavar="FILE", help=f"a file published in 2019: {kinds}")
    parser.add_argument(
        "--out", type=Path, metavar="PATH", help="file to write (default: beside FILE, as NAME.imported.SUFFIX)"
    )
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    kind = IMPORTS.get(args.file.suffix)
    if not kind:
        found = args.file.suffix or "none"
        raise UserError(f"{args.file}: expected a file that ends with {' or '.join(IMPORTS)}, found {found}")
    out = args.out or args.file.with_name(f"{args.file.stem}.imported{kind.suffix}")
    if out.absolute() == args.file.absolute():
        raise UserError(f"--out {out} is the file that is imported; give another path")
    numbers, text, existed = kind.read(args.file, file_digest(args.file), out, args.force)
    return made(out, numbers, text, existed=existed)


def _classifier(file: Path, digest: str, out: Path, force: bool) -> tuple[Mapping[str, Any], str, bool]:
    from mojika.training.checkpoints import load_checkpoint
    from mojika.training.model_of_2019 import import_model

    existed = out.exists() and not force
    state = load_checkpoint(out) if existed else import_model(file, digest, out)
    imported_from = state.get("imported_from", {})
    if imported_from.get("sha256") != digest:
        raise UserError(f"--out {out}: exists and is not made from {file}; give another path or --force")
    classes, arch = len(state["classes"]["label"]["labels"]), state["arch"]
    text = f"{arch['model']} with {classes:,} classes, {'gray' if arch['channels'] == 1 else 'RGB'}"
    return {"classes": classes, "epoch": state["epoch"]}, text, existed


IMPORTS: dict[str, Import] = {".model": Import("a classifier", ".model", _classifier)}
