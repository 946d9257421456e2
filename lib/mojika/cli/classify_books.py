"""`mojika classify-books`: which books unlabelled pages resemble, and which of them to validate on."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import softmax

from mojika.data.class_list import ClassList
from mojika.data.pack import Pack
from mojika.data.pages import find_pages
from mojika.data.split_list import read_split_lists
from mojika.errors import UserError
from mojika.files.atomic import atomic_text
from mojika.files.cache import cache_folder
from mojika.parameters.argument_types import fraction, positive
from mojika.recognition.books.book_distribution import BookShares, certainty, estimate_shares, recommend_books
from mojika.recognition.books.calibration import Calibration, fit_calibration, no_calibration
from mojika.runtime.parallel import available_cores
from mojika.runtime.progress import track

if TYPE_CHECKING:
    from mojika.training.model_file import ReadingModel

EXAMPLE = """example:
  mojika classify-books models/book_title_classifier/best.model --images input/kuzushiji-recognition/test_images \\
      --calibrate input/kuzushiji-recognition/splits/books/rgb256/valid.csv --out test_books.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="a .model file, trained on a pack of --whole-pages")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of pages, of any size")
    parser.add_argument(
        "--counts", type=Path, metavar="PACK|CSV",
        help="pack or class list that tells how many pages of each book were trained on (default: as in MODEL)",
    )  # fmt: skip
    parser.add_argument(
        "--calibrate", type=Path, metavar="LIST",
        help="labelled pages that MODEL was not trained on; probabilities are made as sure as they are right there",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="CSV", help="write each page's two most probable books")
    parser.add_argument(
        "--cover", type=fraction, default=0.8, metavar="P", help="share of the pages to stand for (default: 0.8)"
    )
    parser.add_argument(
        "--at-most", type=fraction, default=0.25, metavar="P",
        help="share of the labelled pages that validation may take from training (default: 0.25)",
    )  # fmt: skip
    parser.add_argument("--batch-size", type=positive, default=64, help="pages per step (default: 64)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="(default: auto)")
    parser.add_argument("--workers", type=positive, default=available_cores(), help="threads that decode (all cores)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    from mojika.recognition.books.whole_pages import score_pages
    from mojika.training.model_file import load_model
    from mojika.training.precision import choose_device

    model = load_model(args.model, choose_device(args.device))
    books = _book_counts(args, model.classes)
    files = find_pages(args.images)
    if not files:
        raise UserError(f"{args.images}: expected page images, found none")
    calibration = _fit_calibration(args, model, books) if args.calibrate else no_calibration(len(books))
    scores = score_pages(model, list(files.values()), batch_size=args.batch_size, workers=args.workers)
    logits = np.stack([score.numpy() for score in track(scores, total=len(files), description="classifying")])

    labelled = np.array(books.counts)
    learnt = labelled > 0  # a book without a page in training is no answer
    names, labelled = np.array(books.labels, object)[learnt], labelled[learnt]
    probabilities = softmax(calibration.calibrated(logits)[:, learnt], axis=1)
    if args.out:
        atomic_text(args.out, _table(list(files), probabilities, names).to_csv(index=False, lineterminator="\n"))
    shares = estimate_shares(probabilities, labelled)
    recommended = recommend_books(names, shares.by_likelihood, labelled, cover=args.cover, at_most=args.at_most)
    report = {
        "pages": len(files),
        "temperature": calibration.temperature,
        **asdict(certainty(probabilities)),
        "books": _by_book(names, labelled, shares),
        **asdict(recommended),
    }
    print(json.dumps(report) if args.json else _describe(report, args))


def _book_counts(args: argparse.Namespace, classes: dict[str, ClassList]) -> ClassList:
    """The model's books with the labelled pages of each, at least two with any."""
    if len(classes) != 1 or any(label.startswith("U+") for books in classes.values() for label in books.labels):
        raise UserError(f"{args.model}: expected a model that tells books; train it on a pack of --whole-pages")
    (books,) = classes.values()
    if args.counts:
        counted = _read_class_list(args.counts)
        books.expect_same(counted, f"{args.model} and {args.counts} have different books")
        books = counted
    if np.count_nonzero(books.counts) < 2:
        raise UserError(f"{args.counts or args.model}: expected at least two books with labelled pages")
    return books


def _read_class_list(path: Path) -> ClassList:
    if not path.is_dir():
        return ClassList.read(path)
    pack = Pack.open(path)
    return pack.classes[pack.heads[0]]


def _fit_calibration(args: argparse.Namespace, model: "ReadingModel", books: ClassList) -> Calibration:
    """From the pages of the list `--calibrate`, without those that were trained on, too."""
    from mojika.data.centre_view import centre_recipe
    from mojika.data.input_pipeline import InputPipeline

    spec, device = model.spec, model.precision.device
    (split,) = read_split_lists(
        [args.calibrate], scale_size=spec.scale_size, channels=spec.channels, cache=cache_folder()
    )
    listed = split.classes[split.heads[0]]
    books.expect_same(listed, f"{args.model} and {args.calibrate} have different books")
    unseen = ~split.shared
    if not unseen.any():
        raise UserError(f"{args.calibrate}: expected pages that were not trained on, found none")
    pipeline = InputPipeline(split, centre_recipe(spec), device, residency="host", workers=args.workers)
    logits = np.concatenate([logits[0].cpu().numpy() for logits in model.read(pipeline, args.batch_size)])
    return fit_calibration(logits[unseen], split.targets[unseen, 0])


def _table(image_ids: list[str], probabilities: np.ndarray, names: np.ndarray) -> pd.DataFrame:
    """A row a page: its most probable book and the next, with their probabilities."""
    first, second = np.argsort(-probabilities, axis=1, kind="stable")[:, :2].T
    rows = np.arange(len(probabilities))
    return pd.DataFrame(
        {
            "image_id": image_ids,
            "book": names[first],
            "prob": probabilities[rows, first].round(6),
            "second_book": names[second],
            "second_prob": probabilities[rows, second].round(6),
        }
    )


def _by_book(names: np.ndarray, labelled: np.ndarray, shares: BookShares) -> dict[str, dict[str, float]]:
    """The books by falling share, each with its labelled pages and the three estimates."""
    return {
        names[index]: {
            "labelled": int(labelled[index]),
            **{method: float(estimate[index]) for method, estimate in asdict(shares).items()},
        }
        for index in np.argsort(-shares.by_likelihood, kind="stable")
    }


def _describe(report: dict, args: argparse.Namespace) -> str:
    sureness = (
        "{pages:,} pages: mean probability of the best book {mean_best:.3f}, mean entropy {mean_entropy:.3f} nats\n"
        "{unlike:.1%} of the pages are unlike any book, none has a probability of 0.5 (temperature {temperature:.2f})"
    )
    lines = [sureness.format(**report), f"{'book':<16}{'labelled':>10}{'best':>10}{'mean':>10}{'likeliest':>12}"]
    for name, row in report["books"].items():
        lines.append(
            "{name:<16}{labelled:>10,}{by_best:>10.1%}{by_mean:>10.1%}{by_likelihood:>12.1%}".format(name=name, **row)
        )
    lines += [f"{name} is not recommended: {reason}" for name, reason in report["kept_back"].items()]
    if report["hold_out"]:
        flags = " ".join(f"--hold-out {name}" for name in report["hold_out"])
        lines.append(f"books that stand for {report['covered']:.0%} of the pages: mojika split PACK {flags}")
    else:
        lines.append("no book can be spared for validation; raise --at-most, or use mojika split PACK --random 0.2")
    return "\n".join([*lines, *([f"wrote {args.out}"] if args.out else [])])
