"""`mojika classify-books`: which books unlabelled pages resemble, and which of them to validate on."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from mojika.cli.numbers import fraction, positive
from mojika.cli.training_setup import build_augmentation
from mojika.data.atomic import atomic_text
from mojika.data.class_list import ClassList, difference
from mojika.data.pack import Pack
from mojika.data.pages import find_pages
from mojika.data.parallel import available_cores
from mojika.data.progress import track
from mojika.errors import UserError
from mojika.models.classifier import Classifier
from mojika.recognition.book_distribution import BookShares, certainty, estimate_shares, recommend_books
from mojika.recognition.whole_pages import score_pages
from mojika.training.inference import load_classifier
from mojika.training.precision import choose_device, choose_precision

EXAMPLE = """example:
  mojika classify-books models/book_title_classifier/best.model --images input/kuzushiji-recognition/test_images \\
      --out test_books.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="a .model file, trained on a pack of --whole-pages")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of pages, of any size")
    parser.add_argument(
        "--counts", type=Path, metavar="PACK|CSV",
        help="pack or class list that tells how many pages of each book were trained on (default: as in MODEL)",
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
    device = choose_device(args.device)
    model, classes, recipe = load_classifier(args.model, device)
    books = _book_counts(args, classes)
    files = find_pages(args.images)
    if not files:
        raise UserError(f"{args.images}: expected page images, found none")
    probabilities = _probabilities(args, model, recipe, list(files.values()), np.array(books.counts) > 0)

    names = np.array([name for name, count in zip(books.labels, books.counts, strict=True) if count], object)
    labelled = np.array([count for count in books.counts if count])
    if args.out:
        atomic_text(args.out, _table(list(files), probabilities, names).to_csv(index=False, lineterminator="\n"))
    shares = estimate_shares(probabilities, labelled)
    recommended = recommend_books(names, shares.by_likelihood, labelled, cover=args.cover, at_most=args.at_most)
    report = {
        "pages": len(files),
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
        if counted.digest != books.digest:
            raise UserError(f"{args.model} and {args.counts} have different books: {difference(books, counted)}")
        books = counted
    if np.count_nonzero(books.counts) < 2:
        raise UserError(f"{args.counts or args.model}: expected at least two books with labelled pages")
    return books


def _read_class_list(path: Path) -> ClassList:
    if not path.is_dir():
        return ClassList.read(path)
    pack = Pack.open(path)
    return pack.classes[pack.heads[0]]


def _probabilities(
    args: argparse.Namespace, model: Classifier, recipe: dict, paths: list[Path], learnt: np.ndarray
) -> np.ndarray:
    """`(pages, learnt books) float32`: a book without a page in training is no answer."""
    # lists come back from the checkpoint where the recipe had tuples
    resolved = argparse.Namespace(**{k: tuple(v) if isinstance(v, list) else v for k, v in recipe.items()})
    device = next(model.parameters()).device
    scores = score_pages(
        model,
        paths,
        build_augmentation(resolved),
        choose_precision(resolved.amp, device),
        batch_size=args.batch_size,
        workers=args.workers,
    )
    logits = torch.stack(list(track(scores, total=len(paths), description="classifying")))
    return logits[:, torch.from_numpy(learnt)].softmax(1).numpy()


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
    lines = [
        "{pages:,} pages: mean probability of the best book {mean_best:.3f}, entropy {mean_entropy:.3f} nats; "
        "{unlike:.1%} of the pages are unlike any book (best below 0.5)".format(**report),
        f"{'book':<16}{'labelled':>10}{'best':>10}{'mean':>10}{'likeliest':>12}",
    ]
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
