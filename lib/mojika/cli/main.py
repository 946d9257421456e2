"""`mojika SUBCOMMAND`: looks up the subcommand, imports only that one, and turns its end into an exit status."""

import argparse
import importlib
import sys
from typing import TYPE_CHECKING

from mojika.cli.memory import memory_named
from mojika.parameters.parser import Parser
from mojika.runtime.exit_status import run_entry_point
from mojika.runtime.launcher import end_with_launcher
from mojika.runtime.threads import keep_to_quota, wait_passively

if TYPE_CHECKING:
    from mojika.cli.stage import Report

# subcommand -> (module, one-line help); the modules are imported on use, so that `mojika --help` is quick
SUBCOMMANDS = {
    "recognize": ("mojika.cli.recognize", "read scans: their text, in reading order, in many formats"),
    "doctor": ("mojika.cli.doctor", "what this machine has, and what to do where something is missing"),
    "predict": ("mojika.cli.predict", "read images of one character each with one or several classifiers"),
    "sample": ("mojika.cli.sample", "generate sample data in a competition's layout"),
    "import": ("mojika.cli.import_data", "make pages or lists of labelled data in any usual shape"),
    "check": ("mojika.cli.check", "list every fault of a data folder in one table"),
    "preprocess": ("mojika.cli.preprocess", "denoise pages and normalise their contrast"),
    "pack": ("mojika.cli.pack", "cut labelled boxes, or whole pages, into a memory-mapped pack"),
    "split": ("mojika.cli.split", "split packs into training and validation lists by book, by page or at random"),
    "train": ("mojika.cli.train", "train a classifier on the crops of a split list"),
    "train-detector": ("mojika.cli.train_detector", "train a detector of characters on labelled pages"),
    "detect": ("mojika.cli.detect", "find the characters of pages with one or several detectors"),
    "classify": ("mojika.cli.classify", "read the boxes of pages with one or several classifiers"),
    "vote": ("mojika.cli.vote", "take the label that most models read in each box"),
    "nms": ("mojika.cli.nms", "keep the best of the boxes that cover the same character"),
    "filter-search": ("mojika.cli.filter_search", "find settings for the false-positive filter"),
    "filter-train": ("mojika.cli.filter_train", "train the false-positive filter on validation pages"),
    "filter-apply": ("mojika.cli.filter_apply", "drop the boxes that are likely false positives"),
    "pseudo-label": ("mojika.cli.pseudo_label", "cut the most confident predictions into a pack"),
    "submit": ("mojika.cli.submit", "write boxes that were read as a competition's submission"),
    "score": ("mojika.cli.score", "score a submission, or boxes, against labelled pages"),
    "overlay": ("mojika.cli.overlay", "draw boxes on their pages, coloured by what became of each"),
    "text": ("mojika.cli.text", "print the text of labelled pages in the order in which it is read"),
    "evaluate": ("mojika.cli.evaluate", "score a trained model on a split list"),
    "export-onnx": ("mojika.cli.export_onnx", "make an ONNX file of a trained network, compared with torch"),
    "summary": ("mojika.cli.summary", "gather numbers of several reports in one JSON file"),
    "table": ("mojika.cli.table", "show the same numbers of several reports, one report a line"),
    "infer-graphemes": ("mojika.cli.infer_graphemes", "read grapheme shards with one or several models, and submit"),
    "fetch": ("mojika.cli.fetch", "fetch files from web servers and stores, and record what they are"),
    "bundle": ("mojika.cli.bundle", "make one folder of trained models, with all that reading needs"),
    "finetune": ("mojika.cli.finetune", "adapt a reader to one book, from a few labelled pages of it"),
    "language-model": ("mojika.cli.language_model", "learn from texts which character follows which"),
    "import-model": ("mojika.cli.import_model", "make a checkpoint of a classifier that the 2019 scripts trained"),
    "import-detections": ("mojika.cli.import_detections", "make boxes of pages of detections published in 2019"),
    "import-filter": ("mojika.cli.import_filter", "make a filter of boosters published in 2019"),
    "completion": ("mojika.cli.completion", "write a script by which a shell completes what is typed"),
    "classify-books": ("mojika.cli.classify_books", "find the books that unlabelled pages resemble"),
}
_OTHER_WORDS = {  # of other programs
    **dict.fromkeys(("read", "ocr", "transcribe"), "recognize"),
    **dict.fromkeys(("infer", "inference"), "predict"),
    **dict.fromkeys(("test", "val", "validate"), "evaluate"),
    "fit": "train",
    "export": "export-onnx",
    "convert": "import",
    "generate": "sample",
}
_RUNS = ("train", "train-detector")  # they have --fresh


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    wait_passively()
    keep_to_quota()
    end_with_launcher()
    program = " ".join(["mojika", *[name for name in argv[:1] if name in SUBCOMMANDS]])
    return run_entry_point(program, lambda: _dispatch(argv))


def _dispatch(argv: list[str]) -> int:
    if argv and argv[0] in ("help", "version"):
        argv = [*argv[1:2], "--help"] if argv[0] == "help" else ["--version"]
    parser = _overview()
    if argv and argv[0] in _OTHER_WORDS:
        parser.error(f"there is no {argv[0]}; did you mean {_OTHER_WORDS[argv[0]]}?")
    if not argv or argv[0] not in SUBCOMMANDS:
        parser.parse_args(argv)  # --help, --version, or argparse's own message for an unknown name
        parser.print_help()
        return 2
    module = importlib.import_module(SUBCOMMANDS[argv[0]][0])
    args = subcommand_parser(argv[0]).parse_args(argv[1:])
    with memory_named(args):
        end: int | Report = module.run(args)
    return end if isinstance(end, int) else end.show(args.json)


def subcommand_parser(name: str) -> Parser:
    """The parser of `mojika NAME`; imports that subcommand."""
    summary, module = SUBCOMMANDS[name][1], importlib.import_module(SUBCOMMANDS[name][0])
    parser = Parser(
        prog=f"mojika {name}",
        description=summary[0].upper() + summary[1:] + ".",
        epilog=module.EXAMPLE,
        settings=not hasattr(module, "KINDS"),
    )
    module.add_arguments(parser)
    if name not in _RUNS and "--force" not in parser.names():
        parser.add_argument("--force", action="store_true", help=argparse.SUPPRESS)  # it always makes its output again
    return parser


def whole_parser() -> Parser:
    """The parsers of all subcommands as one; imports all of them."""
    parser = Parser(prog="mojika", settings=False)
    subcommands = parser.add_subparsers()
    for name, (module, summary) in SUBCOMMANDS.items():
        importlib.import_module(module).add_arguments(subcommands.add_parser(name, help=summary))
    return parser


def _overview() -> argparse.ArgumentParser:
    width = max(map(len, SUBCOMMANDS))
    lines = "\n".join(f"  {name:<{width}}  {summary}" for name, (_, summary) in SUBCOMMANDS.items())
    parser = Parser(
        prog="mojika",
        description="Reads handwriting that ordinary OCR cannot.",
        epilog=f"subcommands:\n{lines}\n\n`mojika SUBCOMMAND --help` shows its options with an example.",
        settings=False,
    )
    parser.add_argument("subcommand", choices=list(SUBCOMMANDS), metavar="SUBCOMMAND", nargs="?")
    return parser
