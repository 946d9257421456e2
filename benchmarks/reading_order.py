"""The reading order of real pages: its errors where a reader has read the page, and its neighbours side by side.

    python benchmarks/reading_order.py [--json]

"Out of order" is 1 - LCS / n between the order and the reader's, "Levenshtein" the edits between both sequences of
boxes / n, over the 8 pages of $MOJIKA_REAL_DATA/reading_order. "Side by side" is the share of neighbours within a
column that stand beside each other, over the 635 label sets of $MOJIKA_REAL_DATA/kuzushiji_labels, and "bad pages" are
those with more than 5 % of them. Beside it the same for a plain rule of columns. Times are of the labels' order alone.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from mojika.data.page_labels import PageLabels, read_page_labels
from mojika.reading.labelled import order_of_labels
from mojika.reading.text_errors import out_of_order

TESTS = Path(__file__).parents[1] / "tests" / "reading"
sys.path.insert(0, str(TESTS))
from orders import plain_columns, side_by_side, true_orders  # noqa: E402

REAL_DATA = Path(os.environ.get("MOJIKA_REAL_DATA") or Path(__file__).parents[1] / ".." / "shared" / "data")
Columns = Callable[[PageLabels], Sequence[Sequence[int]]]


def ours(page: PageLabels) -> list[Sequence[int]]:
    return [column.rows for column in order_of_labels(page).columns]


def plain(page: PageLabels) -> list[list[int]]:
    return plain_columns(page.boxes.astype(np.float64))


def measure(pages: Sequence[PageLabels], truth: dict[str, list[int]], columns: Columns) -> dict[str, float]:
    began = time.process_time()
    found = {page.image_id: columns(page) for page in pages}
    seconds = time.process_time() - began
    errors = [errors_of([row for column in found[name] for row in column], rows) for name, rows in truth.items()]
    beside = [sum(side_by_side(page.boxes, column) for column in found[page.image_id]) for page in pages]
    pairs = [sum(len(column) - 1 for column in found[page.image_id]) for page in pages]
    count = sum(map(len, truth.values()))
    return {
        "out_of_order": sum(wrong for wrong, _ in errors) / count,
        "levenshtein": sum(edits for _, edits in errors) / count,
        "side_by_side": sum(beside) / sum(pairs),
        "bad_pages": sum(number > 0.05 * max(1, total) for number, total in zip(beside, pairs, strict=True)),
        "pairs": sum(pairs),
        "seconds_of_cpu": seconds,
    }


def errors_of(order: Sequence[int], truth: Sequence[int]) -> tuple[int, int]:
    """Boxes out of order, and edits."""
    place = {row: at for at, row in enumerate(order)}
    return out_of_order(place[row] for row in truth), int(Levenshtein.distance(order, truth))


def per_page(pages: Sequence[PageLabels], truth: dict[str, list[int]]) -> dict[str, dict[str, float]]:
    """For each page that was read: boxes, errors of both orders, and the confidence."""
    table = {}
    for page in pages:
        if rows := truth.get(page.image_id):
            order = order_of_labels(page)
            found = {"ours": order.rows, "plain": [row for column in plain(page) for row in column]}
            wrong = {name: errors_of(each, rows)[0] / len(rows) for name, each in found.items()}
            table[page.image_id] = {"boxes": len(rows), **wrong, "confidence": order.confidence}
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    pages = read_page_labels(REAL_DATA / "kuzushiji_labels" / "labels.csv")
    truth = true_orders(REAL_DATA / "reading_order", pages)
    results = {name: measure(pages, truth, columns) for name, columns in (("ours", ours), ("plain", plain))}
    read = per_page(pages, truth)
    if args.json:
        print(json.dumps({**results, "pages": read}, ensure_ascii=False, indent=2))
        return
    print(f"{'':<8}{'out of order':>14}{'Levenshtein':>13}{'side by side':>14}{'bad pages':>11}{'CPU s':>8}")
    for name, result in results.items():
        shares = (result[key] for key in ("out_of_order", "levenshtein", "side_by_side"))
        out, edits, beside = (f"{share:.2%}" for share in shares)
        print(f"{name:<8}{out:>14}{edits:>13}{beside:>14}{result['bad_pages']:>11}{result['seconds_of_cpu']:>8.1f}")
    print(f"\n{'page':<20}{'boxes':>7}{'ours':>8}{'plain':>8}{'confidence':>12}")
    for name, row in read.items():
        print(f"{name:<20}{row['boxes']:>7}{row['ours']:>8.2%}{row['plain']:>8.2%}{row['confidence']:>12.2f}")


if __name__ == "__main__":
    main()
