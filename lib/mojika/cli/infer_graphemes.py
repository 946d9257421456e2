"""`mojika infer-graphemes`: read shards of graphemes with one or several models and write the competition's rows."""

import argparse
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mojika.data.class_list import ClassList
from mojika.data.grapheme_labels import HEADS
from mojika.data.grapheme_shards import GraphemeShard, duplicate_ids, find_shards
from mojika.errors import UserError
from mojika.files.atomic import atomic_json, atomic_text
from mojika.files.fingerprints import digest, expect_made_from, file_digest, files_digest
from mojika.parameters.argument_types import not_negative_number, positive, positive_numbers
from mojika.preprocessing.graphemes import GraphemeForm
from mojika.recognition.graphemes.probabilities import (
    PROBABILITIES,
    GraphemeProbabilities,
    read_probabilities,
    write_probabilities,
)
from mojika.recognition.graphemes.reweighting import DEFAULT_EXPONENT, prediction_counts, reweighted
from mojika.recognition.graphemes.submission import SubmissionRows, read_rows, usual_rows
from mojika.runtime.parallel import available_cores
from mojika.runtime.progress import track
from mojika.runtime.signals import StopRequest

if TYPE_CHECKING:
    from mojika.training.model_file import ReadingModel

SCHEMA = 1
_MOST_WORKERS = 8  # batches in preparation grow with them

