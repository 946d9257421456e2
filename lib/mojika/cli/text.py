"""`mojika text`: the text of labelled pages in reading order, without their pictures."""

import argparse
import json

from mojika.cli.stage import Report
from mojika.files.urls import output

EXAMPLE = """example:
  mojika text input/kuzushiji-recognition/train.csv | less
  mojika text input/kuzushiji-recognition/train.csv --json --out output/columns.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("labels", metavar="CSV", help="label file image_id,labels with U+XXXX x y w h …")
    parser.add_argument(
        "--out", type=output, metavar="FILE",
        help="file to write the text to, or with --json the columns, and print only counts (default: print them)",
    )  # fmt: skip
    parser.add_argument(
        "--json", action="store_true",
        help="instead of text, a JSON object: for each page a list of its columns in reading order, each a list of "
        "characters {char, label, x, y, w, h}",
    )  # fmt: skip


def run(args: argparse.Namespace) -> Report:
    from mojika.data.page_labels import read_page_labels
    from mojika.files.atomic import atomic_text
    from mojika.reading.labelled import columns_as_json, page_of_labels
    from mojika.runtime.lines import visible

    pages = [page_of_labels(page) for page in read_page_labels(args.labels)]
    columns = {page.name: columns_as_json(page) for page in pages} if args.json else {}
    lines = (line for page in pages for line in (page.name, *page.text.split("\n"), ""))
    text = "\n".join(map(visible, lines))
    if args.out is None:
        return Report(columns, text.rstrip("\n"))
    atomic_text(args.out, json.dumps(columns, ensure_ascii=False) + "\n" if args.json else text)
    counts = {"pages": len(pages), "columns": sum(len(page.columns) for page in pages)}
    counts["characters"] = sum(len(page.characters) for page in pages)
    said = f"{counts['characters']:,} characters in {counts['columns']:,} columns of {counts['pages']:,} pages"
    return Report(counts, f"{args.out}: {said}")
