"""`mojika score`: the competition's F1 of a submission; of boxes also how well characters are found and told apart, and
of pages that were read the errors of their text."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mojika.cli.stage import Report, add_flags, aligned
from mojika.errors import UserError

if TYPE_CHECKING:
    from mojika.boxes.page_boxes import PageBoxes

EXAMPLE = """example:
  mojika score --labels input/kuzushiji-recognition/train.csv --submission output/val/submission.csv --predicted-pages
  mojika score --labels input/kuzushiji-recognition/train.csv --boxes output/val/voted.parquet --predicted-pages --json
  mojika score --labels input/kuzushiji-recognition/train.csv --read output/pages --predicted-pages
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="CSV", help="label file image_id,labels with U+XXXX x y w h …"
    )
    scored = parser.add_mutually_exclusive_group(required=True)
    scored.add_argument("--submission", type=Path, metavar="CSV", help="submission image_id,labels with U+XXXX x y …")
    scored.add_argument(
        "--boxes", type=Path, metavar="PARQUET", help="boxes to score; without labels only the detection is scored"
    )
    scored.add_argument(
        "--read", type=Path, nargs="+", metavar="DIR",
        help="folders in which `mojika recognize` wrote JSON, or such files: also the errors of the text are counted",
    )  # fmt: skip
    parser.add_argument(
        "--predicted-pages",
        action="store_true",
        help="score only the predicted pages of the truth (default: all pages must be predicted)",
    )
    parser.add_argument("--per-page", type=Path, metavar="CSV", help="file for F1 and counts of each page")
    parser.add_argument("--per-book", type=Path, metavar="CSV", help="file for F1 and counts of each book")
    parser.add_argument(
        "--counts", type=Path, metavar="CSV",
        help="class list whose counts define, with --boxes, the rare classes (default: counts of the truth)",
    )  # fmt: skip
    parser.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help="folder for a report on boxes, a page (index.html) and its tables: precision, recall and F1 against the "
        "thresholds of score and probabilities, and the worst pages",
    )
    add_flags(parser, "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.page_boxes import read_boxes, truth_boxes
    from mojika.boxes.scoring import by_book, count_pages, of_pages, score_boxes, summarise, with_rates
    from mojika.boxes.submission import points_of, read_submission
    from mojika.data.class_list import ClassList
    from mojika.files.text_table import write_csv

    if args.counts and args.submission:
        raise UserError("--counts separates rare classes from common ones, which a submission is not scored by")
    if args.report and not args.boxes:
        raise UserError("--report shows boxes against thresholds, which only --boxes has")
    if args.report:
        from mojika.reports.page import expect_place

        expect_place(args.report)
    truth = truth_boxes(args.labels)
    boxes = read_boxes(args.boxes) if args.boxes else _boxes_of_pages(args.read, truth) if args.read else None
    detected_only = boxes is not None and boxes.class_list is None
    if detected_only and (args.per_page or args.per_book or args.counts):
        raise UserError(f"{args.boxes}: --per-page, --per-book and --counts need boxes that were read")
    points = None if detected_only else read_submission(args.submission) if boxes is None else points_of(boxes)
    if args.predicted_pages:
        predicted = boxes.pages["image_id"].tolist() if boxes is not None else points.image_ids if points else ()
        truth = of_pages(truth, predicted)

    common = ClassList.read(args.counts) if args.counts else None
    results: dict[str, float | int] = {"pages": len(truth.pages)}
    books = None
    if points is not None:
        counts = count_pages(points, truth)
        results, books = summarise(counts), by_book(counts)
        for path, table in ((args.per_page, with_rates(counts)), (args.per_book, books)):
            if path:
                write_csv(path, table, float_format="%.6f")
    if boxes is not None:
        results |= score_boxes(boxes, truth, common)
        if args.read:
            from mojika.recognition.text_scoring import score_text

            results |= score_text(boxes, truth)
    page = None
    if args.report and boxes is not None:
        from mojika.reports.boxes_report import write_boxes_report  # with it come scikit-learn and matplotlib

        page = write_boxes_report(args.report, boxes, truth, args.boxes.name, results)
    lines = [aligned(results)]
    if books is not None and len(books) > 1:
        lines.append(f"\n{'book':<16}{'pages':>8}{'f1':>9}{'precision':>11}{'recall':>9}")
        for row in books.itertuples():
            lines.append(f"{row.book:<16}{row.pages:>8,}{row.f1:>9.4f}{row.precision:>11.4f}{row.recall:>9.4f}")
    return Report(results, "\n".join(lines), written=(args.per_page, args.per_book, page))


def _boxes_of_pages(places: list[Path], truth: "PageBoxes") -> "PageBoxes":
    from mojika.formats.page_files import find_page_files
    from mojika.formats.page_json_reading import read_page_json
    from mojika.recognition.text_scoring import boxes_of_pages

    return boxes_of_pages(list(map(read_page_json, find_page_files(places))), truth.pages["image_id"])
