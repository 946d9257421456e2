"""Defaults of 2019 that hurt characters are pointed out, and nothing else is."""

import pytest

from mojika.experiment.arguments import build_parser
from mojika.experiment.suggestions import suggestion
from mojika.experiment.validation import resolve

SUITABLE = "--random-horizontal-flip 0 --rgb-mean 0.5 --rgb-std 0.3"


def suggested(flags: str) -> str:
    return suggestion(resolve(build_parser().parse_args(["train.csv", "valid.csv", *flags.split()])))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--from-scratch", "--random-horizontal-flip 0 (mirrored"),
        (
            "--random-horizontal-flip 0",
            "--rgb-mean 0.485,0.456,0.406 --rgb-std 0.229,0.224,0.225 (as the weights of res",
        ),
        ("--random-horizontal-flip 0 --grayscale", "--rgb-mean 0.449 --rgb-std 0.226 "),
        ("--model vit_base_patch16_224.augreg_in21k --random-horizontal-flip 0", "--rgb-mean 0.5,0.5,0.5 --rgb-std 0."),
        (f"{SUITABLE} --optimizer adamw", "--base-lr 0.001 (0.1 is a rate for sgd, not for adamw)"),
    ],
)
def test_what_hurts_is_pointed_out_in_one_line(flags: str, said: str):
    line = suggested(flags)
    assert line.startswith(f"for characters consider {said}") and "\n" not in line


@pytest.mark.parametrize("flags", ["", "--optimizer lars", "--optimizer adamw --base-lr 0.01"])
def test_nothing_is_said_of_settings_that_suit(flags: str):
    assert suggested(f"{SUITABLE} {flags}") == ""
