"""`mojika sample kuzushiji`: generate pages in the layout of Kaggle's kuzushiji-recognition."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mojika.cli.drawing_flags import add_fonts, add_strokes
from mojika.cli.stage import Report, made
from mojika.data.code_points import label_of
from mojika.errors import UserError
from mojika.parameters.argument_types import not_negative, positive

if TYPE_CHECKING:
    from mojika.samples.kuzushiji import SampleParameters
    from mojika.samples.wide.plan import WideParameters

SUMMARY = "pages, as Kaggle's kuzushiji-recognition has them"
EXAMPLE = """example:
  mojika sample kuzushiji input/sample --books 8 --pages-per-book 8 --seed 1
  mojika sample kuzushiji input/sample --characters-from ../shared/data/kuzushiji_pages/train.csv
  mojika sample kuzushiji input/wide --style wide --books 100 --fonts input/fonts --scale 0.42 \\
      --labels-from ../shared/data/kuzushiji_labels/labels.csv --text-from ../shared/data/honkoku_text/data.csv
"""
_OF_WIDE = ("labels_from", "text_from", "fonts", "strokes")  # flags
_MOST_BOOKS = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--books", type=_book_count, default=8, metavar="N", help="number of books in the training set (default: 8)"
    )
    parser.add_argument(
        "--pages-per-book", type=positive, default=8, help="pages of each book of the training set (default: 8)"
    )
    parser.add_argument(
        "--test-books", type=not_negative, default=2, help="number of other books, in the test set (default: 2)"
    )
    parser.add_argument(
        "--test-pages", type=not_negative, default=8, help="total number of pages in the test set (default: 8)"
    )
    parser.add_argument(
        "--classes", type=positive, default=500, help="number of different characters that may occur (default: 500)"
    )
    parser.add_argument(
        "--characters-from",
        type=Path,
        nargs="+",
        default=[],
        metavar="CSV",
        help="label files (image_id,labels); every character in them occurs in the sample",
    )
    parser.add_argument(
        "--scale",
        type=_scale,
        default=1 / 3,
        help="size of the pages: 1 is about 2400 × 3870 pixels, the default 1/3 about one megapixel",
    )
    parser.add_argument(
        "--style",
        choices=["books", "wide"],
        default="books",
        help="books: a hand, a paper and a layout for each book; wide: other hands, layouts, paper and surroundings on "
        "every picture, single pages and openings, to learn what carries over to real ones (default: books)",
    )
    parser.add_argument(
        "--labels-from",
        type=Path,
        nargs="+",
        default=[],
        metavar="CSV",
        help="label files (image_id,labels) whose pages are repeated with their sizes, gaps and characters, by "
        "--style wide (default: layouts are invented)",
    )
    parser.add_argument(
        "--text-from",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="transcribed text for --style wide: CSV files with a column text in Koji notation, or plain text "
        "(default: generated text)",
    )
    add_fonts(parser, " for --style wide, as scripts/get_fonts.sh fetches")
    add_strokes(parser, " for --style wide")


def run(args: argparse.Namespace) -> Report:
    from mojika.samples.dataset import kuzushiji_folder, write_sample

    if bool(args.test_books) != bool(args.test_pages):
        raise UserError(
            f"expected test books and test pages, or neither, found --test-books {args.test_books} "
            f"--test-pages {args.test_pages}"
        )
    parameters, described = _wide(args) if args.style == "wide" else _books(args)
    folder = kuzushiji_folder(args.out)
    existed = folder.is_made(described, args.force)
    if existed:
        report = folder.report()
    else:
        plan = parameters.plan()
        _tell(plan.undrawable, len(plan.vocabulary) if args.style == "books" else 0, args.classes)
        report = write_sample(plan, parameters.scale, described, args.out, args.workers)
    return made(args.out, report, _describe(report), existed=existed)


def _books(args: argparse.Namespace) -> "tuple[SampleParameters, dict[str, Any]]":
    from mojika.data.page_labels import count_characters
    from mojika.samples.fonts import find_brush_fonts
    from mojika.samples.kuzushiji import SampleParameters

    given = [f"--{flag.replace('_', '-')}" for flag in _OF_WIDE if getattr(args, flag)]
    if given:
        raise UserError(f"expected --style wide with {', '.join(given)}, found --style books")
    required = "".join(sorted(count_characters(args.characters_from)))
    parameters = SampleParameters(**_size_of(args), required=required)
    return parameters, parameters.as_dict(find_brush_fonts())


def _wide(args: argparse.Namespace) -> "tuple[WideParameters, dict[str, Any]]":
    from mojika.samples.wide.plan import WideParameters

    if args.characters_from:
        raise UserError("expected --style books with --characters-from, found --style wide; use --labels-from")
    sources: dict[str, Any] = {flag: tuple(getattr(args, flag)) for flag in _OF_WIDE[:-1]}
    parameters = WideParameters(**_size_of(args), **sources, strokes=args.strokes)
    return parameters, parameters.as_dict()


def _size_of(args: argparse.Namespace) -> dict[str, Any]:
    names = ("books", "pages_per_book", "test_books", "test_pages", "classes", "seed")
    return {name: getattr(args, name) for name in names} | {"scale": round(args.scale, 6)}


def _tell(undrawable: str, vocabulary: int, classes: int) -> None:
    if undrawable:
        named = " ".join(f"{character} ({label_of(character)})" for character in undrawable)
        print(f"mojika sample: warning: left out, no font can draw: {named}", file=sys.stderr)
    if vocabulary > classes:
        print(f"mojika sample: --classes {classes} is raised to {vocabulary}: kana and required ones", file=sys.stderr)


def _describe(report: dict[str, int]) -> str:
    return (
        "{characters:,} characters of {classes:,} classes ({classes_with_one_sample:,} with one sample) "
        "on {pages:,} pages ({empty_pages:,} empty) of {books:,} books; {test_pages:,} test pages"
    ).format(**report)


def _scale(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 2:
        raise argparse.ArgumentTypeError(f"expected a number from 0.1 to 2, found {text}")
    return value


def _book_count(text: str) -> int:
    """In other commands the flag names books, so that a name may be meant."""
    if (count := positive(text)) > _MOST_BOOKS:
        raise argparse.ArgumentTypeError(f"expected how many books to generate, at most {_MOST_BOOKS:,}, found {text}")
    return count
