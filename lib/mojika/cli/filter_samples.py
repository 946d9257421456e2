"""Where `mojika filter-search` and `mojika filter-train` take their samples from."""

import argparse
from pathlib import Path

from mojika.boxes.filter_samples import FilterSamples, filter_samples
from mojika.boxes.page_boxes import read_boxes, truth_boxes
from mojika.parameters.argument_types import not_negative, positive
from mojika.runtime.parallel import available_cores


def add_sample_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags that say which boxes of which books are samples, and how they are dealt into folds."""
    parser.add_argument("boxes", type=Path, metavar="BOXES", help="boxes with labels, after `mojika nms`")
    parser.add_argument(
        "--truth", type=Path, required=True, metavar="CSV", help="train.csv with the labels of the pages"
    )
    parser.add_argument(
        "--books", nargs="+", required=True, metavar="BOOK",
        help="books to learn from: like the pages to be read, and none that the classifiers trained on",
    )  # fmt: skip
    parser.add_argument("--seed", type=not_negative, default=0, help="of folds and boosters (default: 0)")
    parser.add_argument("--workers", type=positive, default=available_cores(), help="threads (default: all cores)")


def read_samples(args: argparse.Namespace) -> FilterSamples:
    """The samples that the flags of `add_sample_arguments` ask for."""
    return filter_samples(read_boxes(args.boxes), truth_boxes(args.truth), args.books)
