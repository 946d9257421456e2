"""`mojika pseudo-label`: cut the most confident predictions into a pack to train on."""

import argparse
from pathlib import Path

from mojika.cli.pack import describe_crops
from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made
from mojika.parameters.argument_types import fraction, positive

_MIN_PROB = 0.9999

EXAMPLE = """example:
  mojika pseudo-label output/test/first_filtered.parquet --scale-size 124 --channels 1 \\
      --images input/kuzushiji-recognition/preprocessed/test_images \\
      --classes input/kuzushiji-recognition/packs/gray124/classes.csv \\
      --out input/kuzushiji-recognition/packs/gray124_pseudo
  mojika split input/kuzushiji-recognition/packs/gray124 --hold-out 200015779 \\
      --append input/kuzushiji-recognition/packs/gray124_pseudo \\
      --out input/kuzushiji-recognition/splits/200015779/gray124_pseudo
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("boxes", type=Path, metavar="BOXES", help="boxes with labels, after `mojika filter-apply`")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of the boxes' pages")
    parser.add_argument(
        "--classes",
        type=Path,
        required=True,
        metavar="CSV",
        help="classes.csv of the training packs to which the pseudo-labels are added",
    )
    add_out(parser, "PACK", "pack (a folder)")
    parser.add_argument(
        "--min-prob",
        type=fraction,
        default=_MIN_PROB,
        metavar="P",
        help=f"leave out less probable labels (default: {_MIN_PROB})",
    )
    parser.add_argument("--scale-size", type=positive, required=True, metavar="PX", help="height and width of a crop")
    parser.add_argument(
        "--channels", type=int, required=True, choices=[1, 3], help="channels of a crop, 1: gray, 3: RGB"
    )
    add_flags(parser, "workers", "skip_bad", "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.page_boxes import read_boxes
    from mojika.boxes.pseudo_labels import plan_pseudo_pages
    from mojika.data.pack import PACK
    from mojika.data.pack_pages import pack_pages

    read = read_boxes(args.boxes)
    packing = plan_pseudo_pages(
        read,
        args.images,
        classes_file=args.classes,
        min_prob=args.min_prob,
        size=args.scale_size,
        channels=args.channels,
        skip_bad=args.skip_bad,
    )
    existed = is_up_to_date(args, PACK, packing.made_from())
    report = PACK.read(args.out)["report"] if existed else pack_pages(packing, args.out, args.workers)
    text = f"of {len(read):,} boxes {describe_crops(report)}"
    return made(args.out, {"boxes": len(read), **report}, text, existed=existed)
