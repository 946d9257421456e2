"""`mojika finetune`: adapt a reader to one book, from a few labelled pages of it."""

import argparse
import sys
from contextlib import redirect_stdout
from pathlib import Path

from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made
from mojika.errors import UserError
from mojika.parameters.argument_types import fraction, positive
from mojika.runtime.lines import say

EXAMPLE = """examples:
  mojika finetune --pages book --models models/starter --out readers/book        # book/0003.jpg, book/0003.json, …
  mojika finetune --pages train_images --labels train.csv --mix input/glyphs/gray56 --out readers/book
  mojika recognize book_scans --models readers/book --out texts
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pages", type=Path, required=True, metavar="DIR", help="folder of the labelled page images")
    parser.add_argument(
        "--labels", type=Path, metavar="CSV|JSON|DIR",
        help="label file image_id,labels with U+XXXX x y w h …, or corrected JSON of pages and folders with some "
        "(default: the JSON beside the images)",
    )  # fmt: skip
    parser.add_argument(
        "--models", nargs="+", metavar="MODELS",
        help="reader to start from, as `mojika recognize` takes it (default: what is found below models/)",
    )  # fmt: skip
    add_out(parser, "READER", "reader's folder")
    parser.add_argument(
        "--mix", type=Path, nargs="+", default=[], metavar="PACK",
        help="packs of generated characters to learn from as well, so that what is not on the pages is not forgotten",
    )  # fmt: skip
    parser.add_argument(
        "--book-share", type=fraction, default=0.5, metavar="P",
        help="with --mix, the share of the book's characters in what is learnt from (default: 0.5)",
    )  # fmt: skip
    parser.add_argument(
        "--steps", type=positive, default=300, metavar="N", help="steps of each model's training (default: 300)"
    )
    add_flags(parser, "weights")
    parser.add_argument("--name", help="name of the new reader (default: that of the folder)")
    add_flags(parser, "seed", "device", "workers", "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.data.pack import Pack
    from mojika.experiment.fine_tuning import FineTuning
    from mojika.files.reader_folder import READER, ReaderFolder
    from mojika.reader.bundle import About
    from mojika.reader.default_models import default_models
    from mojika.reader.finetuning.book import read_book
    from mojika.reader.finetuning.run import Adaptation, adapt, data_of
    from mojika.reader.reader_files import open_reader_files

    if args.mix and not 0 < args.book_share < 1:
        raise UserError(f"--book-share {args.book_share:g}: expected a share between 0 and 1")
    models, note = (args.models, "") if args.models else ([default_models()[0]], default_models()[1])
    files = open_reader_files(*models)
    for line in filter(None, (note, files.note)):
        say(line)
    book = read_book(args.pages, args.labels)
    if book.unlabelled:
        say(f"not learnt from, having no labels: {len(book.unlabelled)} pages of {args.pages}")
    task = Adaptation(
        reader=files,
        book=book,
        mixed=tuple(map(Pack.open, args.mix)),
        share=args.book_share,
        tuning=FineTuning(steps=args.steps, seed=args.seed),
    )
    learnt = f"{len(book.pages)} pages of {args.pages.resolve().name}, {book.characters} characters"
    about = About(
        name=args.name or args.out.name, license=files.license, data=(*data_of(models), learnt), scores={}
    )  # fmt: skip
    sources = task.made_from(about, args.weights)
    existed = is_up_to_date(args, READER, sources)
    if not existed:
        work = args.out.with_name(f"{args.out.name}.work") / READER.fingerprint(sources)[:12]
        with redirect_stdout(sys.stderr):
            adapt(task, args.out, work, about, device=args.device, workers=args.workers, weights=args.weights)
    folder = ReaderFolder.open(args.out)
    (classes,) = folder.members("classifier")[0].about["classes"].values()
    numbers = {
        "pages": len(book.pages),
        "characters": book.characters,
        "classes": classes["classes"],
        "models": len(folder.members()),
        "bytes": sum(each["size"] for each in folder.files.values()),
    }
    text = "{models} models adapted to {pages} pages with {characters:,} characters; {classes:,} classes"
    more = f"`mojika recognize SCANS --models {args.out} --out DIR` reads with it"
    return made(args.out, numbers, text.format(**numbers), more, existed=existed)
