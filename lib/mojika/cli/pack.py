"""`mojika pack`: cut labelled boxes, or scale whole pages, into a memory-mapped pack."""

import argparse
import json
from pathlib import Path

from mojika.cli.numbers import fraction, positive
from mojika.data.cut_pages import cut_pages, plan_cutting
from mojika.data.pack import is_made_from, read_meta
from mojika.data.parallel import available_cores
from mojika.errors import UserError

_PADDING = 0.05

EXAMPLE = """example:
  mojika pack --labels input/kuzushiji-recognition/train.csv --scale-size 124 --channels 1 \\
      --images input/kuzushiji-recognition/preprocessed/train_images --out input/kuzushiji-recognition/packs/gray124
  mojika pack --whole-pages --labels input/kuzushiji-recognition/train.csv --scale-size 256 --channels 3 \\
      --out input/kuzushiji-recognition/packs/books_rgb256
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--labels", type=Path, required=True, metavar="CSV", help="image_id,labels: U+XXXX x y w h …")
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="folder of pages (default: beside the labels, train.csv → train_images)",
    )
    parser.add_argument("--whole-pages", action="store_true", help="one image a page, labelled with its book")
    parser.add_argument("--classes", type=Path, metavar="CSV", help="class list to use (default: all labels found)")
    parser.add_argument("--out", type=Path, required=True, metavar="PACK", help="folder to make")
    parser.add_argument("--scale-size", type=positive, required=True, metavar="PX", help="height and width of a crop")
    parser.add_argument("--channels", type=int, required=True, choices=[1, 3], help="1: gray, 3: RGB")
    parser.add_argument(
        "--padding", type=fraction, help=f"margin on each side, of the box's own size (default: {_PADDING})"
    )
    parser.add_argument("--workers", type=positive, default=available_cores(), help="threads (default: all cores)")
    parser.add_argument("--skip-bad", action="store_true", help="leave bad data out and list them in PACK/skipped.csv")
    parser.add_argument("--force", action="store_true", help="replace a pack that was made differently")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    cutting = plan_cutting(
        args.labels,
        args.images or args.labels.with_name(f"{args.labels.stem}_images"),
        classes_file=args.classes,
        size=args.scale_size,
        channels=args.channels,
        padding=_padding(args),
        skip_bad=args.skip_bad,
        whole_pages=args.whole_pages,
    )
    exists = not args.force and is_made_from(args.out, cutting.made_from())
    report = read_meta(args.out)["report"] if exists else cut_pages(cutting, args.out, args.workers)
    if args.json:
        print(json.dumps(report))
        return
    print(f"{args.out}: {'up to date, ' if exists else ''}{describe(report, args.whole_pages)}")


def _padding(args: argparse.Namespace) -> float:
    if not args.whole_pages:
        return _PADDING if args.padding is None else args.padding
    if args.padding:
        raise UserError("--padding is the margin around a box, and whole pages have none; leave one of the flags out")
    return 0.0


def describe(report: dict[str, int], whole_pages: bool) -> str:
    parts = "{pages:,} pages of {books:,} books"
    text = (parts if whole_pages else "{crops:,} crops of {classes:,} classes from " + parts).format(**report)
    text += f"; {report['clipped']:,} boxes cut off at the page's edge" if report["clipped"] else ""
    return text + (f"; left out {report['skipped']:,} faults, see skipped.csv" if report["skipped"] else "")
