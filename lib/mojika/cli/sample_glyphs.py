"""`mojika sample glyphs`: draw a pack of single characters, each in a hand of its own."""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from mojika.cli.drawing_flags import add_fonts, add_strokes
from mojika.cli.stage import Report, is_up_to_date, made
from mojika.errors import ParameterError
from mojika.parameters.argument_types import positive

if TYPE_CHECKING:
    from mojika.samples.glyphs.styles import Styles

_TEXT = 40_000  # characters of generated text that are counted
SUMMARY = "a pack of single characters in many hands, to train classifiers on"
EXAMPLE = """example:
  mojika sample glyphs input/glyphs/gray56 --count 100000 --size 56 --classes 800
  mojika sample glyphs input/glyphs/gray56 --fonts input/fonts --strokes input/kanjivg.npz \
      --labels-from ../shared/data/kuzushiji_labels/labels.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=positive, default=50_000, help="number of characters (default: 50000)")
    parser.add_argument(
        "--size", type=positive, default=56, metavar="PX", help="height and width of a crop (default: 56)"
    )
    parser.add_argument(
        "--classes", type=positive, default=500, help="number of different characters, commonest first (default: 500)"
    )
    parser.add_argument(
        "--labels-from",
        type=Path,
        nargs="+",
        default=[],
        metavar="CSV",
        help="label files (image_id,labels) that show which characters are common (default: generated text)",
    )
    add_fonts(
        parser,
        ", as scripts/get_fonts.sh fetches; a file with hentaigana in the places of kana has that word in its name",
    )
    add_strokes(parser)


def run(args: argparse.Namespace) -> Report:
    import numpy as np

    from mojika.data.pack import PACK
    from mojika.samples.glyphs.pack import GlyphParameters, write_glyphs
    from mojika.samples.glyphs.styles import find_styles

    fonts = find_styles(args.fonts, args.strokes, np.random.default_rng())
    drawable = _commonest(_counts(args.labels_from, args.classes), args.classes, fonts)
    parameters = GlyphParameters(args.count, args.size, args.seed, drawable, tuple(args.fonts), args.strokes)
    existed = is_up_to_date(args, PACK, parameters.made_from(fonts))
    report = PACK.read(args.out)["report"] if existed else write_glyphs(parameters, args.out, args.workers)
    text = "{crops:,} crops of {classes:,} classes from {fonts} fonts".format(**report)
    return made(args.out, report, text, existed=existed)


def _commonest(counts: Counter[str], classes: int, fonts: "Styles") -> dict[str, int]:
    """The commonest characters that can be drawn, with their counts."""
    from mojika.samples.glyphs.pack import is_drawable

    drawable: dict[str, int] = {}
    left_out = []
    for character in sorted(counts, key=lambda character: (-counts[character], character)):
        if len(drawable) == classes:
            break
        if is_drawable(character, fonts):
            drawable[character] = counts[character]
        else:
            left_out.append(character)
    if left_out:
        print(f"mojika sample: warning: left out, no font can draw: {' '.join(left_out)}", file=sys.stderr)
    if not drawable:
        raise ParameterError("{labels_from}: expected characters that a font can draw, found none")
    return drawable


def _counts(label_files: list[Path], classes: int) -> Counter[str]:
    """How often characters occur: in label files, or in text as generated pages have it."""
    if label_files:
        from mojika.data.page_labels import count_characters

        return count_characters(label_files)
    import numpy as np

    from mojika.samples.text import TextSource, default_vocabulary

    vocabulary = default_vocabulary(classes, [])
    return Counter([*vocabulary, *TextSource(vocabulary).passage(_TEXT, np.random.default_rng(0))])
