"""`mojika recognize`: from scans to text and to files of other programs, page by page."""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mojika.cli.stage import VIEWS, Report, add_flags, refuse_flags
from mojika.errors import UserError
from mojika.files.cache import cache_folder
from mojika.files.urls import output
from mojika.parameters.argument_types import fraction, positive, views, whole_numbers
from mojika.runtime.exit_status import DONE, USER_ERROR
from mojika.runtime.lines import say
from mojika.runtime.signals import StopRequest
from mojika.scans.page_selection import PageSelection

if TYPE_CHECKING:
    from mojika.files.faults import Fault
    from mojika.reader.chosen_reader import ChosenReader
    from mojika.reader.page_work import PageResult, PageWork
    from mojika.scans.scan import Scan

_SETTINGS = (
    *("short_sides", "gray", "two_views", "score_threshold", "at_most", "iou", "views", "padding"),
    *("nms_by", "nms_iou", "filter_threshold", "neighbour_threshold", "furigana_below", "certainty_threshold"),
)

EXAMPLE = """examples:
  mojika recognize scans/ --out texts                          # with the reader that comes along
  mojika recognize scans/ --models models/demo/reader --out texts
  mojika recognize book.pdf --pages 3-7,12 --out texts --formats text,json,alto,page
  mojika recognize https://LIBRARY/book/manifest.json --out texts
  mojika recognize --from-json texts --out texts --formats text,alto,page
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "images",
        nargs="*",
        metavar="INPUT",
        help="images, folders of images, PDFs, or IIIF manifests (file or address)",
    )
    parser.add_argument(
        "--out", type=output, default="texts", metavar="DIR", help="folder for the results (default: texts)"
    )
    parser.add_argument(
        "--models", nargs="+", metavar="MODELS",
        help="a reader's folder, a pipeline's models/, .model files, or hf:OWNER/NAME[@REVISION] "
        "(default: what is found below models/, else the reader that comes with Mojika)",
    )  # fmt: skip
    parser.add_argument(
        "--formats", type=_names, default=("text", "json"), metavar="NAME,…",
        help="formats to write, all of them with `all` (default: text,json; docs/formats.md describes them)",
    )  # fmt: skip
    parser.add_argument(
        "--from-json", type=Path, nargs="+", metavar="JSON",
        help="read nothing, but write --formats again from the JSON of pages, as edited: files, or folders with some",
    )  # fmt: skip
    parser.add_argument(
        "--address", metavar="URL", help="address that the output folder will have, for formats whose files are linked"
    )
    parser.add_argument("--pages", type=PageSelection.parse, metavar="N-M,…", help="pages of books to read: 3-7,12,20-")
    parser.add_argument(
        "--pdf-dpi", type=positive, default=300, metavar="DPI",
        help="resolution of pages of PDFs that are no scans (default: 300)",
    )  # fmt: skip
    parser.add_argument(
        "--shard", type=_shard, metavar="I/N", help="read the I-th of N parts of the pages, for an array of jobs"
    )
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="read on the workers of this Ray cluster; `local` starts one on this machine"
    )
    parser.add_argument(
        "--ray-workers", type=positive, metavar="N", help="workers (default: one a GPU, else one a core)"
    )
    settings = parser.add_argument_group("settings of the reader", "by default the reader's own")
    _add_settings(settings)
    settings.add_argument(
        "--lm", metavar="off|FILE", help="language model, as `mojika language-model` writes it, or off for none"
    )
    add_flags(settings, "lm_weight", "lm_temperature", "furigana_below", "certainty_threshold")
    add_flags(parser, "device")
    parser.add_argument(
        "--runtime",
        choices=["torch", "onnx"],
        help="what computes the networks (default: onnx where the models are ONNX files, else torch)",
    )
    add_flags(parser, "force", "json")


def _add_settings(group: Any) -> None:
    """Flags named like the fields of `ReaderSettings`, but for `--tta`; None: as the reader has it."""
    group.add_argument(
        "--short-sides",
        type=whole_numbers,
        metavar="PIXELS,…",
        help="short sides to which a page is scaled and searched",
    )
    group.add_argument(
        "--gray", action=argparse.BooleanOptionalAction, default=None, help="also search every scale in gray"
    )
    add_flags(group, "two_views")
    group.add_argument("--score-threshold", type=fraction, metavar="SCORE", help="lowest score of a box that is found")
    group.add_argument("--at-most", type=positive, metavar="N", help="largest number of boxes of a page")
    group.add_argument("--iou", type=fraction, help="overlap above which only the better of two found boxes is kept")
    group.add_argument(
        "--tta", dest="views", type=views, choices=VIEWS, help="views of each character, as `mojika classify` has them"
    )
    group.add_argument(
        "--padding", type=fraction, metavar="SHARE", help="margin around a box, as `mojika classify` has it"
    )
    group.add_argument(
        "--nms-by", choices=["prob", "box_score"], help="what makes one of two overlapping boxes the better"
    )
    group.add_argument(
        "--nms-iou", type=fraction, metavar="IOU", help="overlap above which the worse of two boxes goes"
    )
    group.add_argument(
        "--filter", type=Path, metavar="DIR", help="false-positive filter, as `mojika filter-train` writes it"
    )
    group.add_argument(
        "--filter-threshold",
        type=fraction,
        metavar="PROB",
        help="lowest probability, by the filter, of a box that stays",
    )
    add_flags(group, "neighbour_threshold")


def run(args: argparse.Namespace) -> Report:
    from mojika.formats.registry import FORMATS, chosen, expect_apart
    from mojika.reader.page_lines import told
    from mojika.reader.page_work import PageWork
    from mojika.reader.run import write_common_files

    formats = tuple(FORMATS) if args.formats == ("all",) else args.formats
    chosen(formats)
    if args.from_json:
        return _from_json(args, formats)
    if not args.images:
        raise UserError("expected INPUTs to read, or --from-json")
    work = PageWork(_chosen_reader(args), args.out, formats, args.force, args.address, say)
    scans, faults = _find_scans(args)
    expect_apart([scan.name for scan in scans], formats)
    part = scans[args.shard[0] - 1 :: args.shard[1]] if args.shard else scans
    counts = Counter({"failed": len(faults)})
    with StopRequest() as stop:
        for result in told(_results(args, work, part, stop.raise_if_requested), len(part)):
            counts[result.became] += 1
        written = write_common_files(work, scans)
    return _report(counts, written)


def _results(
    args: argparse.Namespace, work: "PageWork", scans: "list[Scan]", before_page: Callable[[], None]
) -> "Iterator[PageResult]":
    if args.ray:
        from mojika.reader.ray_workers import recognize_on_ray

        return recognize_on_ray(work, scans, args.ray, args.ray_workers, before_page)
    from mojika.reader.run import recognize_pages

    return recognize_pages(work, scans, before_page)


def _find_scans(args: argparse.Namespace) -> "tuple[list[Scan], list[Fault]]":
    """The pages to read; what is wrong with others is said."""
    from mojika.scans.find_scans import find_scans

    scans, faults = find_scans(
        args.images, pages=args.pages, cache=cache_folder(), without=[args.out], pdf_dpi=args.pdf_dpi
    )
    for fault in faults:
        say(f"failed: {fault}")
    return scans, faults


def _from_json(args: argparse.Namespace, formats: tuple[str, ...]) -> Report:
    from mojika.formats.page_files import find_page_files
    from mojika.reader.from_json import write_from_json
    from mojika.reader.language_file import chosen_language

    refuse_flags(args, ["models", "filter", "shard", *(name for name in _SETTINGS if name != "views")], "reading")
    scans, _ = _find_scans(args)
    images = {scan.name: scan for scan in scans}
    files = find_page_files(args.from_json)
    language = chosen_language(None, args.lm, args.lm_weight, args.lm_temperature)
    counts = Counter[str]()
    for result in write_from_json(files, args.out, formats, images, args.address, language):
        counts[result.became] += 1
        if result.became == "failed":
            say(f"failed: {result.fault}")
    numbers = {"written": counts["written"], "failed": counts["failed"]}
    text = "{written:,} written, {failed:,} failed".format(**numbers)
    return Report(numbers, text, status=USER_ERROR if counts["failed"] else DONE)


def _report(counts: Counter[str], written: list[Path]) -> Report:
    numbers = {"read": counts["read"], "up_to_date": counts["kept"], "failed": counts["failed"]}
    lines = [f"wrote {path}" for path in written]
    text = "\n".join([*lines, "{read:,} read, {up_to_date:,} up to date, {failed:,} failed".format(**numbers)])
    return Report({"pages": counts.total(), **numbers}, text, status=USER_ERROR if counts["failed"] else DONE)


def _chosen_reader(args: argparse.Namespace) -> "ChosenReader":
    from mojika.reader.chosen_reader import ChosenReader, runtime_of, with_settings
    from mojika.reader.default_models import default_models
    from mojika.reader.language_file import chosen_language
    from mojika.reader.reader_files import open_reader_files

    models, note = args.models, ""
    if models is None:
        model, note = default_models()
        models = [model]
    files = open_reader_files(*models)
    for line in filter(None, (note, files.note)):
        say(line)
    asked = {name: getattr(args, name) for name in _SETTINGS if getattr(args, name) is not None}
    files, settings = with_settings(files, asked, args.filter)
    language = chosen_language(files.language, args.lm, args.lm_weight, args.lm_temperature)
    if language and files.reads_graphemes:
        raise UserError(f"{files.name} reads single graphemes: leave --lm out")
    return ChosenReader(replace(files, language=language), settings, args.device, args.runtime or runtime_of(files))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _shard(text: str) -> tuple[int, int]:
    """`I/N`, I from 1 to N."""
    part, _, parts = text.partition("/")
    number, count = int(part), int(parts)
    if not 1 <= number <= count:
        raise argparse.ArgumentTypeError(f"expected a part from 1/N to N/N, found {text}")
    return number, count
