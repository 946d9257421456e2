"""What subcommands have in common: their usual flags, whether the output is there already, and the report."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mojika.errors import UserError
from mojika.files.artifact import Kind
from mojika.files.atomic import expect_place_for
from mojika.files.urls import output
from mojika.parameters.argument_types import (
    device,
    fraction,
    not_negative,
    not_negative_number,
    positive,
    positive_number,
    scale_sizes,
    views,
)
from mojika.runtime.exit_status import DONE
from mojika.runtime.parallel import available_cores
from mojika.runtime.singular import in_singular

if TYPE_CHECKING:
    from mojika.preprocessing.graphemes import GraphemeForm

VIEWS = (1, 5, 6, 7, 10, "10-inner", 20)


def _grapheme_form(text: str) -> "GraphemeForm":
    from mojika.preprocessing.graphemes import GraphemeForm

    return GraphemeForm.parse(text)


def page_steps(text: str) -> tuple[str, ...]:
    """`STEP,…` of `mojika preprocess`, or `none`."""
    from mojika.data.preprocess_pages import STEPS

    steps = () if text == "none" else tuple(text.split(","))
    if unknown := [step for step in steps if step not in STEPS]:
        raise argparse.ArgumentTypeError(f"expected none, or some of {', '.join(STEPS)}, found {unknown[0]!r}")
    return steps


_FLAGS: dict[str, dict[str, Any]] = {
    "batch_size": {"type": positive, "help": "images per step (default: %(default)s)"},
    "device": {
        "type": device,
        "metavar": "auto|cpu|cuda|cuda:N|mps",
        "default": "auto",
        "help": "device to compute on, N being the number of a GPU (default: auto, a GPU if there is one)",
    },
    "workers": {"type": positive, "default": available_cores(), "help": "parallel workers (default: all cores)"},
    "seed": {"type": not_negative, "default": 0, "help": "seed of all random numbers (default: 0)"},
    "scale_size": {
        "type": scale_sizes,
        "metavar": "PIXELS|OWN:PIXELS,…",
        "help": "side to which images are scaled before the input is cut out of them; 210:200,124:120 names it for "
        "models trained at 210 and at 124 pixels (default: as in training)",
    },
    "grapheme_size": {
        "type": _grapheme_form,
        "metavar": "FORM",
        "help": "form of the graphemes, for models whose file does not record it",
    },
    "tta": {
        "type": views,
        "choices": VIEWS,
        "help": "views of each image; 1: centre, 5: corners and centre, 6: those and all of it, 7: the five and two at "
        "smaller scale, 10: five and mirrored, 10-inner: the six and four inner corners, 20: those and mirrored "
        "(default: %(default)s)",
    },
    "page_preprocessing": {
        "type": page_steps,
        "metavar": "STEP,…|none",
        "help": "what `mojika preprocess` did to the pages (default: as the preprocess.json beside them says); what "
        "the models' pages went through beyond that is made up for",
    },
    "two_views": {
        "action": argparse.BooleanOptionalAction,
        "help": "score a box by the mean of the two views (scales, and gray) that are surest of it, not by the surest "
        "alone, so that what one view takes for a character counts half (default: as the reader has it, else not)",
    },
    "furigana_below": {
        "type": fraction,
        "metavar": "SHARE",
        "help": "leave out what is smaller than this share of a character at its left: furigana (default: the reader's "
        "own, else 0)",
    },
    "neighbour_threshold": {
        "type": fraction,
        "metavar": "PROB",
        "help": "lowest probability, by its score and those of the boxes around it, of a box that is read; 0: any "
        "(default: the reader's own, else 0)",
    },
    "certainty_threshold": {
        "type": fraction,
        "metavar": "PROB",
        "help": "lowest score of a box times probability of its reading (default: the reader's own, else 0)",
    },
    "lm_weight": {
        "type": not_negative_number,
        "metavar": "W",
        "help": "exponent of what the language model says (default: the reader's own, else 0.5)",
    },
    "lm_temperature": {
        "type": positive_number,
        "metavar": "T",
        "help": "by which the logarithms of what classifiers say are divided before: above 1 where these are too sure "
        "(default: the reader's own, else 1)",
    },
    "weights": {
        "choices": ["single", "half", "int8"],
        "default": "single",
        "help": "precision in which weights are stored: half for half the size, int8, with a scale for each row, for a "
        "quarter; networks compute in single precision as before (default: single)",
    },
    "skip_bad": {"action": "store_true", "help": "leave out faulty data and list the faults in skipped.csv"},
    "force": {"action": "store_true", "help": "make the output again and replace an existing one"},
    "json": {"action": "store_true", "help": "print the numbers as one JSON object"},
}


def add_flags(parser: "argparse.ArgumentParser | argparse._ArgumentGroup", *names: str, **defaults: Any) -> None:
    """Usual flags by name, then those that have a default of their own in this subcommand."""
    for name in (*names, *defaults):
        own = {"default": defaults[name]} if name in defaults else {}
        parser.add_argument(f"--{name.replace('_', '-')}", **_FLAGS[name] | own)


def add_out(parser: argparse.ArgumentParser, metavar: str, what: str) -> None:
    parser.add_argument("--out", type=output, required=True, metavar=metavar, help=f"{what} to write")


def refuse_flags(args: argparse.Namespace, names: Iterable[str], their_place: str) -> None:
    """Raises `UserError` for those of the flags that were given: they would have no effect."""
    given = [f"--{name.replace('_', '-')}" for name in names if _is_given(getattr(args, name))]
    if given:
        raise UserError(f"{', '.join(given)}: only for {their_place}; leave {'it' if len(given) == 1 else 'them'} out")


def _is_given(value: object) -> bool:
    return value is not None and value is not False and value != []


def run_to_report(args: argparse.Namespace, train: Callable[[argparse.Namespace], Mapping[str, Any]]) -> int:
    """Train by `args`; with `--json` lines for people go to standard error, and the run's numbers are one object."""
    if not args.json:
        train(args)
        return DONE
    with redirect_stdout(sys.stderr):
        numbers = train(args)
    return Report(numbers, "").show(as_json=True) if numbers else DONE


