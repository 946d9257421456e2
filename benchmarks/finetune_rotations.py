"""What a reader gains on a page of a book after it was fine-tuned on others of that book.

    python benchmarks/finetune_rotations.py READER [--learn 0 1 3] [--mix PACK …] [--steps 300] [--out results.json]

Every page is left out: readers that learnt from `learn` of the other labelled pages (for 1: each of them in turn; for
3: all) read it, as `mojika finetune` and `mojika recognize` do, and are scored as by `mojika score --read`. Nothing of
a page that is scored is learnt from or validated on. The readers stay in the folder `--work`, and a run that was
interrupted goes on.

Prints JSON: for each number of pages learnt from the numbers of each reader on each page left out, and over these pairs
mean, standard deviation, lowest and highest F1.
"""

import argparse
import json
import os
import sys
import time
from contextlib import redirect_stdout
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from mojika.boxes.page_boxes import PageBoxes, truth_boxes
from mojika.boxes.scoring import count_pages, of_pages, score_boxes, summarise
from mojika.boxes.submission import points_of
from mojika.data.pack import Pack
from mojika.experiment.fine_tuning import FineTuning
from mojika.files.reader_folder import READER
from mojika.reader.api import Reader
from mojika.reader.bundle import About
from mojika.reader.finetuning.book import Book, read_book
from mojika.reader.finetuning.run import Adaptation, adapt
from mojika.reader.reader_files import open_reader_files
from mojika.recognition.text_scoring import boxes_of_pages, score_text

DATA = Path(os.environ.get("MOJIKA_REAL_DATA", "../shared/data")) / "kuzushiji_pages"
NUMBERS = ("f1", "precision", "recall", "detection_precision", "detection_recall", "cer")


def learnt_reader(start: Path, book: Book, args: argparse.Namespace) -> Path:
    """The reader that learnt from this part of the book."""
    name = "-".join(page.image_id.rpartition("_00")[2] for page in book.pages)
    out = args.work / f"learnt_{name}"
    mixed = tuple(map(Pack.open, args.mix))
    tuning = FineTuning(steps=args.steps)
    task = Adaptation(reader=open_reader_files(str(start)), book=book, mixed=mixed, tuning=tuning)
    about = About(name=out.name, scores={})
    if not READER.is_made_from(out, task.made_from(about, "single")):
        with redirect_stdout(sys.stderr):
            adapt(task, out, args.work / f"{out.name}.work", about, workers=args.workers)
    return out


def score(reader: Path, page: str, book: Book, truth: PageBoxes) -> dict[str, float]:
    read = Reader(str(reader)).read(book.files[page])
    boxes, wanted = boxes_of_pages([replace(read, name=page)], [page]), of_pages(truth, [page])
    report = summarise(count_pages(points_of(boxes), wanted)) | score_boxes(boxes, wanted, None)
    report |= score_text(boxes, wanted)
    return {name: round(float(report[name]), 4) for name in NUMBERS}


def rotations(learn: int, book: Book, truth: PageBoxes, args: argparse.Namespace) -> list[dict[str, Any]]:
    """One row for each reader and each page that it did not learn from."""
    rows: list[dict[str, Any]] = []
    for learnt in combinations(book.files, learn):
        started = time.monotonic()
        reader = learnt_reader(args.reader, part_of(book, learnt), args) if learnt else args.reader
        seconds = round(time.monotonic() - started)
        for page in book.files:
            if page not in learnt:
                row = {"learnt": list(learnt), "page": page, **score(reader, page, book, truth)}
                rows.append(row | {"seconds": seconds})
                print(rows[-1], file=sys.stderr, flush=True)
    return rows


def part_of(book: Book, ids: tuple[str, ...]) -> Book:
    pages = [page for page in book.pages if page.image_id in ids]
    return replace(book, pages=pages, files={name: book.files[name] for name in ids})


def summary(rows: list[dict[str, Any]]) -> dict[str, float]:
    f1 = [row["f1"] for row in rows]
    spread = stdev(f1) if len(f1) > 1 else 0.0
    numbers = {"mean": fmean(f1), "standard_deviation": spread, "lowest": min(f1), "highest": max(f1)}
    means = {f"mean_{name}": fmean(row[name] for row in rows) for name in NUMBERS[1:]}
    return {name: round(value, 4) for name, value in (numbers | means).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", type=Path, metavar="READER")
    parser.add_argument("--learn", type=int, nargs="+", default=[0, 1, 3], help="numbers of pages to learn from")
    parser.add_argument("--pages", nargs="+", metavar="ID", help="use only these pages (default: all)")
    parser.add_argument("--mix", type=Path, nargs="+", default=[], metavar="PACK", help="as for `mojika finetune`")
    parser.add_argument("--steps", type=int, default=FineTuning.steps, help="as for `mojika finetune`")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--work", type=Path, default=Path("models/finetune_rotations"))
    parser.add_argument("--out", type=Path, metavar="JSON")
    args = parser.parse_args()
    book = read_book(DATA / "train_images", DATA / "train.csv")
    book = part_of(book, tuple(args.pages or book.files))
    truth = truth_boxes(DATA / "train.csv")
    mixed = [path.name for path in args.mix]
    report: dict[str, Any] = {"reader": args.reader.name, "steps": args.steps, "mixed": mixed, "learnt": {}}
    for learn in args.learn:
        rows = rotations(learn, book, truth, args)
        report["learnt"][str(learn)] = {"summary": summary(rows), "rows": rows}
        text = json.dumps(report, indent=1, ensure_ascii=False)
        if args.out:
            args.out.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
