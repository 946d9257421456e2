"""`mojika infer-graphemes`: read shards of graphemes with one or several models and write the competition's rows."""

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mojika.cli.stage import Report, add_flags, aligned, made
from mojika.errors import UserError
from mojika.files.artifact import Header
from mojika.files.fingerprints import digest, files_digest
from mojika.files.reader_folder import model_digest, model_files
from mojika.files.urls import output, place
from mojika.parameters.argument_types import not_negative_number, positive_numbers
from mojika.recognition.graphemes.reweighting import DEFAULT_EXPONENT
from mojika.runtime.parallel import available_cores
from mojika.runtime.signals import StopRequest

if TYPE_CHECKING:
    from mojika.data.grapheme_shards import GraphemeShard
    from mojika.recognition.graphemes.probabilities import GraphemeProbabilities

_MOST_WORKERS = 8  # batches in preparation grow with them

EXAMPLE = """example:
  mojika infer-graphemes --models models/bengali_01/best.model models/bengali_02/best.model \\
      --shards 'input/bengaliai-cv19/test_image_data_*.parquet' --test input/bengaliai-cv19/test.csv \\
      --mean geometric --reweight --out output/bengali/submission.csv --plot output/bengali/classes
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models",
        type=Path,
        nargs="+",
        required=True,
        metavar="MODEL",
        help=".model files with the same class lists, or readers' folders",
    )
    parser.add_argument(
        "--shards", nargs="+", required=True, metavar="PARQUET", help="shards to read (files or quoted patterns)"
    )
    parser.add_argument(
        "--test",
        type=place,
        metavar="CSV",
        help="row_id,image_id,component: the rows of the submission and their order",
    )
    parser.add_argument(
        "--out", type=output, required=True, metavar="CSV", help="submission to write; beside it OUT.json"
    )
    parser.add_argument(
        "--mean", choices=["arithmetic", "geometric", "harmonic"], default="arithmetic",
        help="kind of mean of the models' probabilities (default: arithmetic)",
    )  # fmt: skip
    parser.add_argument(
        "--weights", type=positive_numbers, metavar="W,…", help="weights of the models in the mean (default: equal)"
    )
    parser.add_argument(
        "--reweight", type=not_negative_number, nargs="?", const=DEFAULT_EXPONENT, metavar="EXP",
        help="divide each probability by the number of predictions of its class to this power "
        f"(default: not at all; without EXP: {DEFAULT_EXPONENT})",
    )  # fmt: skip
    parser.add_argument(
        "--probabilities",
        type=Path,
        metavar="PARQUET",
        help="file for the mean probabilities; an existing one is used",
    )
    add_flags(parser, "grapheme_size")
    parser.add_argument(
        "--labels",
        type=place,
        metavar="CSV",
        help="labels of the test set (image_id and three labels); adds the score to the report",
    )
    parser.add_argument(
        "--train-labels", type=place, nargs="+", metavar="CSV",
        help="label files or split lists of training; with --labels, adds the scores of seen and unseen graphemes",
    )  # fmt: skip
    parser.add_argument(
        "--plot", type=Path, metavar="DIR", help="folder for pictures of how often each class is predicted"
    )
    add_flags(parser, "device", workers=min(available_cores(), _MOST_WORKERS), batch_size=128)
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.data.grapheme_shards import open_shards
    from mojika.recognition.graphemes.probabilities import PROBABILITIES, read_probabilities
    from mojika.recognition.graphemes.submission import read_rows, usual_rows
    from mojika.recognition.graphemes.submission_file import find_submission, write_submission

    args.models = model_files(args.models, "classifier")
    _check_flags(args)
    shards = open_shards(args.shards)
    ids = tuple(image_id for shard in shards for image_id in shard.ids)
    rows = read_rows(args.test, ids) if args.test else usual_rows(ids)
    if args.labels:
        from mojika.recognition.graphemes.score import read_truth, score_graphemes, seen_in_training

        truth = read_truth(args.labels, ids)
        seen = seen_in_training(truth, args.train_labels) if args.train_labels else None

    read_from = _read_from(args, shards)
    submitted_from = {**read_from, "reweight": args.reweight, "rows": digest(rows.row_ids.tolist())}
    reusable = None if args.force else args.probabilities
    kept = reusable is not None and PROBABILITIES.is_made_from(reusable, read_from)
    header = None if args.force else find_submission(args.out, submitted_from)
    existed = header is not None and (kept or args.probabilities is None)
    if header is None or not existed:
        probabilities = read_probabilities(args.probabilities) if kept else _read_shards(args, shards, read_from)
        header = write_submission(args.out, rows, probabilities, submitted_from, exponent=args.reweight)
        shutil.rmtree(_parts(args.out), ignore_errors=True)

    report = {"images": len(ids), "models": len(args.models), **header["report"]}
    text = "{images:,} images read by {models} models".format(**report)
    if args.reweight is not None:
        text += ", re-weighting changed {changed:,} of {rows:,} targets".format(**report)
    if args.labels:
        scores = score_graphemes(truth, rows.read(args.out), seen)
        report, text = report | scores, f"{text}\n{aligned(scores)}"
    return made(args.out, report, text, existed=existed, written=_plot(args, header) if args.plot else ())


def _check_flags(args: argparse.Namespace) -> None:
    if args.weights and len(args.weights) != len(args.models):
        raise UserError(f"--weights: expected {len(args.models)} numbers, one a model, found {len(args.weights)}")
    if args.train_labels and not args.labels:
        raise UserError("--train-labels separates seen graphemes from unseen ones, which are scored with --labels only")
    if args.out.suffix != ".csv":
        raise UserError(f"--out {args.out}: expected a name that ends in .csv")


def _read_from(args: argparse.Namespace, shards: "list[GraphemeShard]") -> dict[str, Any]:
    """All that decides the probabilities."""
    return {
        "stage": "infer-graphemes",
        "models": [model_digest(model) for model in args.models],
        "shards": files_digest(shard.path for shard in shards),
        "method": args.mean,
        "weights": args.weights and list(args.weights),
        "grapheme_size": args.grapheme_size and str(args.grapheme_size),
    }


def _read_shards(
    args: argparse.Namespace, shards: "list[GraphemeShard]", read_from: dict[str, Any]
) -> "GraphemeProbabilities":
    """The probabilities of all images; raises `Interrupted` between two batches after a stop signal."""
    from mojika.recognition.graphemes.inference import with_form
    from mojika.recognition.graphemes.probabilities import write_probabilities
    from mojika.recognition.graphemes.reading import read_shards
    from mojika.training.model_file import load_model
    from mojika.training.precision import choose_device

    device = choose_device(args.device)
    models = [with_form(load_model(path, device), args.grapheme_size) for path in args.models]
    with StopRequest() as stop:
        probabilities = read_shards(
            models,
            shards,
            read_from,
            _parts(args.out),
            method=args.mean,
            weights=args.weights,
            batch_size=args.batch_size,
            workers=args.workers,
            before_batch=stop.raise_if_requested,
        )
        if args.probabilities:
            write_probabilities(args.probabilities, probabilities)
    return probabilities


def _parts(out: Path) -> Path:
    """Where probabilities are kept, shard by shard, until those of all are there."""
    return out.with_suffix(".parts")


def _plot(args: argparse.Namespace, header: Header) -> list[Path]:
    from mojika.pictures.class_distribution import draw_head_distributions

    after = None if args.reweight is None else f"after re-weighting by n^{args.reweight:g}"
    return draw_head_distributions(args.plot, header["classes"], header["predicted"], after)