EXAMPLE = """example:
  mojika infer-graphemes --models models/bengali_01/best.model models/bengali_02/best.model \\
      --parquet 'input/bengaliai-cv19/test_image_data_*.parquet' --test input/bengaliai-cv19/test.csv \\
      --method geometric --reweight --out output/bengali/submission.csv --plot output/bengali/classes
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models", type=Path, nargs="+", required=True, metavar="MODEL", help=".model files of the same classes"
    )
    parser.add_argument(
        "--parquet", nargs="+", required=True, metavar="PARQUET", help="shards: files or quoted patterns"
    )
    parser.add_argument("--test", type=Path, metavar="CSV", help="row_id,image_id,component: the rows and their order")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="CSV", help="submission to write; beside it OUT.json"
    )
    parser.add_argument(
        "--method", choices=["arithmetic", "geometric", "harmonic"], default="arithmetic",
        help="mean of the probabilities (default: arithmetic)",
    )  # fmt: skip
    parser.add_argument("--weights", type=positive_numbers, metavar="W,…", help="of the models (default: equal)")
    parser.add_argument(
        "--reweight", type=not_negative_number, nargs="?", const=DEFAULT_EXPONENT, metavar="EXP",
        help="divide probabilities by how often their class is predicted, to this power "
        f"(default: not at all; without EXP: {DEFAULT_EXPONENT})",
    )  # fmt: skip
    parser.add_argument(
        "--probabilities", type=Path, metavar="PARQUET", help="keep the means there, and begin with them another time"
    )
    parser.add_argument(
        "--grapheme-size", type=GraphemeForm.parse, metavar="FORM", help="of the packs of models that do not tell it"
    )
    parser.add_argument("--truth", type=Path, metavar="CSV", help="image_id and the three labels: tell the score")
    parser.add_argument(
        "--train-labels", type=Path, nargs="+", metavar="CSV",
        help="labels or split lists of training: with --truth, tell the score of seen and unseen graphemes apart",
    )  # fmt: skip
    parser.add_argument("--plot", type=Path, metavar="DIR", help="draw how often each class is predicted")
    parser.add_argument("--batch-size", type=positive, default=128, help="images per step (default: 128)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="(default: auto)")
    parser.add_argument(
        "--workers", type=positive, default=min(available_cores(), _MOST_WORKERS),
        help=f"threads that prepare images (default: all cores, at most {_MOST_WORKERS})",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace what was made differently")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    _check_flags(args)
    shards = _open_shards(args)
    ids = tuple(image_id for shard in shards for image_id in shard.ids)
    rows = read_rows(args.test, ids) if args.test else usual_rows(ids)
    if args.truth:
        from mojika.recognition.graphemes.score import read_truth, score_graphemes, seen_in_training

        truth = read_truth(args.truth, ids)
        seen = seen_in_training(truth, args.train_labels) if args.train_labels else None

    read_from = _read_from(args, shards)
    submitted_from = {**read_from, "reweight": args.reweight, "rows": digest(rows.row_ids.tolist())}
    kept = (
        not args.force and args.probabilities is not None and PROBABILITIES.is_made_from(args.probabilities, read_from)
    )
    about = None if args.force else _submitted(args.out, submitted_from)
    exists = about is not None and (kept or args.probabilities is None)
    if not exists:
        probabilities = read_probabilities(args.probabilities) if kept else _read_shards(args, shards, read_from)
        about = _submit(args, rows, probabilities, submitted_from)

    report = {"images": len(ids), "models": len(args.models), **about["report"]}
    if args.truth:
        report |= score_graphemes(truth, rows.read(args.out), seen)
    pictures = _plot(args, about) if args.plot else []
    if args.json:
        print(json.dumps({name: None if value != value else value for name, value in report.items()}))  # NaN
        return
    print(f"{args.out}: {'up to date, ' if exists else ''}{_describe(report, args)}")
    for path in pictures:
        print(f"wrote {path}")


def _check_flags(args: argparse.Namespace) -> None:
    if args.weights and len(args.weights) != len(args.models):
        raise UserError(f"--weights: expected {len(args.models)} numbers, one a model, found {len(args.weights)}")
    if args.train_labels and not args.truth:
        raise UserError("--train-labels tells seen graphemes from unseen ones, which are scored with --truth only")
    if args.out.suffix != ".csv":
        raise UserError(f"--out {args.out}: expected a name that ends in .csv")


def _open_shards(args: argparse.Namespace) -> list[GraphemeShard]:
    shards = [GraphemeShard.open(path) for path in find_shards(args.parquet)]
    again = next(duplicate_ids(shards), None)
    if again:
        raise UserError(f"{again}; expected each image once")
    if not any(shard.ids for shard in shards):
        raise UserError(f"{', '.join(args.parquet)}: expected images, found none")
    return shards


def _read_from(args: argparse.Namespace, shards: list[GraphemeShard]) -> dict[str, Any]:
    """All that decides the probabilities."""
    return {
        "stage": "infer-graphemes",
        "models": [file_digest(model) for model in args.models],
        "shards": files_digest(shard.path for shard in shards),
        "method": args.method,
        "weights": args.weights and list(args.weights),
        "grapheme_size": args.grapheme_size and str(args.grapheme_size),
    }


def _read_shards(
    args: argparse.Namespace, shards: list[GraphemeShard], read_from: dict[str, Any]
) -> GraphemeProbabilities:
    """The probabilities of all images; each shard's are kept beside the output until those of all are there."""
    from mojika.recognition.graphemes.inference import common_classes, with_form
    from mojika.training.model_file import load_model
    from mojika.training.precision import choose_device

    device = choose_device(args.device)
    models = [with_form(load_model(path, device), args.grapheme_size) for path in args.models]
    ids = tuple(image_id for shard in shards for image_id in shard.ids)
    whole = GraphemeProbabilities.empty(ids, common_classes(models), read_from)
    with StopRequest() as stop:
        images = _shard_by_shard(args, shards, models, whole, stop)
        for _ in track(images, total=len(ids), description="reading", unit="image"):
            pass
        if args.probabilities:
            write_probabilities(args.probabilities, whole)
    return whole


