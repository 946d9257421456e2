"""`mojika bundle`: make one folder of trained models, which reads wherever it is taken."""

import argparse
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mojika.cli.stage import Report, add_flags, is_up_to_date, made, page_steps
from mojika.errors import UserError
from mojika.files.urls import output
from mojika.parameters.argument_types import fraction, positive, positive_number, views, whole_numbers

if TYPE_CHECKING:
    from mojika.reader.reader_files import ReaderFiles

_SETTINGS = (
    "short_sides", "gray", "two_views", "score_threshold", "at_most", "iou", "views", "padding", "nms_by", "nms_iou",
    "filter_threshold", "neighbour_threshold", "furigana_below", "certainty_threshold",
)  # fmt: skip

EXAMPLE = """example:
  mojika bundle models/00_detector models/01_refine_efficientnet_b4_l2softmax_gray190 \\
      --filter models/final_filter/boosters --scores output/summary.json --license cc-by-sa-4.0 \\
      --data "『日本古典籍くずし字データセット』 doi:10.20676/00000340" --out readers/kuzushiji
  mojika bundle --check readers/kuzushiji hf:OWNER/NAME
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models", nargs="+", metavar="RUN",
        help="run folders or .model files of detectors and classifiers, a pipeline's folder of runs, or, with --check, "
        "readers' folders and hf:OWNER/NAME[@REVISION]",
    )  # fmt: skip
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=output, metavar="DIR", help="reader's folder to write")
    where.add_argument("--check", action="store_true", help="compare every file of readers with what they record")
    parser.add_argument("--filter", type=Path, metavar="DIR", help="filter written by `mojika filter-train`")
    parser.add_argument(
        "--lm",
        metavar="FILE",
        help="language model written by `mojika language-model`, or off for none",
    )
    add_flags(parser, "lm_weight", "lm_temperature")
    parser.add_argument("--name", help="name of the reader (default: that of the folder)")
    parser.add_argument("--license", metavar="ID", help="licence of the models, by its SPDX name (mit, cc-by-sa-4.0)")
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME", help="data sets that were learnt from")
    parser.add_argument(
        "--scores", type=Path, metavar="JSON", help="summary of the run, whose numbers go into the model card"
    )
    parser.add_argument(
        "--page-preprocessing", type=page_steps, metavar="STEP,…|none",
        help="what `mojika preprocess` did to the pages, for models whose file does not say it",
    )  # fmt: skip
    add_flags(parser, "weights")
    parser.add_argument(
        "--at-most-mb", type=positive_number, metavar="MB", help="write nothing if the folder would be larger than this"
    )
    reading: Any = parser.add_argument_group("how it reads", "Short sides follow from the models by default.")
    reading.add_argument(
        "--short-sides", type=whole_numbers, metavar="PIXELS,…",
        help="short sides in pixels at which a page is searched (default: spread over those of the training)",
    )  # fmt: skip
    reading.add_argument("--gray", action="store_true", default=None, help="also search every scale in gray")
    add_flags(reading, "two_views")
    reading.add_argument("--score-threshold", type=fraction, help="lowest score of a box (default: 0.1)")
    reading.add_argument("--at-most", type=positive, help="largest number of boxes of a page (default: 1300)")
    reading.add_argument("--iou", type=fraction, help="overlap above which a detector's worse box goes (default: 0.5)")
    reading.add_argument("--tta", type=views, dest="views", metavar="VIEWS", help="views of each crop (default: 5)")
    add_flags(reading, "scale_size")
    reading.add_argument("--padding", type=fraction, help="margin around a box, a share of its side (default: 0.1)")
    reading.add_argument(
        "--nms-by", choices=["prob", "box_score"], help="which of two boxes that overlap is better (default: prob)"
    )
    reading.add_argument("--nms-iou", type=fraction, help="overlap above which the worse box goes (default: 0.3)")
    reading.add_argument("--filter-threshold", type=fraction, help="lowest probability of the filter (default: 0.5)")
    add_flags(reading, "neighbour_threshold", "furigana_below", "certainty_threshold")
    reading.add_argument(
        "--mean", choices=["arithmetic", "geometric", "harmonic"],
        help="mean of the probabilities of several models of graphemes (default: arithmetic)",
    )  # fmt: skip
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    return _check(args.models) if args.check else _bundle(args)


def _check(specs: list[str]) -> Report:
    from mojika.reader.reader_files import open_folder

    folders = [open_folder(spec) for spec in specs]
    for folder in folders:
        folder.check()
    models, files = sum(len(folder.members()) for folder in folders), sum(len(folder.files) for folder in folders)
    numbers = {"readers": len(folders), "models": models, "files": files}
    return Report(
        numbers, "{readers} readers with {models} models: all {files} files are as recorded".format(**numbers)
    )


def _bundle(args: argparse.Namespace) -> Report:
    from mojika.files.reader_folder import READER, ReaderFolder
    from mojika.files.reports import Selection
    from mojika.reader.bundle import About, Changes, expect_at_most, made_from, write_reader
    from mojika.reader.reader_files import open_reader_files

    files = _as_asked(open_reader_files(*args.models), args)
    scores = Selection("{}", args.scores).numbers() if args.scores else {}
    scores.pop("seconds", None)  # differ from run to run, and say nothing of the models
    about = About(name=args.name or args.out.name, license=args.license, data=tuple(args.data), scores=scores)
    changes = Changes(page_preprocessing=args.page_preprocessing, scale_size=args.scale_size, weights=args.weights)
    at_most = args.at_most_mb * 1e6 if args.at_most_mb else math.inf
    sources = made_from(files, about, changes)
    existed = is_up_to_date(args, READER, sources)
    if existed:
        expect_at_most(args.out, at_most, args.out)
    else:
        write_reader(args.out, files, about, changes, sources, at_most)
    folder = ReaderFolder.open(args.out)
    numbers = {
        "detectors": len(folder.members("detector")),
        "classifiers": len(folder.members("classifier")),
        "filter": int(files.filter is not None),
        "bytes": sum(each["size"] for each in folder.files.values()),
    }
    text = "detectors {detectors}, classifiers {classifiers}, filter {filter}, {bytes:,} bytes".format(**numbers)
    return made(args.out, numbers, *[files.note] * bool(files.note), text, existed=existed)


def _as_asked(files: "ReaderFiles", args: argparse.Namespace) -> "ReaderFiles":
    """With the settings and the filter that flags choose; raises `UserError` for those that have no effect."""
    from mojika.reader.language_file import chosen_language

    chosen: dict[str, Any] = {name: getattr(args, name) for name in _SETTINGS if getattr(args, name) is not None}
    if files.settings is None and chosen:
        raise UserError(f"--{next(iter(chosen)).replace('_', '-')}: only for a reader with a detector")
    if args.filter:
        inner = args.filter / "boosters"
        files = replace(files, filter=inner if inner.is_dir() else args.filter)
    if files.settings:
        files = replace(files, settings=replace(files.settings, **chosen))
    language = chosen_language(files.language, args.lm, args.lm_weight, args.lm_temperature)
    if language and files.settings is None:
        raise UserError("--lm: only for a reader with a detector")
    return replace(files, mean=args.mean or files.mean, language=language)
