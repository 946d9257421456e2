"""`mojika pack`: cut labelled boxes, scale whole pages, or stream grapheme shards into a memory-mapped pack."""

import argparse
from functools import partial
from typing import TYPE_CHECKING

from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made, refuse_flags
from mojika.errors import UserError
from mojika.files.urls import place
from mojika.parameters.argument_types import fraction, positive

if TYPE_CHECKING:
    from mojika.data.pack_graphemes import GraphemePacking
    from mojika.data.pack_pages import PagePacking
    from mojika.preprocessing.graphemes import GraphemeForm

_PADDING = 0.05
_OF_PAGES = ("images", "whole_pages", "classes", "scale_size", "channels", "padding")
_OF_GRAPHEMES = ("class_map", "grapheme_size")

EXAMPLE = """example:
  mojika pack --labels input/kuzushiji-recognition/train.csv --scale-size 124 --channels 1 \\
      --images input/kuzushiji-recognition/preprocessed/train_images --out input/kuzushiji-recognition/packs/gray124
  mojika pack --whole-pages --labels input/kuzushiji-recognition/train.csv --scale-size 256 --channels 3 \\
      --out input/kuzushiji-recognition/packs/books_rgb256
  mojika pack --labels input/bengaliai-cv19/train.csv --shards 'input/bengaliai-cv19/train_image_data_*.parquet' \\
      --grapheme-size crop:128 --out input/bengaliai-cv19/packs/crop128
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--labels", type=place, required=True, metavar="CSV",
        help="label file image_id,labels with U+XXXX x y w h …; with --shards: image_id and three labels",
    )  # fmt: skip
    parser.add_argument(
        "--images",
        type=place,
        metavar="DIR",
        help="folder of pages (default: for train.csv the folder train_images beside it)",
    )
    parser.add_argument(
        "--whole-pages", action="store_true", help="make one image per page, labelled with the page's book"
    )
    parser.add_argument("--classes", type=place, metavar="CSV", help="class list to use (default: all labels found)")
    add_out(parser, "PACK", "pack (a folder)")
    parser.add_argument("--scale-size", type=positive, metavar="PX", help="height and width of a crop")
    parser.add_argument("--channels", type=int, choices=[1, 3], help="channels of a crop, 1: gray, 3: RGB")
    parser.add_argument(
        "--padding", type=fraction, help=f"margin on each side, as a share of the box's size (default: {_PADDING})"
    )
    graphemes = parser.add_argument_group(
        "graphemes", "graphemes instead of pages; the page flags above do not apply to them"
    )
    graphemes.add_argument(
        "--shards",
        nargs="+",
        metavar="PARQUET",
        help="shards (files or quoted patterns) with image_id and the pixels 0 … 32331",
    )
    graphemes.add_argument(
        "--class-map",
        type=place,
        metavar="CSV",
        help="list of all classes (default: class_map.csv in the folder of the labels)",
    )
    graphemes.add_argument(
        "--grapheme-size", type=_grapheme_form, metavar="FORM",
        help="native (137x236), HEIGHTxWIDTH, or crop:SIDE for a square around the ink; append +unruled to remove the "
        "printed lines of forms (default: native)",
    )  # fmt: skip
    add_flags(parser, "workers", "skip_bad", "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.data.pack import PACK
    from mojika.data.pack_graphemes import pack_graphemes
    from mojika.data.pack_pages import pack_pages

    _check_kind(args)
    if args.shards:
        graphemes = _plan_graphemes(args)
        made_from, make, describe = graphemes.made_from(), partial(pack_graphemes, graphemes), describe_graphemes
    else:
        pages = _plan_pages(args)
        made_from, make = pages.made_from(), partial(pack_pages, pages)
        describe = describe_pages if args.whole_pages else describe_crops
    existed = is_up_to_date(args, PACK, made_from)
    report = PACK.read(args.out)["report"] if existed else make(args.out, args.workers)
    return made(args.out, report, describe(report), existed=existed)


def _check_kind(args: argparse.Namespace) -> None:
    """The flags of the other kind of data must not be silently without effect."""
    if args.shards:
        refuse_flags(args, _OF_PAGES, "pages")
    else:
        refuse_flags(args, _OF_GRAPHEMES, "--shards")
    if not args.shards and not (args.scale_size and args.channels):
        raise UserError("expected --scale-size and --channels for pages, or --shards for graphemes; see --help")


def _plan_pages(args: argparse.Namespace) -> "PagePacking":
    from mojika.data.pack_pages import plan_pages

    return plan_pages(
        args.labels,
        args.images or args.labels.with_name(f"{args.labels.stem}_images"),
        classes_file=args.classes,
        size=args.scale_size,
        channels=args.channels,
        padding=_padding(args),
        skip_bad=args.skip_bad,
        whole_pages=args.whole_pages,
    )


def _plan_graphemes(args: argparse.Namespace) -> "GraphemePacking":
    from mojika.data.pack_graphemes import plan_graphemes
    from mojika.preprocessing.graphemes import GraphemeForm

    class_map = args.class_map or args.labels.with_name("class_map.csv")
    form = args.grapheme_size or GraphemeForm.parse("native")
    return plan_graphemes(args.labels, args.shards, class_map, form, args.skip_bad)


def _grapheme_form(text: str) -> "GraphemeForm":
    from mojika.preprocessing.graphemes import GraphemeForm

    try:
        return GraphemeForm.parse(text)
    except UserError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _padding(args: argparse.Namespace) -> float:
    if not args.whole_pages:
        return _PADDING if args.padding is None else args.padding
    if args.padding:
        raise UserError("--padding is the margin around a box, and whole pages have none; leave one of the flags out")
    return 0.0


def describe_crops(report: dict[str, int]) -> str:
    clipped = f"; {report['clipped']:,} boxes cut off at the page's edge" if report["clipped"] else ""
    return "{crops:,} crops of {classes:,} classes from ".format(**report) + _pages(report) + clipped + _skipped(report)


def describe_pages(report: dict[str, int]) -> str:
    return _pages(report) + _skipped(report)


def describe_graphemes(report: dict[str, int]) -> str:
    writers = f" by {report['writers']:,} writers" if report["writers"] else ""
    return f"{report['images']:,} images of {report['graphemes']:,} graphemes{writers}{_skipped(report)}"


def _pages(report: dict[str, int]) -> str:
    return "{pages:,} pages of {books:,} books".format(**report)


def _skipped(report: dict[str, int]) -> str:
    return f"; left out {report['skipped']:,} faults, see skipped.csv" if report["skipped"] else ""
