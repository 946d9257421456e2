"""`mojika classify-books`: which books unlabelled pages resemble, and which of them to validate on."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mojika.cli.stage import Report, add_flags
from mojika.errors import UserError
from mojika.files.urls import output, place
from mojika.parameters.argument_types import fraction
from mojika.runtime.lines import say

if TYPE_CHECKING:
    from mojika.files.faults import Fault

EXAMPLE = """example:
  mojika classify-books models/book_title_classifier/best.model --images input/kuzushiji-recognition/test_images \\
      --calibrate input/kuzushiji-recognition/splits/books/rgb256/valid.csv --out test_books.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        type=Path,
        metavar="MODEL",
        help="a .model file or a reader's folder, trained on a pack made with --whole-pages",
    )
    parser.add_argument("--images", type=place, required=True, metavar="DIR", help="folder of pages, of any size")
    parser.add_argument(
        "--counts", type=place, metavar="PACK|CSV",
        help="pack or class list with the number of training pages of each book (default: as in MODEL)",
    )  # fmt: skip
    parser.add_argument(
        "--calibrate", type=place, metavar="LIST",
        help="split list of labelled pages not used to train MODEL, on which its probabilities are calibrated",
    )  # fmt: skip
    parser.add_argument("--out", type=output, metavar="CSV", help="file for the two most probable books of each page")
    parser.add_argument(
        "--cover",
        type=fraction,
        default=0.8,
        metavar="P",
        help="share of the pages that the recommended books represent (default: 0.8)",
    )
    parser.add_argument(
        "--largest-share", type=fraction, default=0.25, metavar="P",
        help="largest share of the labelled pages that may be held out (default: 0.25)",
    )  # fmt: skip
    add_flags(parser, batch_size=64)
    add_flags(parser, "scale_size", "device", "workers", "skip_bad", "json")


def run(args: argparse.Namespace) -> Report:
    import numpy as np

    from mojika.boxes.boxed_pages import refuse_named
    from mojika.data.pages import find_pages
    from mojika.files.faults import Fault, FaultLog
    from mojika.files.text_table import write_csv
    from mojika.recognition.books.book_distribution import certainty, estimate_shares, recommend_books
    from mojika.recognition.books.calibration import no_calibration
    from mojika.recognition.books.page_books import PageBooks, books_of, calibrate
    from mojika.recognition.books.whole_pages import score_pages
    from mojika.recognition.reading_scale import at_scale
    from mojika.runtime.progress import track
    from mojika.training.model_file import load_model
    from mojika.training.precision import choose_device

    model = at_scale(load_model(args.model, choose_device(args.device)), args.scale_size)
    books = books_of(model, args.counts)
    files = find_pages(args.images)
    if not files:
        raise UserError(f"{args.images}: expected page images, found none")
    work = {"batch_size": args.batch_size, "workers": args.workers}
    calibration = calibrate(model, books, args.calibrate, **work) if args.calibrate else no_calibration(len(books))
    left_out: dict[Path, Fault] = {}
    log = FaultLog(args.skip_bad, lambda faults: refuse_named(faults, "pages"))

    def leave_out(path: Path, fault: Fault) -> None:
        log.add(fault)
        left_out[path] = fault

    scores = score_pages(model, list(files.values()), **work, leave_out=leave_out)
    read = [score.numpy() for score in track(scores, total=len(files), description="classifying")]
    if not read:
        raise UserError(f"{args.images}: no page could be read")
    logits = np.stack(read)
    files = {image_id: path for image_id, path in files.items() if path not in left_out}
    skipped = _list_faults(args.out, log.faults)

    found = PageBooks.of(list(files), calibration.calibrated(logits), books)
    if args.out:
        write_csv(args.out, found.table())
    shares = estimate_shares(found.probabilities, found.labelled)
    recommended = recommend_books(
        found.names.tolist(), shares.by_likelihood, found.labelled, cover=args.cover, at_most=args.largest_share
    )
    report = {
        "pages": len(files),
        **({"left_out": len(left_out)} if left_out else {}),
        "temperature": calibration.temperature,
        **asdict(certainty(found.probabilities)),
        "books": found.by_book(shares),
        **asdict(recommended),
    }
    return Report(report, _describe(report), written=[args.out, skipped])


def _list_faults(out: Path | None, faults: "list[Fault]") -> Path | None:
    """The file with what was left out, beside the output; without one it is said."""
    from mojika.boxes.page_boxes import faults_file
    from mojika.files.faults import write_faults

    if not faults:
        return None
    if out is None:
        for fault in faults:
            say(f"left out: {fault}")
        return None
    write_faults(faults_file(out), faults)
    return faults_file(out)


def _describe(report: dict[str, Any]) -> str:
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
        lines.append(f"books that represent {report['covered']:.0%} of the pages: mojika split PACK {flags}")
    else:
        lines.append(
            "no book can be spared for validation; raise --largest-share, or use mojika split PACK --valid-fraction 0.2"
        )
    return "\n".join(lines)