def _shard_by_shard(
    args: argparse.Namespace,
    shards: list[GraphemeShard],
    models: list["ReadingModel"],
    whole: GraphemeProbabilities,
    stop: StopRequest,
) -> Iterator[str]:
    from mojika.recognition.graphemes.inference import read_shard

    first = 0
    for shard in shards:
        made_from = {**whole.made_from, "shards": files_digest([shard.path])}
        path = _parts(args.out) / f"{digest(made_from)[:32]}.parquet"
        if path.exists():
            part = read_probabilities(path)
            yield from part.image_ids
        else:
            part = GraphemeProbabilities.empty(shard.ids, whole.classes, made_from)
            yield from read_shard(
                models,
                shard,
                part,
                method=args.method,
                weights=args.weights,
                batch_size=args.batch_size,
                workers=args.workers,
                before_batch=stop.raise_if_requested,
            )
            write_probabilities(path, part)
        whole.take(first, part)
        first += len(shard.ids)


def _parts(out: Path) -> Path:
    return out.with_suffix(".parts")


def _about_file(out: Path) -> Path:
    return out.with_suffix(".json")


def _submitted(out: Path, submitted_from: dict[str, Any]) -> dict[str, Any] | None:
    """What is known of the submission at `out`; None where there is none.

    Raises `UserError` where it was made from something else, or changed since.
    """
    if not out.exists():
        return None
    try:
        about = json.loads(_about_file(out).read_text(encoding="utf-8"))
        known = (about["kind"], about["schema"], about["sha256"]) == ("grapheme submission", SCHEMA, file_digest(out))
    except (OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise UserError(f"{out}: exists, and {_about_file(out)} does not tell what of; --force replaces both")
    expect_made_from(out, about["made_from"], submitted_from)
    return about


def _submit(
    args: argparse.Namespace, rows: SubmissionRows, probabilities: GraphemeProbabilities, made_from: dict[str, Any]
) -> dict[str, Any]:
    """Write the submission, and beside it what it was made from and how often each class is predicted."""
    labels, counts, changed = {}, {"before": {}, "after": {}}, 0
    for head in HEADS:
        scores = probabilities.of_heads[head]
        before = scores.argmax(axis=1)
        counts["before"][head] = prediction_counts(scores).tolist()
        if args.reweight is not None:
            scores = reweighted(scores, args.reweight)
        counts["after"][head] = prediction_counts(scores).tolist()
        after = scores.argmax(axis=1)
        changed += int((before != after).sum())
        labels[head] = np.array(probabilities.classes[head].labels, object)[after]
    text = rows.format(labels)
    about = {
        "kind": "grapheme submission",
        "schema": SCHEMA,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "made_from": made_from,
        "report": {"rows": len(rows.row_ids), "changed": changed},
        "classes": {head: probabilities.classes[head].to_plain() for head in HEADS},
        "class_list_digest": {head: probabilities.classes[head].digest for head in HEADS},
        "predicted": counts,
    }
    atomic_json(_about_file(args.out), about)
    atomic_text(args.out, text)
    shutil.rmtree(_parts(args.out), ignore_errors=True)
    return about


def _plot(args: argparse.Namespace, about: dict[str, Any]) -> list[Path]:
    from mojika.pictures.class_distribution import draw_class_distribution  # matplotlib is slow to import

    paths = []
    for head in HEADS:
        before, after = (np.array(about["predicted"][when][head]) for when in ("before", "after"))
        shown = {"predicted": before}
        if args.reweight is not None:
            shown = {"predicted before": before, f"after re-weighting by n^{args.reweight:g}": after}
        chars = ClassList.from_plain(about["classes"][head]).chars
        paths.append(args.plot / f"{head}.png")
        draw_class_distribution(paths[-1], head.replace("_", " "), chars, shown)
    return paths


def _describe(report: dict[str, Any], args: argparse.Namespace) -> str:
    text = "{images:,} images read by {models} models".format(**report)
    if args.reweight is not None:
        text += ", re-weighting changed {changed:,} of {rows:,} targets".format(**report)
    scores = {name: value for name, value in report.items() if name.startswith(("score", "recall", "samples"))}
    lines = [f"{name:>28}  {f'{value:.4f}' if isinstance(value, float) else value}" for name, value in scores.items()]
    return "\n".join([text, *lines])
