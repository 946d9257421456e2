"""`mojika language-model`: learn from texts which character follows which, for reading with the context."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made
from mojika.errors import UserError
from mojika.parameters.argument_types import positive, whole_numbers

if TYPE_CHECKING:
    from mojika.language.texts import Text

EXAMPLE = """example:
  mojika language-model honkoku/data.csv kuzushiji-recognition/train.csv --license cc-by-sa-4.0 \\
      --data "みんなで翻刻" "『日本古典籍くずし字データセット』 doi:10.20676/00000340" --out models/kuzushiji.ngrams
  mojika recognize scans/ --models readers/kuzushiji --lm models/kuzushiji.ngrams --out texts
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "texts", nargs="+", type=Path, metavar="TEXT",
        help="labels of pages (image_id,labels), whose text is taken in reading order; a CSV of transcriptions with "
        "columns text and title; or plain texts",
    )  # fmt: skip
    add_out(parser, "FILE", "language model")
    parser.add_argument(
        "--order", type=_order, default=4, metavar="N", help="longest n-grams, in characters (default: 4)"
    )
    parser.add_argument(
        "--least", type=whole_numbers, default=(1, 1, 2), metavar="TIMES,…",
        help="how often n-grams of one character, of two, … must occur to be kept; the last number is also for all "
        "longer ones (default: 1,1,2)",
    )  # fmt: skip
    parser.add_argument(
        "--hold-out", nargs="+", default=[], metavar="BOOK",
        help="books from which nothing is learnt; how well each is foreseen is reported, as its perplexity",
    )  # fmt: skip
    parser.add_argument("--license", metavar="ID", help="licence of the texts, by its SPDX name (cc-by-sa-4.0)")
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME", help="the texts' names, for those who read")
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.files.fingerprints import file_digest
    from mojika.language.learning import learn, perplexity
    from mojika.language.model_file import LANGUAGE_MODEL, read_language_model, write_language_model
    from mojika.language.texts import read_texts

    if list(args.least) != sorted(args.least):
        raise UserError(f"--least {','.join(map(str, args.least))}: expected numbers that do not fall")
    texts = [text for path in args.texts for text in read_texts(path)]
    held_out = _held_out(texts, args.hold_out)
    made_from = {
        "stage": "language-model",
        "texts": [file_digest(path) for path in args.texts],
        "order": args.order,
        "least": list(args.least),
        "hold_out": sorted(held_out),
        "license": args.license,
        "data": list(args.data),
    }
    existed = is_up_to_date(args, LANGUAGE_MODEL, made_from)
    if not existed:
        known = [text for text in texts if text.book not in held_out]
        if not any(run for text in known for run in text.runs):
            raise UserError(f"{', '.join(map(str, args.texts))}: expected text to learn from, found none")
        model = learn(known, args.order, args.least)
        write_language_model(args.out, model, made_from, license=args.license, data=list(args.data))
    model = read_language_model(args.out)
    foreseen = {text.book: round(perplexity(model, text), 2) for text in texts if text.book in held_out}
    numbers = {
        "order": args.order,
        "characters": len(model.characters),
        "ngrams": len(model.tokens),
        "bytes": args.out.stat().st_size,
        "perplexity": foreseen,
    }
    lines = ["{ngrams:,} n-grams of {characters:,} characters, {bytes:,} bytes".format(**numbers)]
    lines += [f"perplexity {value:.1f} on {book}" for book, value in foreseen.items()]
    return made(args.out, numbers, *lines, existed=existed)


def _held_out(texts: "list[Text]", names: list[str]) -> set[str]:
    books = {text.book for text in texts}
    if unknown := [name for name in names if name not in books]:
        raise UserError(f"--hold-out {unknown[0]}: expected a book of the texts, found none of this name")
    return set(names)


def _order(text: str) -> int:
    order = positive(text)
    if order > 6:
        raise argparse.ArgumentTypeError(f"expected at most 6 characters, found {order}")
    return order
