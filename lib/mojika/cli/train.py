"""`mojika train`, and as a program of its own `train.py`: train a classifier; running it again resumes the run."""

import argparse
import sys

from mojika.cli.stage import run_to_report
from mojika.experiment.arguments import EXAMPLE as EXAMPLE_OF_2019
from mojika.experiment.arguments import add_flags, build_parser
from mojika.runtime.exit_status import run_entry_point
from mojika.runtime.threads import keep_to_quota, wait_passively

EXAMPLE = EXAMPLE_OF_2019.replace("python train.py", "mojika train")

add_arguments = add_flags


def run(args: argparse.Namespace) -> int:
    from mojika.experiment.classifier_run import train_classifier  # torch, only where there is something to do

    return run_to_report(args, train_classifier)


def main(argv: list[str] | None = None) -> int:
    """`train.py`, with the name and the parser of 2019."""
    wait_passively()
    keep_to_quota()
    return run_entry_point("train.py", lambda: run(build_parser().parse_args(sys.argv[1:] if argv is None else argv)))