def is_up_to_date(args: argparse.Namespace, kind: Kind, made_from: dict[str, Any]) -> bool:
    """Whether `--out` holds this artifact already; never with `--force`.

    Raises `UserError` where it holds another, with `--force` where it holds something else than one of this kind, and
    `OSError` where it has to be made and cannot be written.
    """
    if not args.force and kind.is_made_from(args.out, made_from):
        return True
    kind.expect_replaceable(args.out)
    expect_place_for(args.out)
    return False


@dataclass(frozen=True)
class Report:
    """What a subcommand prints at its end: `numbers` with `--json`, else `text`; and its exit status.

    Numbers that are not defined are NaN, null in JSON. `written` are files beside the output, None those not asked for.
    """

    numbers: Mapping[str, Any]
    text: str
    written: Iterable[Path | None] = ()
    status: int = DONE

    def show(self, as_json: bool) -> int:
        """Print it; returns the exit status."""
        if as_json:
            plain = {name: None if value != value else value for name, value in self.numbers.items()}
            print(json.dumps(plain, ensure_ascii=False))
        else:
            print("\n".join([in_singular(self.text), *(f"wrote {path}" for path in self.written if path)]))
        return self.status


def made(out: Path, numbers: Mapping[str, Any], *lines: str, existed: bool = False, **more: Any) -> Report:
    """A report on the output `out`, each line after its name; `existed` marks it as up to date."""
    before = f"{out}: {'up to date, ' if existed else ''}"
    return Report(numbers, "\n".join(before + line for line in lines), **more)


def aligned(numbers: Mapping[str, Any]) -> str:
    """A line for each number, its name to the left."""
    width = max(map(len, numbers))
    shown = {name: f"{value:.4f}" if isinstance(value, float) else f"{value:,}" for name, value in numbers.items()}
    return "\n".join(f"{name:>{width}}  {value}" for name, value in shown.items())
